//! Objects and changes without their secrets.

use super::{FieldChange, Identity, Object, Path, Segment};
use crate::yaml::Value;

/// Annotations in which other tools keep a copy of the whole object.
const COPIES: [&str; 2] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    "kapp.k14s.io/original",
];

/// Where a secret stands: the keys down to it, of which `*` is any.
type Place = &'static [&'static str];

const DATA: Place = &["data", "*"];
const STRING_DATA: Place = &["stringData", "*"];

/// Replaces the values of a Secret, and copies of whole objects, by their length.
///
/// Two values of one length look alike; who shows changes compares first and masks the changes
/// with [`mask_changes`].
pub fn mask(object: &Object) -> Object {
    let mut masked = object.clone();
    for place in places(&object.identity()) {
        mask_below(masked.value_mut(), &place, is_encoded(&place));
    }
    masked
}

/// Does to the changes of an object what [`mask`] does to the object.
pub fn mask_changes(identity: &Identity, changes: &mut [FieldChange]) {
    let places = places(identity);
    for change in changes {
        for place in &places {
            let Some(rest) = below(&change.path, place) else {
                continue;
            };
            let values = [change.old.as_mut(), change.new.as_mut()];
            for value in values.into_iter().flatten() {
                mask_below(value, rest, is_encoded(place));
            }
        }
    }
}

fn places(identity: &Identity) -> Vec<Vec<&'static str>> {
    let copies = COPIES.map(|copy| vec!["metadata", "annotations", copy]);
    let is_secret = identity.kind == "Secret" && identity.group.is_empty();
    let secrets = [DATA, STRING_DATA].into_iter().filter(|_| is_secret);
    copies
        .into_iter()
        .chain(secrets.map(<[_]>::to_vec))
        .collect()
}

fn is_encoded(place: &[&str]) -> bool {
    place == DATA
}

/// What remains of the place below a path; nothing remains when the path leads into the secret.
fn below<'p>(path: &Path, place: &'p [&'static str]) -> Option<&'p [&'static str]> {
    let mut place = place.iter();
    for segment in path.segments() {
        match (segment, place.as_slice().first()) {
            (_, None) => break,
            (Segment::Key(key), Some(wanted)) if *wanted == "*" || key == wanted => place.next(),
            // An item where a mapping should stand is hidden rather than trusted.
            (Segment::Key(_), Some(_)) => return None,
            (_, Some(_)) => return Some(&[]),
        };
    }
    Some(place.as_slice())
}

fn mask_below(value: &mut Value, place: &[&str], encoded: bool) {
    match (place, value) {
        ([], value) => *value = masked_value(value, encoded),
        (["*", rest @ ..], Value::Object(entries)) => {
            entries
                .values_mut()
                .for_each(|value| mask_below(value, rest, encoded));
        }
        ([key, rest @ ..], Value::Object(entries)) => {
            if let Some(value) = entries.get_mut(*key) {
                mask_below(value, rest, encoded);
            }
        }
        // No server takes it, but a mistake is no reason to show a secret.
        (_, Value::Null) => {}
        (_, value) => *value = masked_value(value, encoded),
    }
}

fn masked_value(value: &Value, encoded: bool) -> Value {
    let bytes = match value {
        Value::String(text) if encoded => decoded_length(text),
        Value::String(text) => text.len(),
        other => other.to_string().len(),
    };
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

    use super::{mask, mask_changes};
    use crate::object::{Object, Schema, diff};

    fn masked(value: Value) -> Value {
        mask(&Object::new(value).expect("an object")).into_value()
    }

    fn secret(data: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}, "type": "Opaque", "data": data})
    }

    #[test]
    fn secrets_show_their_keys_and_lengths() {
        let mut secret = secret(&json!({"a": "aGVs\nbG8=", "b": ""}));
        secret["stringData"] = json!({"c": "hé"});
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
        for data in [
            json!("hunter2"),
            json!(["hunter2"]),
            json!({"a": ["hunter2"]}),
            json!({"a": {"b": "hunter2"}}),
        ] {
            assert!(
                !masked(secret(&data)).to_string().contains("hunter2"),
                "{data}"
            );
        }
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

    #[test]
    fn changes_of_secrets_are_masked_at_every_depth() {
        let one = json!({"a": "aHVudGVyMg=="});
        let sides = [
            json!(null),
            json!({}),
            one,
            json!({"a": "aHVudGVyMw=="}),
            json!(["aHVudGVyMg=="]),
            json!({"a": ["aHVudGVyMg=="]}),
        ];
        for old in &sides {
            for new in &sides {
                let object = Object::new(secret(new)).expect("an object");
                let mut changes = diff(&secret(old), object.value(), &Schema::of(&object));
                mask_changes(&object.identity(), &mut changes);
                assert_eq!(changes.is_empty(), old == new);
                assert!(
                    !format!("{changes:?}").contains("aHVud"),
                    "{old} {new}: {changes:?}"
                );
            }
        }
    }

    #[test]
    fn a_new_object_is_masked_as_a_whole() {
        let object = Object::new(secret(&json!({"a": "aGVsbG8="}))).expect("an object");
        let mut changes = diff(&Value::Null, object.value(), &Schema::none());
        mask_changes(&object.identity(), &mut changes);
        assert_eq!(changes[0].new.as_ref(), Some(mask(&object).value()));
    }
}
