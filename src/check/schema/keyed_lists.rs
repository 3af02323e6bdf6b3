//! Keyed lists and sets: server-side apply refuses items that it cannot tell apart.

use super::Wrong;
use crate::object::{KeyField, ListKind, Object, Path, Schema, Segment, Shape};
use crate::yaml::Value;

pub fn check(object: &Object, wrong: &mut Vec<Wrong>) {
    let schema = Schema::of(object);
    walk(object.value(), schema.root(), &mut Path::root(), wrong);
}

fn walk(value: &Value, shape: Shape<'_>, path: &mut Path, wrong: &mut Vec<Wrong>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                path.push(Segment::Key(key.clone()));
                walk(inner, shape.field(key), path, wrong);
                path.pop();
            }
        }
        Value::Array(items) => {
            of_list(items, shape.list(), path, wrong);
            for (index, item) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                walk(item, shape.items(), path, wrong);
                path.pop();
            }
        }
        _ => {}
    }
}

fn of_list(items: &[Value], kind: &ListKind, path: &Path, wrong: &mut Vec<Wrong>) {
    let keys: Vec<Option<Vec<Value>>> = match kind {
        ListKind::Atomic => return,
        ListKind::Set => items.iter().map(|item| Some(vec![item.clone()])).collect(),
        ListKind::Map(fields) => items.iter().map(|item| key_of(item, fields)).collect(),
    };
    for (index, key) in keys.iter().enumerate() {
        let at = path.index(index);
        match key {
            None => wrong.push(Wrong::list(
                &at,
                format!("has an item without key in `{path}`"),
            )),
            Some(key) if keys[..index].contains(&Some(key.clone())) => {
                let shown: Vec<String> = key.iter().map(shown).collect();
                let message = format!("has `{}` twice in `{path}`", shown.join("/"));
                wrong.push(Wrong::list(&at, message));
            }
            Some(_) => {}
        }
    }
}

/// The values of an item's keys, defaults applied; none where it has no key of its own.
fn key_of(item: &Value, fields: &[KeyField]) -> Option<Vec<Value>> {
    let own = |field: &KeyField| item.get(&field.name).filter(|value| !value.is_null());
    fields.iter().find_map(own)?;
    let value = |field: &KeyField| own(field).or(field.default.as_ref()).cloned();
    Some(
        fields
            .iter()
            .map(|field| value(field).unwrap_or_default())
            .collect(),
    )
}

fn shown(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
