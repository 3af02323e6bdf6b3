//! Images that float, or that nobody listed.

use super::deprecated::template;
use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::model::checking::ComponentFacts;
use crate::yaml::Value;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        let component = facts.of_component(fact);
        for image in images(fact) {
            let name = image.value.as_str().unwrap_or_default();
            problems.extend(problem(node, component, &image, name));
        }
    }
    problems
}

fn problem(
    node: usize,
    component: Option<&ComponentFacts>,
    place: &Place<'_>,
    image: &str,
) -> Option<Problem> {
    if is_floating(image) {
        let message = format!("runs the image `{image}`, which has no fixed version");
        let problem = Problem::error(codes::IMAGE_FLOATING, node, &place.path, message);
        return Some(problem.help("name a version, or a digest"));
    }
    let component = component?;
    let listed = component.images.contains(image) || holds(&component.knobs, image);
    (!listed).then(|| {
        let message =
            format!("runs the image `{image}`, which neither its module nor a knob lists");
        Problem::error(codes::IMAGE_UNLISTED, node, &place.path, message)
            .help("list it under the version in module.yaml")
    })
}

/// The images of pods, and those that custom resources give to the pods that operators make.
fn images<'f>(fact: &'f Fact<'_>) -> Vec<Place<'f>> {
    let root = Place::root(fact.value());
    let Some(template) = template(fact.object, &root) else {
        let mut found = Vec::new();
        // Built-in kinds without pods have no image.
        if fact.identity.group.contains('.') && !fact.identity.group.ends_with(".k8s.io") {
            root.at(&["spec"])
                .iter()
                .for_each(|spec| in_resource(spec, &mut found));
        }
        return found;
    };
    // The webhook that injects the proxy puts its image there.
    let injected = template
        .get(&["metadata", "annotations", "inject.istio.io/templates"])
        .is_some();
    let is_filled_in = |image: &Place<'_>| injected && image.value == "auto";
    let lists = ["initContainers", "containers", "ephemeralContainers"].into_iter();
    let containers = lists.flat_map(|list| template.list(&["spec", list]));
    let images = containers.filter_map(|container| container.at(&["image"]));
    images.filter(|image| !is_filled_in(image)).collect()
}

/// A field called `image` that holds text is one, wherever it stands.
fn in_resource<'f>(place: &Place<'f>, found: &mut Vec<Place<'f>>) {
    for (key, entry) in place.entries() {
        match entry.value {
            Value::String(image) if key == "image" && !image.is_empty() => found.push(entry),
            _ => in_resource(&entry, found),
        }
    }
    place
        .items()
        .iter()
        .for_each(|item| in_resource(item, found));
}

/// Without digest, and with no tag or the one that always moves.
fn is_floating(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or_default();
    let tag = last.split_once(':').map(|(_, tag)| tag);
    !image.contains('@') && matches!(tag, None | Some("" | "latest"))
}

fn holds(knobs: &Value, image: &str) -> bool {
    match knobs {
        Value::String(text) => text == image,
        Value::Array(items) => items.iter().any(|item| holds(item, image)),
        Value::Object(map) => map.values().any(|value| holds(value, image)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_floating;

    #[test]
    fn only_a_tag_or_a_digest_fixes_an_image() {
        assert!(is_floating("nginx"));
        assert!(is_floating("registry:5000/nginx"));
        assert!(is_floating("nginx:latest"));
        assert!(!is_floating("registry:5000/nginx:1.27"));
        assert!(!is_floating("nginx@sha256:0123"));
    }
}
