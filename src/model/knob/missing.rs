//! Required values that nobody gave.

use super::kind::{Fields, KnobType};
use crate::yaml::Value;

/// Paths of required fields that are absent or null in a merged, filled value.
pub fn missing(fields: &Fields, value: &Value) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    in_fields(fields, value, &mut Vec::new(), &mut found);
    found
}

fn in_fields(fields: &Fields, value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    for (name, knob) in fields {
        path.push(name.clone());
        match value.get(name).filter(|value| !value.is_null()) {
            None if knob.required => found.push(path.clone()),
            None => {}
            Some(value) => in_value(&knob.kind, value, path, found),
        }
        path.pop();
    }
}

fn in_value(kind: &KnobType, value: &Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match (kind, value) {
        (KnobType::Object(fields), _) => in_fields(fields, value, path, found),
        (KnobType::Map(values), Value::Object(map)) => {
            for (name, value) in map {
                path.push(name.clone());
                in_value(values, value, path, found);
                path.pop();
            }
        }
        (KnobType::List { items, .. }, Value::Array(list)) => {
            for (index, value) in list.iter().enumerate() {
                path.push(index.to_string());
                in_value(items, value, path, found);
                path.pop();
            }
        }
        (kind, value) => {
            if let Some(expanded) = kind.expanded() {
                in_value(expanded, value, path, found);
            }
        }
    }
}
