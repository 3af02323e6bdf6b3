//! Differences without secrets.

use crate::object::{FieldChange, Object, Path, Schema, Segment, diff, mask};
use crate::yaml::Value;

/// What stands where a value is secret and no length of it is known.
const HIDDEN: &str = "<secret>";

/// Compares, and only then masks: two secrets of one length look alike once they are masked.
pub fn masked_diff(old: &Object, new: &Object, schema: &Schema) -> Vec<FieldChange> {
    let mut changes = diff(old.value(), new.value(), schema);
    let (old_masked, new_masked) = (mask(old), mask(new));
    if old_masked == *old && new_masked == *new {
        return changes;
    }
    for change in &mut changes {
        hide(&mut change.old, &change.path, &old_masked);
        hide(&mut change.new, &change.path, &new_masked);
    }
    changes
}

/// Takes the value from the masked object. Only keys lead to secrets; an item of a list elsewhere,
/// such as an owner, is shown as it is.
fn hide(value: &mut Option<Value>, path: &Path, masked: &Object) {
    if value.is_none() {
        return;
    }
    let by_keys = path
        .segments()
        .iter()
        .all(|segment| matches!(segment, Segment::Key(_)));
    if by_keys || is_secret_place(path) {
        *value = Some(
            path.get(masked.value())
                .cloned()
                .unwrap_or_else(|| HIDDEN.into()),
        );
    }
}

/// Where only a malformed Secret has lists.
fn is_secret_place(path: &Path) -> bool {
    let first = path.segments().first();
    matches!(first, Some(Segment::Key(key)) if key == "data" || key == "stringData")
}
