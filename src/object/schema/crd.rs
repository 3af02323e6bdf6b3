//! Reads how lists merge from the structural schema of a CustomResourceDefinition.

use crate::yaml::Value;

use super::graph::{Graph, Node};
use super::{KeyField, ListKind, Schema};

/// How the pattern begins that controller-gen writes for every `resource.Quantity`.
const QUANTITY_PATTERN: &str = r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))";

impl Schema {
    /// The schema of one version of a CRD; `None` when it has no such version or no schema.
    pub fn from_crd(crd: &Value, version: &str) -> Option<Self> {
        let versions = crd.pointer("/spec/versions")?.as_array()?;
        let found = versions
            .iter()
            .find(|v| v.get("name").and_then(Value::as_str) == Some(version))?;
        let root = found.pointer("/schema/openAPIV3Schema")?;
        let mut graph = Graph::default();
        let node = read(root, &mut graph).unwrap_or_else(|| graph.add(Node::default()));
        Some(Self::with_metadata(graph, Some(node)))
    }
}

/// Adds the place that `schema` describes, unless it says nothing that the defaults do not.
fn read(schema: &Value, graph: &mut Graph) -> Option<usize> {
    let properties = schema.get("properties").and_then(Value::as_object);
    let fields = properties
        .into_iter()
        .flatten()
        .filter_map(|(name, property)| Some((name.clone(), read(property, graph)?)))
        .collect();
    let inner = schema
        .get("items")
        .or_else(|| schema.get("additionalProperties"));
    let node = Node {
        fields,
        element: inner.and_then(|inner| read(inner, graph)),
        list: list_kind(schema),
        atomic: text(schema, "x-kubernetes-map-type") == Some("atomic"),
        quantity: text(schema, "pattern").is_some_and(|p| p.starts_with(QUANTITY_PATTERN)),
        any_order: false,
    };
    says_something(&node).then(|| graph.add(node))
}

fn says_something(node: &Node) -> bool {
    let known = !node.fields.is_empty() || node.element.is_some();
    known || node.atomic || node.quantity || node.list != ListKind::Atomic
}

fn list_kind(schema: &Value) -> ListKind {
    match text(schema, "x-kubernetes-list-type") {
        Some("set") => ListKind::Set,
        Some("map") => ListKind::Map(keys(schema)),
        _ => ListKind::Atomic,
    }
}

fn keys(schema: &Value) -> Vec<KeyField> {
    let names = schema
        .get("x-kubernetes-list-map-keys")
        .and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let default = |name| {
        schema
            .pointer("/items/properties")?
            .get(name)?
            .get("default")
            .cloned()
    };
    names
        .map(|name| KeyField {
            name: name.to_owned(),
            default: default(name),
        })
        .collect()
}

fn text<'a>(schema: &'a Value, key: &str) -> Option<&'a str> {
    schema.get(key)?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{ListKind, Schema};

    fn crd() -> Value {
        let ports = json!({
            "type": "array",
            "x-kubernetes-list-type": "map",
            "x-kubernetes-list-map-keys": ["port", "protocol"],
            "items": {"properties": {
                "port": {"type": "integer"},
                "protocol": {"type": "string", "default": "TCP"},
                "size": {"pattern": "^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|…)?$"},
            }},
        });
        let spec =
            json!({"properties": {"ports": ports, "tags": {"x-kubernetes-list-type": "set"}}});
        let schema = json!({"openAPIV3Schema": {"properties": {"spec": spec}}});
        json!({"spec": {"versions": [{"name": "v1", "schema": schema}]}})
    }

    #[test]
    fn lists_keys_defaults_and_quantities_are_read() {
        let schema = Schema::from_crd(&crd(), "v1").expect("has v1");
        let spec = schema.root().field("spec");
        assert_eq!(spec.field("tags").list(), &ListKind::Set);
        let ListKind::Map(keys) = spec.field("ports").list() else {
            panic!("keyed")
        };
        assert_eq!(keys[1].default, Some(json!("TCP")));
        assert!(spec.field("ports").items().field("size").is_quantity());
        assert_eq!(
            schema.root().field("metadata").field("finalizers").list(),
            &ListKind::Set
        );
    }

    #[test]
    fn a_version_that_is_not_there_has_no_schema() {
        assert!(Schema::from_crd(&crd(), "v2").is_none());
        assert!(Schema::from_crd(&json!({}), "v1").is_none());
    }
}
