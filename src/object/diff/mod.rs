//! What differs between two versions of an object, field by field.
//!
//! Lists are compared as the server merges them: items of keyed lists by their keys, sets by
//! value, other lists by the smallest alignment. Equal parts cost one comparison.

mod align;
#[cfg(test)]
pub(super) mod apply;
mod lists;
mod same;

use std::collections::BTreeSet;

use crate::yaml::{Map, Value};

use super::{Path, Quantity, Schema, Segment, Shape};
use same::same;
pub(super) use same::whole;

/// One difference.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldChange {
    /// For an item that was removed from an atomic list its place in the old list, otherwise
    /// places are those in the new one.
    pub path: Path,
    /// `None` for what was added.
    pub old: Option<Value>,
    /// `None` for what was removed.
    pub new: Option<Value>,
    pub kind: ChangeKind,
}

/// What a difference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// Another value.
    Value,
    /// Another way to write the same: `1000m` and `1`, or a default of a key written out.
    Spelling,
    /// A keyed list has the items that it had in another order; `old` and `new` list their keys.
    /// What else changed in the items stands on its own.
    Reordered,
}

impl FieldChange {
    /// Whether both sides mean the same to the server.
    pub fn semantic_equal(&self) -> bool {
        self.kind == ChangeKind::Spelling
    }
}

/// Lists the differences, in the order of keys and items; none for equal values.
///
/// A subtree that stands on one side only is one change. Numbers are compared by value: 1 is 1.0.
pub fn diff(old: &Value, new: &Value, schema: &Schema) -> Vec<FieldChange> {
    let mut walk = Walk {
        path: Path::root(),
        changes: Vec::new(),
    };
    if old != new {
        walk.value(old, new, schema.root());
    }
    walk.changes
}

struct Walk {
    path: Path,
    changes: Vec<FieldChange>,
}

impl Walk {
    /// Compares two values that are known to differ, in spelling at least; callers skip what is
    /// equal, so that each level of a change costs one comparison.
    fn value(&mut self, old: &Value, new: &Value, shape: Shape<'_>) {
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => self.map(old, new, shape),
            (Value::Array(old), Value::Array(new)) => self.list(old, new, shape),
            _ if same(old, new) => {}
            _ if shape.is_quantity() && same_quantity(old, new) => {
                self.push(Some(old), Some(new), ChangeKind::Spelling);
            }
            _ => self.push(Some(old), Some(new), ChangeKind::Value),
        }
    }

    fn map(&mut self, old: &Map<String, Value>, new: &Map<String, Value>, shape: Shape<'_>) {
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (old, new) = (old.get(key), new.get(key));
            if old != new {
                let segment = Segment::Key(key.clone());
                self.at(segment, |walk| walk.both(old, new, shape.field(key)));
            }
        }
    }

    fn both(&mut self, old: Option<&Value>, new: Option<&Value>, shape: Shape<'_>) {
        match (old, new) {
            (Some(old), Some(new)) => self.value(old, new, shape),
            (old, new) => self.push(old, new, ChangeKind::Value),
        }
    }

    fn at(&mut self, segment: Segment, visit: impl FnOnce(&mut Self)) {
        self.path.push(segment);
        visit(self);
        self.path.pop();
    }

    fn push(&mut self, old: Option<&Value>, new: Option<&Value>, kind: ChangeKind) {
        self.changes.push(FieldChange {
            path: self.path.clone(),
            old: old.cloned(),
            new: new.cloned(),
            kind,
        });
    }
}

fn same_quantity(old: &Value, new: &Value) -> bool {
    let old = Quantity::from_value(old);
    old.is_some() && old == Quantity::from_value(new)
}

#[cfg(test)]
mod tests;
