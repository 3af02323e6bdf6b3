//! What a release renders, as digests.

use std::collections::BTreeMap;

use kops_stack::model::digest::sha256;
use kops_stack::model::rendering::RenderedObject;
use kops_stack::model::stack::Stack;
use kops_stack::model::tree::FileTree;
use kops_stack::model::version::Version;
use serde_json::{Value, json};

use crate::catalogue::case;
use crate::support::catalogue::{CATALOGUE, FILES, rendered};

/// Digests of all renderings of some releases, by what they are of.
pub fn renderings(releases: &[(&str, &[&str])]) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for (release, minors) in releases {
        let Some(stack) = CATALOGUE.stack(release) else {
            continue;
        };
        for minor in *minors {
            let kubernetes = Version::parse(&format!("{minor}.0")).expect("a version");
            for (what, digest) in reference(stack, &kubernetes) {
                digests.insert(format!("{release} {minor} reference/{what}"), digest);
            }
            for (what, digest) in cases(stack, &kubernetes) {
                digests.insert(format!("{release} {minor} {what}"), digest);
            }
        }
    }
    digests
}

/// An environment with all modules of the release, by component.
fn reference(stack: &Stack, kubernetes: &Version) -> BTreeMap<String, String> {
    let components: BTreeMap<&String, Value> = stack
        .modules
        .keys()
        .map(|module| (module, json!({})))
        .collect();
    let environment = json!({
        "stack": stack.title(),
        "crds": "stand-in",
        "components": components,
    });
    let cluster = json!({
        "provider": "kops",
        "name": "reference.example.com",
        "region": "eu-west-1",
        "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
        "kubernetes": kubernetes.as_str(),
        "nodeGroups": {"general": {"machine": "m6i.large", "min": 1, "max": 5}},
    });
    let mut files = FileTree::default();
    for (name, value) in [
        ("environment", environment),
        ("cluster", cluster),
        ("global", json!({"domain": "reference.example.com"})),
    ] {
        let path = format!("environments/reference/{name}.yaml");
        files.insert(path, value.to_string().into_bytes());
    }
    let rendering = rendered(&files, &FILES, "reference");
    let rendering = rendering.unwrap_or_else(|problem| panic!("{}: {problem}", stack.title()));
    let components = rendering.components.into_iter();
    components
        .map(|(name, component)| (name, digest(&component.objects)))
        .collect()
}

/// Cases of the modules at the versions that the release names, as `cert-manager/default`.
fn cases(stack: &Stack, kubernetes: &Version) -> BTreeMap<String, String> {
    let mut digests = BTreeMap::new();
    for mut case in case::all() {
        let name = &case.module.name;
        let version = stack
            .modules
            .get(name)
            .and_then(|known| known.for_kubernetes(kubernetes));
        let Some(version) = version else { continue };
        let holds = case.versions().iter().any(|(known, _)| known == version);
        if !holds {
            continue;
        }
        case.release = stack.release.to_string();
        let objects = case.render_at(version, kubernetes);
        let objects = objects.unwrap_or_else(|problem| panic!("{}: {problem}", case.title()));
        digests.insert(
            format!("{}/{}", case.module.name, case.name),
            digest(&objects),
        );
    }
    digests
}

/// Of paths and bytes.
fn digest(objects: &[RenderedObject]) -> String {
    let files = objects
        .iter()
        .map(|rendered| format!("{}  {}\n", sha256(rendered.text.as_bytes()), rendered.path));
    sha256(files.collect::<String>().as_bytes())
}
