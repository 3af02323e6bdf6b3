//! The smallest alignment of two lists.

use std::collections::HashMap;
use std::ops::Range;

use crate::yaml::Value;
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::same::whole;

/// Myers' algorithm takes lengths times differences; two lists of this many pairs that have
/// nothing in common would hold up a plan, and nobody reads such a diff.
const MAX_PAIRS: usize = 25_000_000;

/// Finds the stretches of both lists that have no counterpart, in order.
pub(super) fn gaps(old: &[Value], new: &[Value]) -> Vec<(Range<usize>, Range<usize>)> {
    if old.len().saturating_mul(new.len()) > MAX_PAIRS {
        return vec![(0..old.len(), 0..new.len())];
    }
    let mut known = HashMap::new();
    let old = numbered(old, &mut known);
    let new = numbered(new, &mut known);
    let operations = capture_diff_slices(Algorithm::Myers, &old, &new);
    joined(
        operations
            .into_iter()
            .filter(|operation| !matches!(operation, DiffOp::Equal { .. })),
    )
}

/// Joins the operations that touch, so that a deletion and the insertion beside it are one gap.
fn joined(operations: impl Iterator<Item = DiffOp>) -> Vec<(Range<usize>, Range<usize>)> {
    let mut gaps: Vec<(Range<usize>, Range<usize>)> = Vec::new();
    for operation in operations {
        let (old, new) = (operation.old_range(), operation.new_range());
        match gaps.last_mut() {
            Some((last_old, last_new))
                if last_old.end == old.start && last_new.end == new.start =>
            {
                last_old.end = old.end;
                last_new.end = new.end;
            }
            _ => gaps.push((old, new)),
        }
    }
    gaps
}

/// Gives equal values equal numbers, since values cannot be hashed.
fn numbered(values: &[Value], known: &mut HashMap<String, usize>) -> Vec<usize> {
    let number = |value| {
        let next = known.len();
        *known.entry(fingerprint(value)).or_insert(next)
    };
    values.iter().map(number).collect()
}

/// A text that is the same for the same value, keys in order and whole floats as integers.
fn fingerprint(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            whole(number).map_or_else(|| number.to_string(), |n| n.to_string())
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(fingerprint).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, _)| format!("{key:?}:{}", fingerprint(value));
            let mut entries: Vec<_> = entries.iter().map(entry).collect();
            entries.sort_unstable();
            format!("{{{}}}", entries.join(","))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::gaps;

    fn list(text: &str) -> Vec<Value> {
        text.split_whitespace().map(Value::from).collect()
    }

    #[test]
    fn common_items_are_kept() {
        assert_eq!(
            gaps(&list("a b c d"), &list("a c x d")),
            [(1..2, 1..1), (3..3, 2..3)]
        );
        assert_eq!(gaps(&list("a"), &list("a")), []);
        assert_eq!(gaps(&list("a b"), &list("x b")), [(0..1, 0..1)]);
        assert_eq!(gaps(&[json!(1.0)], &[json!(1)]), []);
    }
}
