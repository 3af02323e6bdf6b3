//! The list of images against what is rendered: nothing pulled is missing, nothing listed is idle.

use std::collections::BTreeSet;

use kops_stack::model::image::{ListedImage, PulledBy};
use kops_stack::model::rendering::RenderedObject;
use kops_stack::object::Object;
use serde_json::Value;

use super::case::listed_everywhere;
use super::pods::is_brought;

/// The text that istiod replaces where it makes the pod; a case of the gateway alone has no istiod.
const INJECTED: &str = "auto";

/// Named in a configuration that always names it, though pods of it are made only where a knob asks.
const NAMED_AND_NOT_PULLED: [(&str, &str); 1] = [("envoy-gateway", "ratelimit")];

/// Every case at every version, with the objects and the list.
fn each(mut look: impl FnMut(&str, &str, &[RenderedObject], &[ListedImage])) {
    for ((case, version, objects), images, _) in listed_everywhere() {
        let title = format!("{} at {version}", case.title());
        look(&case.module.name, &title, objects, images);
    }
}

/// Looked for as anybody would, by the key `image` at any depth, and not by the list's own tables: so
/// custom resources of a kind that those do not know fail here.
#[test]
fn every_image_that_an_object_names_is_listed() {
    let (mut seen, mut in_resources) = (0, 0);
    let mut missing = BTreeSet::new();
    each(|_, title, objects, images| {
        let listed: BTreeSet<&str> = images.iter().map(|image| image.image.as_str()).collect();
        for object in objects.iter().map(|rendered| &*rendered.object) {
            let mut named = Vec::new();
            images_within(object.value(), &mut named);
            seen += named.len();
            if object.group().contains('.') {
                in_resources += named.len();
            }
            for image in named {
                if !listed.contains(image) {
                    missing.insert(format!("{title}: {}: {image}", object.identity()));
                }
            }
        }
    });
    assert!(seen > 300, "only {seen} images were seen");
    assert!(in_resources > 30, "only {in_resources} of custom resources");
    let missing: Vec<String> = missing.into_iter().collect();
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn images_within<'o>(value: &'o Value, found: &mut Vec<&'o str>) {
    match value {
        Value::Object(map) => {
            found.extend(map.get("image").and_then(Value::as_str));
            map.values().for_each(|value| images_within(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| images_within(item, found)),
        _ => {}
    }
}

#[test]
fn every_listed_image_is_declared() {
    let mut undeclared = BTreeSet::new();
    each(|_, title, _, images| {
        for image in images
            .iter()
            .filter(|image| image.image != INJECTED && !is_brought(&image.image))
        {
            if image.uses.iter().any(|used| used.name.is_none()) {
                undeclared.insert(format!("{title}: {}", image.image));
            }
        }
    });
    let undeclared: Vec<String> = undeclared.into_iter().collect();
    assert!(undeclared.is_empty(), "{}", undeclared.join("\n"));
}

/// An image of made pods reaches their maker by a flag or a file, hence stands in some text; and what
/// stands in a text is pulled.
#[test]
fn what_is_listed_is_told_to_its_maker_and_what_is_told_is_listed() {
    let mut made = BTreeSet::new();
    let mut excepted = BTreeSet::new();
    let mut wrong = BTreeSet::new();
    each(|module, title, objects, images| {
        let told = |image: &str| objects.iter().any(|object| names(object, image));
        for image in images {
            let makers = image.uses.iter().filter_map(|used| match &used.by {
                PulledBy::Made { .. } => used.name.clone(),
                PulledBy::Object { .. } | PulledBy::Provider => None,
            });
            for name in makers {
                if !told(&image.image) {
                    wrong.insert(format!("{title}: nothing names {}", image.image));
                }
                made.insert((module.to_owned(), name));
            }
        }
        let catalogue = &crate::support::catalogue::CATALOGUE.modules[module];
        let version = title.rsplit(' ').next().unwrap_or_default();
        let known = catalogue.versions.iter();
        let known = known.filter(|known| known.version.as_str() == version);
        for (name, image) in known.flat_map(|known| &known.images) {
            let listed = images.iter().any(|listed| listed.upstream == *image);
            if listed || !told(image) {
                continue;
            }
            match NAMED_AND_NOT_PULLED.contains(&(module, name.as_str())) {
                true => drop(excepted.insert(name.clone())),
                false => drop(wrong.insert(format!("{title}: {image} is named and not listed"))),
            }
        }
    });
    let wrong: Vec<String> = wrong.into_iter().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(excepted.len(), NAMED_AND_NOT_PULLED.len(), "{excepted:?}");
    for module in crate::support::catalogue::CATALOGUE.modules.values() {
        for pods in &module.pods {
            let place = (module.name.clone(), pods.image.clone());
            assert!(made.contains(&place), "no case makes pods of {place:?}");
        }
    }
}

/// Whether a text of the object names the image, and not merely one that begins like it.
fn names(rendered: &RenderedObject, image: &str) -> bool {
    let text = rendered.text.as_str();
    text.match_indices(image).any(|(start, _)| {
        let next = text[start + image.len()..].chars().next();
        !next.is_some_and(|next| next.is_ascii_alphanumeric() || "-._".contains(next))
    })
}

/// A pod of a kind that nobody expects has no image to tell.
#[test]
fn the_search_finds_images_at_any_depth() {
    let object = Object::new(serde_json::json!({
        "apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "a"},
        "spec": {"deep": [{"container": {"image": "b"}}]},
    }))
    .expect("an object");
    let mut found = Vec::new();
    images_within(object.value(), &mut found);
    assert_eq!(found, ["b"]);
}
