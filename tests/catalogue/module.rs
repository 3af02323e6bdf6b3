//! A module as such: it loads, its templates parse, its knobs and templates agree.

use kops_stack::model::tree::FileTree;
use kops_stack::render::{Templates, unread_and_undeclared};
use kops_stack::tree::built_in;

use super::case::rendered_everywhere;
use crate::support::catalogue::{CATALOGUE, FILES, told};

#[test]
fn the_binary_carries_the_catalogue_of_this_repository() {
    let mut here = FILES.clone();
    here.files.retain(|path, _| !path.ends_with(".golden.yaml"));
    let carried = built_in::catalogue();
    let paths = |tree: &FileTree| tree.files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(paths(&carried), paths(&here));
    assert!(carried == here, "some file differs");
}

#[test]
fn every_template_parses_and_passes_the_lint() {
    let (_, diagnostics) = Templates::parse(&CATALOGUE, CATALOGUE.modules.values());
    assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
}

#[test]
fn every_knob_is_read_and_every_read_knob_is_declared() {
    let (templates, _) = Templates::parse(&CATALOGUE, CATALOGUE.modules.values());
    for module in CATALOGUE.modules.values() {
        let diagnostics = unread_and_undeclared(module, &templates);
        assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
    }
}

#[test]
fn every_case_renders_at_every_version() {
    let rendered = rendered_everywhere();
    for module in CATALOGUE.modules.values() {
        for known in &module.versions {
            let covered = rendered.iter().any(|(case, version, _)| {
                case.module.name == module.name && *version == known.version
            });
            assert!(covered, "no case renders {} {}", module.name, known.version);
        }
    }
}

#[test]
fn every_stack_release_names_versions_that_exist() {
    for releases in CATALOGUE.stacks.values() {
        for stack in releases.values() {
            for (name, version) in &stack.modules {
                let module = CATALOGUE.modules.get(name);
                let module =
                    module.unwrap_or_else(|| panic!("{}: no module `{name}`", stack.title()));
                for version in versions(version) {
                    let title = stack.title();
                    assert!(
                        module.version(version).is_some(),
                        "{title}: {name} has no {version}"
                    );
                }
            }
        }
    }
}

fn versions(
    version: &kops_stack::model::stack::StackVersion,
) -> Vec<&kops_stack::model::version::Version> {
    use kops_stack::model::stack::StackVersion;
    match version {
        StackVersion::One(version) => vec![version],
        StackVersion::ByMinor(versions) => versions.values().collect(),
    }
}
