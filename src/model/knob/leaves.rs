//! Knobs that hold values of their own, by their paths.

use super::{Fields, KnobType};
use crate::yaml::Value;

/// Paths of the knobs that are declared, or with `set` of those that it sets. A knob with fields counts
/// by them, and as one where `set` holds no mapping for it.
pub fn leaves(fields: &Fields, set: Option<&Value>) -> Vec<Vec<String>> {
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
