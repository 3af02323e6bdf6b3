//! How lists and maps merge: what the OpenAPI of the built-in kinds, or a CRD, says.
//!
//! A [`Schema`] is a graph of places, since definitions may hold themselves. Walk it with
//! [`Shape`], beside the value that it describes; where nothing is known, it says so by saying
//! what the server assumes then: lists are atomic, maps merge by key.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock};

use crate::yaml::Value;

use super::Object;
use super::merge_table::{Table, read_table};

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

#[derive(Debug, Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
}

/// One place: an object, a list, a map or a leaf.
#[derive(Debug, Clone, Default)]
pub(super) struct Node {
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

/// A place in a schema, or beyond what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Shape<'a>(Option<(&'a Graph, &'a Node)>);

/// The table of the built-in kinds, read once.
pub(super) fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(read_table);
    &TABLE
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
    pub(super) fn with_metadata(mut graph: Graph, root: Option<usize>) -> Self {
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

impl Graph {
    pub fn add(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// The lists of ObjectMeta, for custom resources, whose schemas leave it out.
    fn add_metadata(&mut self) -> usize {
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

impl<'a> Shape<'a> {
    /// A place of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self(None)
    }

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
/// defaults filled in as the server does. `None` for an item that holds none of the keys.
pub fn item_keys(item: &Value, keys: &[KeyField]) -> Option<Vec<(String, Value)>> {
    let item = item.as_object()?;
    if !keys.iter().any(|key| item.contains_key(&key.name)) {
        return None;
    }
    let value = |key: &KeyField| item.get(&key.name).or(key.default.as_ref()).cloned();
    Some(
        keys.iter()
            .filter_map(|key| Some((key.name.clone(), value(key)?)))
            .collect(),
    )
}

/// A kind as the table knows it.
#[derive(Debug)]
pub(super) struct KnownKind {
    pub group: &'static str,
    pub version: &'static str,
    pub cluster_scoped: bool,
    pub definition: usize,
}

/// The versions of each kind, in the order of the table.
pub(super) type Kinds = BTreeMap<&'static str, Vec<KnownKind>>;

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
