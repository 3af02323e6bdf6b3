//! What a new CRD refuses that the old one took.
//!
//! The server accepts nearly every change of a CRD in silence, also one under which objects that
//! exist can no longer be written. So each is said here.

use std::collections::BTreeMap;

use crate::model::plan::Effect;
use crate::object::{FieldChange, Object, Schema, Segment, diff};
use crate::yaml::Value;

/// Words of a schema whose change may refuse what was accepted.
const NARROWING: [&str; 12] = [
    "type",
    "required",
    "enum",
    "pattern",
    "format",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "x-kubernetes-validations",
];

/// How many fields are named; the rest is counted.
const NAMED: usize = 3;

pub fn effects(old: &Object, new: &Object) -> Vec<Effect> {
    let (before, after) = (versions(old), versions(new));
    let mut reasons = Vec::new();
    for (name, version) in &before {
        match after.get(name) {
            None => reasons.push(match stored_versions(old) {
                // A CRD of a manifest does not know what is stored.
                None => format!(
                    "version {name} goes; the server refuses while objects are stored in it"
                ),
                Some(_) => format!("version {name} goes; no object is stored in it"),
            }),
            Some(next) => {
                if is(version, "served") && !is(next, "served") {
                    reasons.push(format!("version {name} is no longer served"));
                }
                reasons.extend(narrower(name, version, next));
            }
        }
    }
    reasons.extend(storage_moves(&before, &after));
    let effect = |reason| Effect::CrdChange { reason };
    reasons.into_iter().map(effect).collect()
}

/// What stands against a CRD that drops a version in which objects are stored, and the way out.
pub fn dropped_while_stored(old: &Object, new: &Object) -> Vec<String> {
    let after = versions(new);
    let stored = stored_versions(old).into_iter().flatten();
    let stored = stored.filter_map(Value::as_str);
    let dropped = stored.filter(|name| !after.contains_key(name));
    let told = dropped.map(|name| {
        format!(
            "version {name} goes, and objects are stored in it (status.storedVersions); keep it, unserved if you like, until each object was written once more and {name} was taken out of status.storedVersions"
        )
    });
    told.collect()
}

fn stored_versions(crd: &Object) -> Option<&Vec<Value>> {
    crd.get(&["status", "storedVersions"])?.as_array()
}

/// Whether a CRD serves a version.
pub fn serves(crd: &Object, version: &str) -> bool {
    let versions = versions(crd);
    versions
        .get(version)
        .is_some_and(|version| is(version, "served"))
}

/// Whether the objects of a CRD are judged otherwise by a new one.
pub fn judges_otherwise(old: &Object, new: &Object) -> bool {
    let schemas = |crd| {
        let versions = versions(crd).into_iter();
        let schemas = versions.map(|(name, version)| (name, version.get("schema")));
        schemas.collect::<BTreeMap<_, _>>()
    };
    schemas(old) != schemas(new)
}

fn versions(crd: &Object) -> BTreeMap<&str, &Value> {
    let versions = crd.get(&["spec", "versions"]).and_then(Value::as_array);
    versions
        .into_iter()
        .flatten()
        .filter_map(|version| Some((version.get("name")?.as_str()?, version)))
        .collect()
}

fn is(version: &Value, key: &str) -> bool {
    version.get(key) == Some(&Value::Bool(true))
}

fn storage_moves(
    before: &BTreeMap<&str, &Value>,
    after: &BTreeMap<&str, &Value>,
) -> Option<String> {
    let storage = |versions: &BTreeMap<&str, &Value>| {
        let stored = versions.iter().find(|(_, version)| is(version, "storage"));
        stored.map(|(name, _)| (*name).to_owned())
    };
    let (old, new) = (storage(before)?, storage(after)?);
    (old != new).then(|| format!("objects are stored as {new} from now on; those of {old} stay until they are written again"))
}

/// What the schema of one version no longer takes.
fn narrower(version: &str, old: &Value, new: &Value) -> Vec<String> {
    let schema = |version: &Value| version.pointer("/schema/openAPIV3Schema").cloned();
    let (Some(old), Some(new)) = (schema(old), schema(new)) else {
        return Vec::new();
    };
    // An open schema takes everything, whatever fields it names.
    if is(&new, "x-kubernetes-preserve-unknown-fields") {
        return Vec::new();
    }
    let (mut unknown, mut stricter) = (Vec::new(), Vec::new());
    for change in diff(&old, &new, &Schema::none()) {
        match place(&change) {
            Place::Field(field) if change.new.is_none() => unknown.push(field),
            Place::Word(field, word) if narrows(word, &change) => stricter.push(field),
            _ => {}
        }
    }
    stricter.dedup();
    let said = |fields: Vec<String>, what: &str| {
        (!fields.is_empty()).then(|| format!("{version} {what} {}", listed(&fields)))
    };
    [
        said(unknown, "no longer knows"),
        said(stricter, "is stricter about"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A word that is taken away, or an enum that gets more values, lets more through.
fn narrows(word: &str, change: &FieldChange) -> bool {
    let number = |value: &Option<Value>| value.as_ref().and_then(Value::as_f64);
    match (word, number(&change.old), number(&change.new)) {
        _ if !NARROWING.contains(&word) => false,
        (word, Some(old), Some(new)) if word.starts_with("max") => new < old,
        (word, Some(old), Some(new)) if word.starts_with("min") => new > old,
        ("enum", ..) => change.old.is_some(),
        _ => change.new.is_some(),
    }
}

enum Place {
    /// A field of the object that the schema describes.
    Field(String),
    /// A word that the schema says about a field.
    Word(String, &'static str),
    Elsewhere,
}

/// Reads a path through a schema as a path through the objects that it describes.
fn place(change: &FieldChange) -> Place {
    let mut field = String::new();
    let mut keys = change.path.segments().iter();
    while let Some(Segment::Key(key)) = keys.next() {
        match key.as_str() {
            "properties" => match keys.next() {
                Some(Segment::Key(name)) if field.is_empty() => field += name,
                Some(Segment::Key(name)) => field = format!("{field}.{name}"),
                _ => return Place::Field(field + ".*"),
            },
            "items" => field += "[]",
            "additionalProperties" => field += ".*",
            word => {
                let known = NARROWING.iter().find(|known| **known == word);
                return known.map_or(Place::Elsewhere, |word| Place::Word(field, word));
            }
        }
    }
    Place::Field(field)
}

fn listed(fields: &[String]) -> String {
    let named = fields
        .iter()
        .take(NAMED)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    match fields.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
