//! The leaves of a value: what is counted as one field.

use kops_stack::object::{Path, Segment};
use kops_stack::yaml::Value;

/// Paths of all leaves below `path`; an empty map or list is a leaf, and nothing else that holds
/// values.
pub fn paths(path: &Path, value: &Value) -> Vec<Path> {
    let mut found = Vec::new();
    collect(path.clone(), value, &mut found);
    found
}

pub fn count(value: &Value) -> usize {
    paths(&Path::root(), value).len()
}

fn collect(path: Path, value: &Value, found: &mut Vec<Path>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                collect(path.joined(Segment::Key(key.clone())), value, found);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                collect(path.joined(segment(position, item)), item, found);
            }
        }
        _ => found.push(path),
    }
}

/// Items of a list that stands on one side only are told apart by their names, where they have any.
fn segment(position: usize, item: &Value) -> Segment {
    match item.get("name") {
        Some(name @ Value::String(_)) => Segment::Item(vec![("name".to_owned(), name.clone())]),
        _ => Segment::Index(position),
    }
}
