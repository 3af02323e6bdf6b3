//! Custom resources, held to the structural schema of their CRD.
//!
//! After k8s.io/apiextensions-apiserver `pkg/apiserver/schema` and `validation`: a schema that says
//! `x-kubernetes-preserve-unknown-fields` is open below it, hence a stand-in of ours says nothing.

use super::Wrong;
use super::{junctors, values};
use crate::check::place::Place;
use crate::object::{Object, Path};
use crate::yaml::{Map, Value};

/// Set by the server for every object, whatever the schema.
const OF_EVERY_OBJECT: [&str; 3] = ["apiVersion", "kind", "metadata"];

pub fn check(crd: &Object, object: &Object, root: &Place<'_>, wrong: &mut Vec<Wrong>) {
    let versions = crd.get(&["spec", "versions"]).and_then(Value::as_array);
    let mut versions = versions.into_iter().flatten();
    let version = versions.find(|version| version["name"] == object.version());
    let schema = version.and_then(|version| version.pointer("/schema/openAPIV3Schema"));
    if let Some(schema) = schema {
        of_object(root, schema, true, wrong);
    }
}

fn value(place: &Place<'_>, schema: &Value, wrong: &mut Vec<Wrong>) {
    if place.value.is_null() {
        // The server drops a null that the schema does not allow before it validates.
        return;
    }
    if let Some(message) = values::wrong_type(&place.path, place.value, schema) {
        return wrong.push(Wrong::value(&place.path, message));
    }
    let mut refusals = values::refusals(place.value, schema);
    refusals.extend(junctors::refusals(place.value, schema));
    wrong.extend(
        refusals
            .into_iter()
            .map(|reason| Wrong::value(&place.path, format!("has at `{}` {reason}", place.path))),
    );
    match place.value {
        Value::Object(_) => {
            let embedded = is_true(schema, "x-kubernetes-embedded-resource");
            of_object(place, schema, embedded, wrong);
        }
        Value::Array(_) => of_list(place, schema, wrong),
        _ => {}
    }
}

/// `whole` objects have a kind and metadata of their own, which no schema describes.
fn of_object(place: &Place<'_>, schema: &Value, whole: bool, wrong: &mut Vec<Wrong>) {
    let properties = schema.get("properties").and_then(Value::as_object);
    let others = schema.get("additionalProperties");
    for (name, inner) in place.entries() {
        if whole && (OF_EVERY_OBJECT.contains(&name) || is_root_status(name, place)) {
            continue;
        }
        match (properties.and_then(|known| known.get(name)), others) {
            (Some(schema), _) => value(&inner, schema, wrong),
            (None, Some(others @ Value::Object(_))) => value(&inner, others, wrong),
            (None, Some(Value::Bool(true))) => {}
            (None, _) if is_open(schema) => {}
            (None, _) => wrong.push(unknown(&inner.path, name, properties)),
        }
    }
    for name in list(schema, "required").filter_map(Value::as_str) {
        let given = place.get(&[name]).is_some_and(|value| !value.is_null());
        let defaulted = || properties.is_some_and(|known| known[name].get("default").is_some());
        let of_server = whole && OF_EVERY_OBJECT.contains(&name);
        if !(given || of_server || defaulted()) {
            let message = format!("lacks `{}`", place.path.key(name));
            wrong.push(Wrong::value(&place.path, message));
        }
    }
}

fn is_root_status(name: &str, place: &Place<'_>) -> bool {
    name == "status" && place.path.segments().is_empty()
}

fn of_list(place: &Place<'_>, schema: &Value, wrong: &mut Vec<Wrong>) {
    let Some(items) = schema.get("items") else {
        return;
    };
    let all = place.items();
    all.iter().for_each(|item| value(item, items, wrong));
    let keys: Vec<&str> = list(schema, "x-kubernetes-list-map-keys")
        .filter_map(Value::as_str)
        .collect();
    let key = |item: &Place<'_>| -> Vec<Value> {
        let default = |name: &str| {
            items
                .pointer(&format!("/properties/{name}/default"))
                .cloned()
        };
        let of_key = |name: &&str| item.get(&[name]).cloned().or_else(|| default(name));
        keys.iter()
            .map(|name| of_key(name).unwrap_or_default())
            .collect()
    };
    let told: Vec<Vec<Value>> = match schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("map") => all.iter().map(key).collect(),
        Some("set") => all.iter().map(|item| vec![item.value.clone()]).collect(),
        _ => return,
    };
    for (index, key) in told.iter().enumerate() {
        if told[..index].contains(key) {
            let at = place.path.index(index);
            wrong.push(Wrong::list(
                &at,
                format!("has two items of one key in `{}`", place.path),
            ));
        }
    }
}

/// Whether fields that the schema does not name are kept.
fn is_open(schema: &Value) -> bool {
    is_true(schema, "x-kubernetes-preserve-unknown-fields") || schema.get("type").is_none()
}

fn unknown(at: &Path, name: &str, known: Option<&Map<String, Value>>) -> Wrong {
    Wrong::unknown(
        at,
        name,
        known.into_iter().flatten().map(|(name, _)| name.as_str()),
    )
}

fn is_true(schema: &Value, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten()
}
