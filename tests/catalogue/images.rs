//! Images: only those of the module's list, only by their version, all of them through the mirror.

use std::collections::BTreeSet;

use kops_stack::model::module::Module;
use kops_stack::model::version::Version;
use kops_stack::object::Object;
use serde_json::{Value, json};

use super::case::rendered_everywhere;
use super::pods::{containers, is_brought};
use crate::support::catalogue::CATALOGUE;

/// Reads as a registry: nothing else is called so.
const MIRROR: &str = "mirror.invalid";

/// Stands where the mesh fills in its proxy when the pod is made.
const INJECTED: &str = "auto";

#[test]
fn every_image_is_in_the_list_of_its_version() {
    for (case, version, objects) in rendered_everywhere() {
        let listed: BTreeSet<&str> = images(&case.module, version).into_iter().collect();
        for object in objects.iter().map(|rendered| &*rendered.object) {
            for image in pulled(object) {
                assert!(
                    listed.contains(image) || image == INJECTED || is_brought(image),
                    "{} at {version}: {image}",
                    case.title()
                );
            }
        }
    }
}

#[test]
fn no_image_follows_a_moving_tag() {
    for module in CATALOGUE.modules.values() {
        for known in &module.versions {
            for image in known.images.values() {
                let name = image.rsplit('/').next().expect("an image has a name");
                let tag = name
                    .split_once(':')
                    .map(|(_, tag)| tag.to_ascii_lowercase());
                let tag = tag.unwrap_or_else(|| panic!("{}: {image} has no tag", module.name));
                let moving = ["latest", "master", "main", "edge", "nightly", "dev"];
                let bad = moving.contains(&tag.as_str()) || image.contains("testing");
                assert!(!bad, "{}: {image}", module.name);
            }
        }
    }
}

/// Wherever an image is written, in a pod, a flag or a file within a ConfigMap, it is mirrored.
#[test]
fn the_mirror_reaches_every_image() {
    let mut mirrored = 0;
    for (case, version, _) in rendered_everywhere() {
        let images = images(&case.module, version);
        let registries: BTreeSet<&str> = images.iter().map(|image| registry(image)).collect();
        let mirrors = registries
            .iter()
            .map(|name| ((*name).to_owned(), json!(format!("{MIRROR}/{name}"))));
        let mut case = case.clone();
        case.globals["imageMirrors"] = Value::Object(mirrors.collect());
        let (_, kubernetes) = case
            .versions()
            .into_iter()
            .find(|(at, _)| at == version)
            .expect("it holds for it");
        let objects = case
            .render_at(version, &kubernetes)
            .unwrap_or_else(|problem| panic!("{problem}"));
        for rendered in &objects {
            for image in &images {
                let all = rendered.text.as_str().matches(image).count();
                let through = rendered
                    .text
                    .as_str()
                    .matches(&format!("{MIRROR}/{image}"))
                    .count();
                assert_eq!(
                    all,
                    through,
                    "{}: {image} in {}",
                    case.title(),
                    rendered.path
                );
                mirrored += through;
            }
        }
    }
    assert!(mirrored > 100, "only {mirrored} images were mirrored");
}

#[test]
fn every_image_of_the_list_is_rendered_by_some_case() {
    for module in CATALOGUE.modules.values() {
        for known in &module.versions {
            for image in known.images.values() {
                let used = rendered_everywhere()
                    .iter()
                    .any(|(case, version, objects)| {
                        case.module.name == module.name
                            && *version == known.version
                            && objects
                                .iter()
                                .any(|rendered| rendered.text.as_str().contains(image))
                    });
                assert!(
                    used,
                    "{} {}: no case renders {image}",
                    module.name, known.version
                );
            }
        }
    }
}

fn images<'a>(module: &'a Module, version: &Version) -> Vec<&'a str> {
    let known = module.version(version).expect("the version is rendered");
    known.images.values().map(String::as_str).collect()
}

/// What the pods of a workload pull.
fn pulled(object: &Object) -> Vec<&str> {
    let containers = containers(object).into_iter();
    containers
        .map(|container| {
            container["image"]
                .as_str()
                .expect("a container has an image")
        })
        .collect()
}

fn registry(image: &str) -> &str {
    image.split('/').next().expect("an image has a registry")
}
