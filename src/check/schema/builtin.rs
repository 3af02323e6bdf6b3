//! Built-in kinds, held to the types of their fields.
//!
//! What server-side apply says to each: an unknown field, a wrong type or a quantity that is none
//! ends with an error (apiserver.md, section 3); a required field is asked for by validation.

use super::types::{Type, table};
use super::{Wrong, type_name};
use crate::check::place::Place;
use crate::object::{Object, Quantity};
use crate::yaml::Value;

/// Whether Kubernetes has this version of a kind.
pub fn is_known(api_version: &str, kind: &str) -> bool {
    table().kinds.contains_key(&(api_version, kind))
}

/// Whether a group is one of Kubernetes' own.
pub fn is_group(group: &str) -> bool {
    let mut kinds = table().kinds.keys();
    kinds.any(|(api, _)| api.split_once('/').map_or("", |(group, _)| group) == group)
}

/// The version of a kind that Kubernetes has.
pub fn version(group: &str, kind: &str) -> Option<&'static str> {
    let of_group = |api: &str| api.split_once('/').map_or("", |(group, _)| group) == group;
    let mut kinds = table().kinds.keys();
    let found = kinds.find(|(api, known)| *known == kind && of_group(api));
    found.map(|(api, _)| *api)
}

pub fn check(object: &Object, root: &Place<'_>, wrong: &mut Vec<Wrong>) {
    let kind = table().kinds.get(&(object.api_version(), object.kind()));
    if let Some(definition) = kind {
        fields(root, definition, wrong);
    }
}

fn fields(place: &Place<'_>, definition: &str, wrong: &mut Vec<Wrong>) {
    let known = table().fields(definition);
    for (name, inner) in place.entries() {
        match known.get(name) {
            Some(field) => value(&inner, &field.kind, wrong),
            // The server drops the status of a kind that has one.
            None if name == "status" && place.path.segments().is_empty() => {}
            None => wrong.push(Wrong::unknown(&inner.path, name, known.keys().copied())),
        }
    }
    for (name, _) in known.iter().filter(|(_, field)| field.required) {
        if place.get(&[name]).is_none_or(Value::is_null) {
            wrong.push(Wrong::value(
                &place.path,
                format!("lacks `{}`", place.path.key(name)),
            ));
        }
    }
}

fn value(place: &Place<'_>, kind: &Type, wrong: &mut Vec<Wrong>) {
    match (kind, place.value) {
        // Null is the same as absent.
        (Type::Any, _) | (_, Value::Null) => {}
        (Type::Object(definition), Value::Object(_)) => fields(place, definition, wrong),
        (Type::List(items), Value::Array(_)) => {
            place
                .items()
                .iter()
                .for_each(|item| value(item, items, wrong));
        }
        (Type::Map(values), Value::Object(_)) => {
            place
                .entries()
                .iter()
                .for_each(|(_, entry)| value(entry, values, wrong));
        }
        (kind, found) if fits(kind, found) => {}
        (kind, found) => {
            let (at, wanted, found) = (&place.path, name(kind), type_name(found));
            let message = match kind {
                Type::Quantity => format!("has at `{at}` what is no quantity"),
                Type::Bytes => format!("has at `{at}` what is not base64"),
                _ => format!("has {found} at `{at}`, which takes {wanted}"),
            };
            wrong.push(Wrong::value(at, message));
        }
    }
}

fn fits(kind: &Type, value: &Value) -> bool {
    match kind {
        Type::Text => value.is_string(),
        Type::Bytes => value.as_str().is_some_and(is_base64),
        Type::Integer => value.is_i64() || value.is_u64(),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::Quantity => Quantity::from_value(value).is_some(),
        Type::IntegerOrText => value.is_string() || value.is_i64(),
        _ => false,
    }
}

/// Padded base64 as Go's decoder takes it: line breaks are skipped.
fn is_base64(text: &str) -> bool {
    let text: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\n' | b'\r'))
        .collect();
    let bare = text.iter().rev().skip_while(|byte| **byte == b'=').count();
    let digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - bare <= 2 && text[..bare].iter().all(digit)
}

fn name(kind: &Type) -> &'static str {
    match kind {
        Type::Text | Type::Bytes => "text",
        Type::Integer => "an integer",
        Type::Number => "a number",
        Type::Boolean => "a boolean",
        Type::Quantity => "a quantity",
        Type::IntegerOrText => "an integer or text",
        Type::Any => "anything",
        Type::List(_) => "a list",
        Type::Map(_) | Type::Object(_) => "a mapping",
    }
}
