//! Fields, types and values that the API server refuses.
//!
//! Built-in kinds are held to the types of their OpenAPI, custom resources to the structural schema
//! of their CRD, where it is vendored. What takes CEL, and the conditions between fields of the
//! built-in kinds, are left to the server's dry run.

pub mod builtin;
mod junctors;
mod keyed_lists;
mod structural;
mod types;
mod values;

use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::{Code, codes, nearest};
use crate::object::{Object, Path};
use crate::yaml::Value;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        let wrong = of_object(facts, fact);
        problems.extend(wrong.into_iter().map(|wrong| wrong.problem(node)));
    }
    problems
}

/// What the schema of a CRD says against one resource.
pub fn against(crd: &Object, resource: &Object) -> Vec<String> {
    let mut wrong = Vec::new();
    structural::check(crd, resource, &Place::root(resource.value()), &mut wrong);
    let said = wrong.into_iter().map(|wrong| match wrong.at.segments() {
        // Most messages name their field themselves.
        _ if wrong.message.contains(&format!("`{}`", wrong.at)) => wrong.message,
        [] => wrong.message,
        _ => format!("{}: {}", wrong.at, wrong.message),
    });
    said.collect()
}

fn of_object(facts: &Facts<'_>, fact: &Fact<'_>) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let root = Place::root(fact.value());
    match facts.crd(fact.object.group(), fact.object.kind()) {
        Some(crd) => structural::check(crd, fact.object, &root, &mut wrong),
        None => {
            builtin::check(fact.object, &root, &mut wrong);
            keyed_lists::check(fact.object, &mut wrong);
        }
    }
    wrong
}

/// A value that is refused, and why.
pub struct Wrong {
    code: &'static Code,
    at: Path,
    message: String,
    help: Option<String>,
}

impl Wrong {
    pub fn value(at: &Path, message: impl Into<String>) -> Self {
        Self {
            code: codes::FIELD_INVALID,
            at: at.clone(),
            message: message.into(),
            help: None,
        }
    }

    pub fn unknown<'k>(at: &Path, key: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let near = nearest(key, known);
        Self {
            code: codes::FIELD_UNKNOWN,
            at: at.clone(),
            message: format!("has `{at}`, which its kind does not know"),
            help: near.map(|name| format!("did you mean `{name}`?")),
        }
    }

    pub fn list(at: &Path, message: impl Into<String>) -> Self {
        Self {
            code: codes::LIST_KEY,
            ..Self::value(at, message)
        }
    }

    fn problem(self, node: usize) -> Problem {
        let problem = Problem::error(self.code, node, &self.at, self.message);
        match self.help {
            Some(help) => problem.help(help),
            None => problem,
        }
    }
}

/// What a person would call the type of a value.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}
