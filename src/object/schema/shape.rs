//! Walking a schema beside the value that it describes.

use super::graph::{Graph, Node};
use super::{KeyField, ListKind};
use crate::yaml::Value;

/// A place in a schema, or beyond what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a>(pub(super) Option<(&'a Graph, &'a Node)>);

impl<'a> Shape<'a> {
    /// The shape of a field of an object, or of a value of a map.
    pub fn field(self, name: &str) -> Self {
        self.walk(|node| node.fields.get(name).copied().or(node.element))
    }

    /// The shape of the items of a list.
    pub fn items(self) -> Self {
        self.walk(|node| node.element)
    }

    pub fn list(self) -> &'a ListKind {
        self.0.map_or(&ListKind::Atomic, |(_, node)| &node.list)
    }

    /// Whether a map or object merges as a whole, as `nodeSelector` does.
    pub fn is_atomic(self) -> bool {
        self.0.is_some_and(|(_, node)| node.atomic)
    }

    /// Whether the leaf is an amount such as `100m`, which can be written in several ways.
    pub fn is_quantity(self) -> bool {
        self.0.is_some_and(|(_, node)| node.quantity)
    }

    /// Whether the order of a keyed list says nothing. Elsewhere it may: variables refer to
    /// earlier ones, init containers run in order, and any other order of a pod template makes
    /// new pods.
    pub fn is_any_order(self) -> bool {
        self.0.is_some_and(|(_, node)| node.any_order)
    }

    fn walk(self, step: impl Fn(&Node) -> Option<usize>) -> Self {
        Self(
            self.0
                .and_then(|(graph, node)| Some((graph, &graph.nodes[step(node)?]))),
        )
    }
}

/// Names the fields that tell `item` apart from others: the keys of the list with their values,
/// defaults filled in as the server does, null where there is none. Nothing for an item that holds
/// none of the keys.
pub fn item_keys(item: &Value, keys: &[KeyField]) -> Option<Vec<(String, Value)>> {
    let item = item.as_object()?;
    if !keys.iter().any(|key| item.contains_key(&key.name)) {
        return None;
    }
    let value = |key: &KeyField| item.get(&key.name).or(key.default.as_ref()).cloned();
    let pair = |key: &KeyField| (key.name.clone(), value(key).unwrap_or_default());
    Some(keys.iter().map(pair).collect())
}
