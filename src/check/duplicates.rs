//! One object has one owner.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::object::Path;

/// Rendering refuses twins of its own; those of other sources meet here.
pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut first = BTreeMap::new();
    let mut problems = Vec::new();
    for (node, fact) in facts.numbered() {
        let Some(other) = first.insert(&fact.identity, node) else {
            continue;
        };
        let component = facts.objects[other].component;
        let message = format!("is there twice: `{component}` has it too");
        let place = Path::of_keys(&["metadata", "name"]);
        let problem = Problem::error(codes::OBJECT_TWICE, node, &place, message)
            .beside(other, "the other one");
        problems.push(problem.help("keep one of them, or give one another name"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::check;
    use crate::check::facts::Facts;
    use crate::model::checking::Checking;
    use crate::model::rendering::{FileText, RenderedComponent, RenderedObject, Rendering};
    use crate::model::version::Version;
    use crate::object::Object;

    fn component(names: &[&str]) -> RenderedComponent {
        let object = |name: &&str| RenderedObject {
            object: Object::new(json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": name, "namespace": "shop"},
            }))
            .expect("an object")
            .into(),
            path: format!("shop/configmap-{name}.yaml"),
            text: FileText::new(""),
        };
        RenderedComponent {
            objects: names.iter().map(object).collect(),
            ..RenderedComponent::default()
        }
    }

    #[test]
    fn twins_of_two_components_are_told_and_others_are_not() {
        let rendering = Rendering {
            components: BTreeMap::from([
                ("a".to_owned(), component(&["one", "two"])),
                ("b".to_owned(), component(&["two", "three"])),
            ]),
            ..Rendering::default()
        };
        let checking = Checking::alone("", Version::parse("1.36.3").expect("a version"));
        let problems = check(&Facts::of(&rendering, &checking));
        let messages: Vec<&str> = problems.iter().map(|problem| &*problem.message).collect();
        assert_eq!(messages, ["is there twice: `a` has it too"]);
    }
}
