//! Places and how they hold one another.

use std::collections::HashMap;

use super::{KeyField, ListKind};

/// A graph and not a tree, since definitions may hold themselves.
#[derive(Debug, Clone, Default)]
pub(in crate::object) struct Graph {
    pub nodes: Vec<Node>,
}

/// One place: an object, a list, a map or a leaf.
#[derive(Debug, Clone, Default)]
pub(in crate::object) struct Node {
    pub fields: HashMap<String, usize>,
    /// The items of a list, or the values of a map.
    pub element: Option<usize>,
    pub list: ListKind,
    /// The map or object merges as a whole.
    pub atomic: bool,
    pub quantity: bool,
    /// The order of the keyed list says nothing.
    pub any_order: bool,
}

impl Graph {
    pub fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The lists of ObjectMeta, for custom resources, whose schemas leave it out.
    pub fn add_metadata(&mut self) -> usize {
        let finalizers = self.add(Node {
            list: ListKind::Set,
            ..Node::default()
        });
        let uid = KeyField {
            name: "uid".to_owned(),
            default: None,
        };
        let list = ListKind::Map(vec![uid]);
        let owners = self.add(Node {
            list,
            any_order: true,
            ..Node::default()
        });
        let fields = [("finalizers", finalizers), ("ownerReferences", owners)];
        let fields = fields.map(|(name, node)| (name.to_owned(), node)).into();
        self.add(Node {
            fields,
            ..Node::default()
        })
    }
}
