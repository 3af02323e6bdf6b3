//! How lists and maps merge: what the OpenAPI of the built-in kinds, or a CRD, says.
//!
//! A [`Schema`] is a graph of places, since definitions may hold themselves. Walk it with
//! [`Shape`], beside the value that it describes; where nothing is known, it says so by saying
//! what the server assumes then: lists are atomic, maps merge by key.

mod all;
mod crd;
mod graph;
mod learned;
mod shape;
mod table;

use std::sync::{Arc, LazyLock};

pub use all::Schemas;
use graph::{Graph, Node};
pub use shape::Shape;
pub(super) use shape::item_keys;
pub(super) use table::table;

use super::Object;
use crate::yaml::Value;

/// How the items of a list are told apart (`x-kubernetes-list-type`).
#[derive(Debug, Clone, Default, PartialEq)]
pub enum ListKind {
    /// By place alone; server-side apply replaces the list as a whole.
    #[default]
    Atomic,
    /// By value.
    Set,
    /// By the fields that are the keys of an item.
    Map(Vec<KeyField>),
}

/// One key of a keyed list.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyField {
    pub name: String,
    /// What the server takes where an item leaves the key out: `TCP` for the protocol of a port.
    pub default: Option<Value>,
}

/// What is known about the shape of one kind's objects.
#[derive(Debug, Clone)]
pub struct Schema {
    graph: Arc<Graph>,
    root: usize,
}

impl Schema {
    /// The schema of a built-in kind. A version that the table does not know, an older or newer
    /// one, has the lists of the one that it knows: keys do not change between versions.
    pub fn builtin(group: &str, version: &str, kind: &str) -> Option<Self> {
        let known = table().kinds.get(kind)?;
        let of_group = || known.iter().filter(|known| known.group == group);
        let exact = of_group().find(|known| known.version == version);
        let found = exact.or_else(|| of_group().next())?;
        Some(Self::in_table(found.definition))
    }

    /// The built-in schema of the object's kind, or what holds for every object.
    pub fn of(object: &Object) -> Self {
        Self::builtin(object.group(), object.version(), object.kind()).unwrap_or_else(Self::none)
    }

    /// What holds for every object, whatever its kind: its metadata.
    pub fn none() -> Self {
        static NONE: LazyLock<Schema> =
            LazyLock::new(|| Schema::with_metadata(Graph::default(), None));
        NONE.clone()
    }

    /// Makes `root` the schema of an object, by giving it metadata.
    fn with_metadata(mut graph: Graph, root: Option<usize>) -> Self {
        let root = root.unwrap_or_else(|| graph.add(Node::default()));
        let metadata = graph.add_metadata();
        graph.nodes[root]
            .fields
            .insert("metadata".to_owned(), metadata);
        Self {
            graph: Arc::new(graph),
            root,
        }
    }

    fn in_table(root: usize) -> Self {
        Self {
            graph: Arc::clone(&table().graph),
            root,
        }
    }

    /// How many keyed lists the schema knows, for tests of what was read.
    #[cfg(test)]
    pub(super) fn keyed_lists(&self) -> usize {
        let keyed = |node: &&Node| matches!(node.list, ListKind::Map(_));
        self.graph.nodes.iter().filter(keyed).count()
    }

    pub fn root(&self) -> Shape<'_> {
        Shape(Some((&self.graph, &self.graph.nodes[self.root])))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{ListKind, Schema, Shape, item_keys};

    fn walk<'a>(schema: &'a Schema, path: &str) -> Shape<'a> {
        let step = |shape: Shape<'a>, part| match part {
            "*" => shape.items(),
            name => shape.field(name),
        };
        path.split('.').fold(schema.root(), step)
    }

    fn keys(shape: Shape<'_>) -> Vec<&str> {
        match shape.list() {
            ListKind::Map(keys) => keys.iter().map(|key| key.name.as_str()).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_pod_template_has_keyed_lists() {
        let schema = Schema::builtin("apps", "v1", "Deployment").expect("built in");
        let containers = walk(&schema, "spec.template.spec.containers");
        assert_eq!(keys(containers), ["name"]);
        assert_eq!(
            keys(containers.items().field("ports")),
            ["containerPort", "protocol"]
        );
        assert!(
            containers
                .items()
                .field("resources")
                .field("limits")
                .field("cpu")
                .is_quantity()
        );
        assert_eq!(containers.items().field("args").list(), &ListKind::Atomic);
        assert!(walk(&schema, "spec.template.spec.nodeSelector").is_atomic());
    }

    #[test]
    fn unknown_versions_use_the_lists_of_a_known_one() {
        let schema = Schema::builtin("apps", "v9", "Deployment").expect("built in");
        assert_eq!(keys(walk(&schema, "spec.template.spec.volumes")), ["name"]);
        assert!(Schema::builtin("example.com", "v1", "Deployment").is_none());
    }

    #[test]
    fn every_object_has_metadata() {
        let schema = Schema::none();
        assert_eq!(walk(&schema, "metadata.finalizers").list(), &ListKind::Set);
        assert_eq!(walk(&schema, "spec.anything.*").list(), &ListKind::Atomic);
    }

    #[test]
    fn keys_take_the_default_of_the_server() {
        let schema = Schema::builtin("", "v1", "Service").expect("built in");
        let ListKind::Map(keys) = walk(&schema, "spec.ports").list() else {
            panic!("ports are keyed");
        };
        let found = item_keys(&json!({"port": 53, "name": "dns"}), keys).expect("has a key");
        assert_eq!(
            found,
            [
                ("port".to_owned(), json!(53)),
                ("protocol".to_owned(), json!("TCP"))
            ]
        );
        assert_eq!(item_keys(&json!({"name": "dns"}), keys), None);
    }
}
