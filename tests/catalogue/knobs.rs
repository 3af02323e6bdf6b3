//! Knobs do something: each is set by some case, and the case would render otherwise without it.

use std::collections::BTreeSet;

use kops_stack::model::knob::{Fields, KnobType};
use kops_stack::model::rendering::RenderedObject;
use serde_json::Value;

use super::case::{all, of_module};
use crate::support::catalogue::CATALOGUE;

type Knob = Vec<String>;

#[test]
fn every_knob_is_set_by_some_case() {
    let mut unset = Vec::new();
    for module in CATALOGUE.modules.values() {
        let set: BTreeSet<Knob> = of_module(module)
            .iter()
            .flat_map(|case| leaves(&module.knobs, Some(&case.knobs)))
            .collect();
        let declared = leaves(&module.knobs, None).into_iter();
        unset.extend(
            declared
                .filter(|knob| !set.contains(knob))
                .map(|knob| format!("{}: {}", module.name, knob.join("."))),
        );
    }
    assert!(unset.is_empty(), "no case sets\n{}", unset.join("\n"));
}

/// The honest half: a knob that is set, and changes nothing, tests nothing.
#[test]
fn a_case_without_one_of_its_knobs_renders_otherwise() {
    let mut idle = Vec::new();
    let mut tried = 0;
    for case in all() {
        let whole = case
            .render()
            .unwrap_or_else(|problem| panic!("{}: {problem}", case.title()));
        let whole = text(&whole);
        for knob in leaves(&case.module.knobs, Some(&case.knobs)) {
            tried += 1;
            let mut without = case.clone();
            remove(&mut without.knobs, &knob);
            // An error is a difference: knobs that stand only together.
            if without
                .render()
                .is_ok_and(|objects| text(&objects) == whole)
            {
                idle.push(format!("{}: {}", case.title(), knob.join(".")));
            }
        }
    }
    assert!(tried > 250, "only {tried} knobs are set by cases");
    assert!(
        idle.is_empty(),
        "of {tried} knobs set by cases, these change nothing there: they say the default, or something else hides them\n{}",
        idle.join("\n")
    );
}

fn text(objects: &[RenderedObject]) -> String {
    objects
        .iter()
        .map(|rendered| rendered.text.as_str())
        .collect()
}

/// Paths of knobs that hold values of their own: all that are declared, or those that `set` sets.
fn leaves(fields: &Fields, set: Option<&Value>) -> Vec<Knob> {
    let mut found = Vec::new();
    for (name, knob) in fields {
        let value = match set {
            Some(set) => match set.get(name) {
                Some(value) => Some(value),
                None => continue,
            },
            None => None,
        };
        match &knob.kind {
            KnobType::Object(inner) if value.is_none_or(Value::is_object) => {
                for mut path in leaves(inner, value) {
                    path.insert(0, name.clone());
                    found.push(path);
                }
            }
            _ => found.push(vec![name.clone()]),
        }
    }
    found
}

fn remove(knobs: &mut Value, path: &[String]) {
    let (last, folders) = path.split_last().expect("a path has a last part");
    let parent = folders.iter().fold(knobs, |value, name| &mut value[name]);
    let parent = parent.as_object_mut().expect("the case sets it there");
    parent.remove(last);
}
