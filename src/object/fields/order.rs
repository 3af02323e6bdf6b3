//! Whether live has our items in the order in which we send them.
//!
//! A set of fields knows no order, but apply restores it: with the items of a keyed list or of a
//! set in another order, a manifest that is equal field by field is a change nevertheless.

use super::FieldSet;
use crate::yaml::Value;

/// Whether our items of keyed lists and sets follow one another in `live` as in `sent`. Items of
/// others between them change nothing: apply leaves them where they are.
///
/// Which lists have keys, and which items are ours, is what `ours` says, the set of our entry in
/// the managedFields of `live`.
pub fn keeps_order(sent: &Value, live: &Value, ours: &FieldSet) -> bool {
    let is_sorted = match (sent.as_array(), live.as_array()) {
        (Some(sent), Some(live)) => has_order(sent, live, ours),
        _ => true,
    };
    is_sorted
        && ours.nodes.iter().all(|(element, node)| {
            let segment = element.segment();
            let below = |value| segment.get(value);
            match (below(sent), below(live)) {
                _ if node.below.is_empty() => true,
                (Some(sent), Some(live)) => keeps_order(sent, live, &node.below),
                // It stands on one side only, hence more than the order differs.
                _ => true,
            }
        })
}

fn has_order(sent: &[Value], live: &[Value], ours: &FieldSet) -> bool {
    let items = ours.nodes.keys().filter(|element| element.is_item());
    let mut places: Vec<_> = items
        .filter_map(|element| {
            let segment = element.segment();
            Some((segment.position(sent)?, segment.position(live)?))
        })
        .collect();
    places.sort_unstable();
    places.is_sorted_by_key(|(_, live)| *live)
}
