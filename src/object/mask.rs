//! Objects without their secrets.

use crate::yaml::{Map, Value};

use super::Object;

/// Annotations in which other tools keep a copy of the whole object.
const COPIES: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
];

/// Replaces the values of a Secret, and copies of whole objects, by their length.
///
/// Two values of one length look alike; who shows changes compares before masking.
pub fn mask(object: &Object) -> Object {
    let mut masked = object.clone();
    if object.is("", "Secret") {
        mask_values(masked.value_mut().get_mut("data"), decoded_length);
        mask_values(masked.value_mut().get_mut("stringData"), str::len);
    }
    if let Some(Value::Object(annotations)) =
        masked.value_mut().pointer_mut("/metadata/annotations")
    {
        mask_copies(annotations);
    }
    masked
}

fn mask_copies(annotations: &mut Map<String, Value>) {
    for (_, value) in annotations
        .iter_mut()
        .filter(|(key, _)| COPIES.contains(&key.as_str()))
    {
        *value = masked_value(value, str::len);
    }
}

fn mask_values(values: Option<&mut Value>, length: fn(&str) -> usize) {
    match values {
        Some(Value::Object(entries)) => {
            entries
                .values_mut()
                .for_each(|value| *value = masked_value(value, length));
        }
        // No server takes it, but a mistake is no reason to show a secret.
        Some(other) => *other = masked_value(other, length),
        None => {}
    }
}

fn masked_value(value: &Value, length: fn(&str) -> usize) -> Value {
    let bytes = value
        .as_str()
        .map_or_else(|| value.to_string().len(), length);
    Value::from(format!("<secret {bytes} bytes>"))
}

/// The number of bytes that base64 text stands for; line breaks and padding are none.
fn decoded_length(text: &str) -> usize {
    let is_digit = |c: &char| !c.is_whitespace() && *c != '=';
    text.chars().filter(is_digit).count() * 3 / 4
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::mask;
    use crate::object::Object;

    fn masked(value: Value) -> Value {
        mask(&Object::new(value).expect("an object")).into_value()
    }

    #[test]
    fn secrets_show_their_keys_and_lengths() {
        let secret = json!({
            "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "Opaque",
            "data": {"a": "aGVs\nbG8=", "b": ""}, "stringData": {"c": "hé"},
        });
        let masked = masked(secret);
        assert_eq!(
            masked["data"],
            json!({"a": "<secret 5 bytes>", "b": "<secret 0 bytes>"})
        );
        assert_eq!(masked["stringData"], json!({"c": "<secret 3 bytes>"}));
        assert_eq!(masked["type"], "Opaque");
    }

    #[test]
    fn malformed_secrets_are_masked_too() {
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "data": "hunter2", "stringData": {"a": ["hunter2"]}});
        assert!(!masked(secret).to_string().contains("hunter2"));
    }

    #[test]
    fn copies_of_objects_are_masked_and_other_objects_are_not() {
        let last_applied = "kubectl.kubernetes.io/last-applied-configuration";
        let value = json!({
            "apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"},
            "metadata": {"name": "a", "annotations": {last_applied: "{}", "x": "y"}},
        });
        let masked = masked(value);
        assert_eq!(
            masked["metadata"]["annotations"],
            json!({last_applied: "<secret 2 bytes>", "x": "y"})
        );
        assert_eq!(masked["data"]["a"], "b");
    }
}
