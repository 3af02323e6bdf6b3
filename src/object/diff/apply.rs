//! Makes the new value out of the old one and the changes, to prove that the changes say all.

use crate::yaml::Value;

use super::{ChangeKind, FieldChange};
use crate::object::{Path, Segment};

/// Outer lists before inner ones, since the places inside paths are those in the new list; in one
/// list removals from the end, then additions from the beginning.
pub(in crate::object) fn apply_changes(old: &Value, changes: &[FieldChange]) -> Value {
    let mut changes: Vec<_> = changes.iter().collect();
    changes.sort_by_key(|change| (change.path.segments().len(), rank(change)));
    let mut value = old.clone();
    for change in changes {
        apply(&mut value, change);
    }
    value
}

fn rank(change: &FieldChange) -> (usize, isize) {
    match (change.path.last(), &change.new) {
        (Some(Segment::Index(index)), None) => (0, -index.cast_signed()),
        (Some(Segment::Index(index)), Some(_)) => (1, index.cast_signed()),
        _ => (2, 0),
    }
}

fn apply(root: &mut Value, change: &FieldChange) {
    if change.kind == ChangeKind::Reordered {
        return;
    }
    let parent = change.path.parent().unwrap_or_default();
    let Some(last) = change.path.last() else {
        *root = change.new.clone().unwrap_or_default();
        return;
    };
    let place = parent
        .get_mut(root)
        .unwrap_or_else(|| panic!("no {parent}"));
    match (last, &change.new) {
        (Segment::Key(key), Some(new)) => place[key] = new.clone(),
        (Segment::Key(key), None) => {
            place.as_object_mut().expect("a mapping").remove(key);
        }
        (segment, new) => apply_to_item(place, segment, change.old.is_some(), new.as_ref()),
    }
}

fn apply_to_item(place: &mut Value, segment: &Segment, was_there: bool, new: Option<&Value>) {
    let list = place.as_array_mut().expect("a list");
    let position = segment.position(list);
    match (segment, new) {
        (_, None) => {
            list.remove(position.expect("the removed item is there"));
        }
        (_, Some(new)) if was_there => list[position.expect("the item is there")] = new.clone(),
        (Segment::Index(index), Some(new)) => list.insert(*index, new.clone()),
        (_, Some(new)) => list.push(new.clone()),
    }
}

/// Sorts keyed lists, sets and reorders away, for comparing up to order.
pub(in crate::object) fn in_order(
    value: &Value,
    is_ordered: &impl Fn(&Path) -> bool,
    path: &Path,
) -> Value {
    match value {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), in_order(value, is_ordered, &path.key(key))))
            .collect(),
        Value::Array(list) => {
            let mut list: Vec<_> = list
                .iter()
                .map(|v| in_order(v, is_ordered, &path.index(0)))
                .collect();
            if !is_ordered(path) {
                list.sort_by_key(Value::to_string);
            }
            Value::Array(list)
        }
        other => other.clone(),
    }
}
