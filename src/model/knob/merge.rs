//! Layers of values: maps merge, lists replace, null returns to what is weaker: the default.

use super::kind::{Fields, Knob, KnobType};
use crate::yaml::{Map, Value};

/// Lays `stronger` over `values`. A null removes what the weaker layers said, so that the default
/// holds again.
pub fn overlay(values: &mut Value, stronger: &Value) {
    match (values, stronger) {
        (Value::Object(weak), Value::Object(strong)) => overlay_map(weak, strong),
        (values, stronger) => *values = stronger.clone(),
    }
}

fn overlay_map(weak: &mut Map<String, Value>, strong: &Map<String, Value>) {
    for (key, value) in strong {
        match (weak.get_mut(key), value) {
            (_, Value::Null) => {
                weak.remove(key);
            }
            (Some(below @ Value::Object(_)), Value::Object(_)) => overlay(below, value),
            _ => {
                weak.insert(key.clone(), without_nulls(value));
            }
        }
    }
}

/// A null in a layer that lies over nothing asks for a default that holds anyway.
fn without_nulls(value: &Value) -> Value {
    let Value::Object(map) = value else {
        return value.clone();
    };
    let kept = map.iter().filter(|(_, value)| !value.is_null());
    Value::Object(
        kept.map(|(key, value)| (key.clone(), without_nulls(value)))
            .collect(),
    )
}

/// Adds the defaults to what was set, for every declared field down to the leaves.
pub fn fill(kind: &KnobType, set: Option<&Value>) -> Value {
    if let Some(expanded) = kind.expanded() {
        return set.map_or(Value::Null, |set| fill_expanded(expanded, set));
    }
    match (kind, set) {
        (KnobType::Object(fields), set) => fill_fields(fields, set),
        (KnobType::List { items, .. }, Some(Value::Array(list))) => {
            Value::Array(list.iter().map(|item| fill(items, Some(item))).collect())
        }
        (KnobType::Map(values), Some(Value::Object(map))) => {
            let filled = map
                .iter()
                .map(|(key, value)| (key.clone(), fill(values, Some(value))));
            Value::Object(filled.collect())
        }
        (_, set) => set.cloned().unwrap_or(Value::Null),
    }
}

/// The same for fields that no knob holds.
pub fn fill_fields(fields: &Fields, set: Option<&Value>) -> Value {
    let set = set.and_then(Value::as_object);
    let filled = fields.iter().map(|(name, knob)| {
        let value = fill_knob(knob, set.and_then(|set| set.get(name)));
        (name.clone(), value)
    });
    Value::Object(filled.collect())
}

/// Pieces of manifests stay as short as they were written: fields that are not set are left out.
fn fill_expanded(kind: &KnobType, set: &Value) -> Value {
    match fill(kind, Some(set)) {
        Value::Object(map) => without_nulls(&Value::Object(map)),
        Value::Array(items) => Value::Array(items.iter().map(without_nulls).collect()),
        other => other,
    }
}

fn fill_knob(knob: &Knob, set: Option<&Value>) -> Value {
    match (set, &knob.default) {
        (None, Some(default)) => fill_default(&knob.kind, default),
        // What is set in an object lies over the object's own default, field by field.
        (Some(set @ Value::Object(_)), Some(default @ Value::Object(_)))
            if matches!(knob.kind, KnobType::Object(_)) =>
        {
            let mut merged = default.clone();
            overlay(&mut merged, set);
            fill(&knob.kind, Some(&merged))
        }
        // So do requests and limits: raising the memory must not lose the CPU.
        (Some(set @ Value::Object(_)), Some(default @ Value::Object(_)))
            if matches!(knob.kind, KnobType::Resources) =>
        {
            let mut merged = default.clone();
            overlay(&mut merged, set);
            fill(&knob.kind, Some(&merged))
        }
        (set, _) => fill(&knob.kind, set),
    }
}

fn fill_default(kind: &KnobType, default: &Value) -> Value {
    match default {
        Value::Null => Value::Null,
        default => fill(kind, Some(default)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::knob::Shape;

    fn overlaid(mut weak: Value, strong: Value) -> Value {
        overlay(&mut weak, &strong);
        weak
    }

    #[test]
    fn maps_merge_lists_replace_and_null_returns_to_the_default() {
        let weak = json!({"a": {"b": 1, "c": 2}, "list": [1, 2], "x": 1});
        let strong = json!({"a": {"c": 3, "d": {"e": null}}, "list": [3], "x": null});
        assert_eq!(
            overlaid(weak, strong),
            json!({"a": {"b": 1, "c": 3, "d": {}}, "list": [3]})
        );
    }

    #[test]
    fn objects_without_default_are_made_of_their_fields() {
        let integer = KnobType::Integer {
            minimum: None,
            maximum: None,
        };
        let optional = Shape::new()
            .default("n", integer.clone(), json!(1), "")
            .object();
        let shape = Shape::new()
            .optional("always", optional.clone(), "")
            .default("maybe", optional, json!(null), "")
            .object();
        assert_eq!(
            fill(&shape, None),
            json!({"always": {"n": 1}, "maybe": null})
        );
        let set = json!({"maybe": {}});
        assert_eq!(
            fill(&shape, Some(&set)),
            json!({"always": {"n": 1}, "maybe": {"n": 1}})
        );
    }

    #[test]
    fn a_part_of_resources_keeps_the_default_of_the_rest() {
        let default = json!({"requests": {"cpu": "100m", "memory": "1Gi"}});
        let shape = Shape::new()
            .default("resources", KnobType::Resources, default, "")
            .object();
        let set = json!({"resources": {"requests": {"memory": "2Gi"}}});
        assert_eq!(
            fill(&shape, Some(&set)),
            json!({"resources": {"requests": {"cpu": "100m", "memory": "2Gi"}}})
        );
    }
}
