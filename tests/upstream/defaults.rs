//! What the API server fills in by itself, from `defaults.yaml`.

use kops_stack::diagnostic::Diagnostics;
use kops_stack::yaml::{Value, strict_value};
use serde::Deserialize;

use super::chart::{document, folder};
use super::compare::Difference;
use super::pattern::Pattern;

pub struct Defaults(Vec<(Pattern, Value)>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Default {
    path: String,
    value: Value,
}

impl Defaults {
    pub fn read() -> Self {
        let document = document(&folder().join("defaults.yaml"));
        let value = strict_value(&document, &document.root, &mut Diagnostics::default());
        let list: Vec<Default> = serde_json::from_value(value).expect("a list of defaults");
        let entries = list.into_iter();
        Self(
            entries
                .map(|entry| (Pattern::new(&entry.path), entry.value))
                .collect(),
        )
    }

    /// Whether one side leaves the field out, and the other says what the server fills in.
    pub fn fills_in(&self, difference: &Difference) -> bool {
        let said = match (&difference.theirs, &difference.ours) {
            (Some(said), None) | (None, Some(said)) => said,
            _ => return false,
        };
        let known = self
            .0
            .iter()
            .find(|(pattern, value)| value == said && pattern.is_match(&difference.path));
        known.map(|(pattern, _)| pattern.use_up()).is_some()
    }

    pub fn unused(&self) -> Vec<String> {
        let unused = self.0.iter().filter(|(pattern, _)| !pattern.is_used());
        unused
            .map(|(pattern, _)| format!("defaults.yaml: `{}` matches nothing", pattern.text))
            .collect()
    }
}
