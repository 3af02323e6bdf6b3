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
