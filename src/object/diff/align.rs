//! The smallest alignment of two lists.

use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::same::whole;
use crate::yaml::Value;

/// Myers' algorithm takes lengths times differences; two lists of this many pairs that have
/// nothing in common would hold up a plan, and nobody reads such a diff.
const MAX_PAIRS: usize = 25_000_000;

/// How far the next version of an item is looked for; farther away it is no neighbour any more.
const LOOK_AHEAD: usize = 200;

/// An item that has no equal counterpart, by its places in the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pair {
    /// Two mappings that are versions of one another.
    Versions(usize, usize),
    Removed(usize),
    Added(usize),
}

/// Lists the items that differ, in order.
pub(super) fn differing(old: &[Value], new: &[Value]) -> Vec<Pair> {
    let pairs = |(from, to): (Range<usize>, Range<usize>)| paired(old, new, from, to);
    gaps(old, new).into_iter().flat_map(pairs).collect()
}

/// Pairs the items of a gap with their next version, without crossing.
fn paired(old: &[Value], new: &[Value], from: Range<usize>, to: Range<usize>) -> Vec<Pair> {
    let lone = from.len() == 1 && to.len() == 1;
    let mut pairs = Vec::new();
    let mut rest = to;
    for place in from {
        let is_version = |candidate: &usize| is_version_of(&old[place], &new[*candidate], lone);
        match rest.clone().take(LOOK_AHEAD).find(is_version) {
            Some(found) => {
                pairs.extend((rest.start..found).map(Pair::Added));
                pairs.push(Pair::Versions(place, found));
                rest.start = found + 1;
            }
            None => pairs.push(Pair::Removed(place)),
        }
    }
    pairs.extend(rest.map(Pair::Added));
    pairs
}

/// Whether a person would call two mappings of an atomic list two versions of one item: they have
/// one name, or if they have none an entry in common. Two that stand alone need nothing in common.
fn is_version_of(old: &Value, new: &Value, lone: bool) -> bool {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return false;
    };
    match (old.get("name"), new.get("name")) {
        _ if lone => true,
        (Some(old), Some(new)) => old == new,
        _ => old.iter().any(|(key, value)| new.get(key) == Some(value)),
    }
}

/// Finds the stretches of both lists that have no counterpart, in order.
fn gaps(old: &[Value], new: &[Value]) -> Vec<(Range<usize>, Range<usize>)> {
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

    use super::{Pair, differing};

    fn list(text: &str) -> Vec<Value> {
        text.split_whitespace().map(Value::from).collect()
    }

    #[test]
    fn common_items_are_kept() {
        let pairs = |old, new| differing(&list(old), &list(new));
        assert_eq!(
            pairs("a b c d", "a c x d"),
            [Pair::Removed(1), Pair::Added(2)]
        );
        assert_eq!(pairs("a", "a"), []);
        assert_eq!(pairs("a b", "x b"), [Pair::Removed(0), Pair::Added(0)]);
        assert_eq!(differing(&[json!(1.0)], &[json!(1)]), []);
    }

    #[test]
    fn versions_are_found_by_name_or_by_what_they_share() {
        let old = [json!({"name": "a", "x": 1}), json!({"k": 1, "v": 1})];
        let new = [
            json!({"name": "b", "x": 1}),
            json!({"name": "a", "x": 2}),
            json!({"k": 1, "v": 2}),
        ];
        assert_eq!(
            differing(&old, &new),
            [Pair::Added(0), Pair::Versions(0, 1), Pair::Versions(1, 2)]
        );
        let stranger = [json!({"name": "z"})];
        assert_eq!(differing(&old[..1], &stranger), [Pair::Versions(0, 0)]);
    }
}
