//! What the sets of managedFields say about lists, where no schema does.
//!
//! The server names the items of a list in `k:` or `v:` exactly when it merges the list by keys or
//! by value. So a custom resource whose CRD is not at hand, and a field that is newer than the
//! table, can still be compared item by item.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::graph::{Graph, Node};
use super::{KeyField, ListKind, Schema, Shape};
use crate::object::{FieldSet, Segment};

impl Schema {
    /// This schema, and the keys of the lists in `set` that it does not know.
    pub(in crate::object) fn with_lists_of(&self, set: &FieldSet) -> Self {
        if !says_more(set, self.root()) {
            return self.clone();
        }
        let mut graph = (*self.graph).clone();
        let root = learn(&mut graph, Some(self.root), set);
        Self {
            graph: Arc::new(graph),
            root,
        }
    }
}

fn says_more(set: &FieldSet, shape: Shape<'_>) -> bool {
    let is_news = || set.items().next().is_some();
    (*shape.list() == ListKind::Atomic && is_news())
        || set
            .fields()
            .any(|(name, below)| says_more(below, shape.field(name)))
        || set
            .items()
            .any(|(_, below)| says_more(below, shape.items()))
}

/// Adds the place with all that `set` knows. It is a place of its own, since the one that was there
/// may be shared by others.
fn learn(graph: &mut Graph, known: Option<usize>, set: &FieldSet) -> usize {
    let mut node = known.map_or_else(Node::default, |known| graph.nodes[known].clone());
    if node.list == ListKind::Atomic {
        node.list = list_kind(set);
    }
    for (name, below) in set.fields().filter(|(_, below)| !below.is_empty()) {
        let field = node.fields.get(name).copied().or(node.element);
        let field = learn(graph, field, below);
        node.fields.insert(name.to_owned(), field);
    }
    let items = set.items().map(|(_, below)| below);
    let item = items.fold(FieldSet::default(), |all, below| all.union(below));
    if !item.is_empty() {
        node.element = Some(learn(graph, node.element, &item));
    }
    graph.add(node)
}

/// An item may leave out some of the keys, so that all items together name them.
fn list_kind(set: &FieldSet) -> ListKind {
    let mut names = BTreeSet::new();
    let mut is_set = false;
    for (segment, _) in set.items() {
        match segment {
            Segment::Item(keys) => names.extend(keys.into_iter().map(|(name, _)| name)),
            _ => is_set = true,
        }
    }
    match (names.is_empty(), is_set) {
        (false, _) => ListKind::Map(
            names
                .into_iter()
                .map(|name| KeyField {
                    name,
                    default: None,
                })
                .collect(),
        ),
        (true, true) => ListKind::Set,
        (true, false) => ListKind::Atomic,
    }
}
