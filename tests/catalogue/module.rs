//! The catalogue as a whole: what the binary carries, and what the releases of stacks name.

use kops_stack::model::tree::FileTree;
use kops_stack::tree::built_in;

use crate::support::catalogue::{CATALOGUE, FILES};

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

/// A page that says what an apply waits for, and has a place in the book.
#[test]
fn every_module_has_a_runbook() {
    let root = std::path::Path::new(crate::support::ROOT);
    let summary = fs_err::read_to_string(root.join("docs/src/SUMMARY.md")).expect("there is one");
    for module in CATALOGUE.modules.values() {
        let runbook = module.runbook.as_deref().unwrap_or_default();
        let page = fs_err::read_to_string(root.join(runbook)).unwrap_or_default();
        let title = format!("# When {} does not get ready\n", module.name);
        assert!(page.starts_with(&title), "{}: `{runbook}`", module.name);
        let link = runbook.strip_prefix("docs/src/").unwrap_or(runbook);
        assert!(
            summary.contains(&format!("({link})")),
            "SUMMARY.md lacks {link}"
        );
    }
}
