//! A checked Kubernetes object.

use std::collections::BTreeMap;

use crate::yaml::Value;

use super::Identity;
use super::check::{ObjectError, check};

/// One object, with at least an apiVersion, a kind and a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Value);

impl Object {
    /// Checks what an identity is made of; the rest of the value may be anything.
    pub fn new(value: Value) -> Result<Self, ObjectError> {
        check(&value)?;
        Ok(Self(value))
    }

    /// Nothing but who it is, for text that cannot be read.
    pub fn bare(identity: &Identity) -> Self {
        let api_version = match identity.group.as_str() {
            "" => "v1".to_owned(),
            group => format!("{group}/v1"),
        };
        let mut metadata = serde_json::json!({"name": identity.name});
        if let Some(namespace) = &identity.namespace {
            metadata["namespace"] = namespace.as_str().into();
        }
        Self(serde_json::json!({
            "apiVersion": api_version,
            "kind": identity.kind,
            "metadata": metadata,
        }))
    }

    pub fn api_version(&self) -> &str {
        self.text(&["apiVersion"])
    }

    /// The part of apiVersion before the slash; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version()
            .split_once('/')
            .map_or("", |(group, _)| group)
    }

    pub fn version(&self) -> &str {
        let api_version = self.api_version();
        api_version
            .split_once('/')
            .map_or(api_version, |(_, version)| version)
    }

    pub fn kind(&self) -> &str {
        self.text(&["kind"])
    }

    pub fn name(&self) -> &str {
        self.text(&["metadata", "name"])
    }

    /// An empty namespace is none, as the server reads it.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.text(&["metadata", "namespace"])).filter(|namespace| !namespace.is_empty())
    }

    /// The labels that are strings; the server refuses others.
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        string_map(self.get(&["metadata", "labels"]))
    }

    pub fn annotations(&self) -> BTreeMap<&str, &str> {
        string_map(self.get(&["metadata", "annotations"]))
    }

    /// Labels and annotations that are no strings, by field, key and value.
    pub fn entries_not_text(&self) -> Vec<(&'static str, &str, &Value)> {
        let fields = ["labels", "annotations"].into_iter();
        let entries = fields.flat_map(|field| {
            let map = self.get(&["metadata", field]).and_then(Value::as_object);
            let entries = map.into_iter().flatten();
            entries.map(move |(key, value)| (field, key.as_str(), value))
        });
        entries.filter(|(_, _, value)| !value.is_string()).collect()
    }

    pub fn label(&self, key: &str) -> Option<&str> {
        self.get(&["metadata", "labels", key])?.as_str()
    }

    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.get(&["metadata", "annotations", key])?.as_str()
    }

    /// The objects that it goes with: none for most.
    pub fn owners(&self) -> &[Value] {
        let owners = self.get(&["metadata", "ownerReferences"]);
        owners.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    pub fn identity(&self) -> Identity {
        Identity {
            namespace: self.namespace().map(str::to_owned),
            kind: self.kind().to_owned(),
            group: self.group().to_owned(),
            name: self.name().to_owned(),
        }
    }

    pub fn is(&self, group: &str, kind: &str) -> bool {
        self.kind() == kind && self.group() == group
    }

    /// The value under these keys, from the root.
    pub fn get(&self, keys: &[&str]) -> Option<&Value> {
        keys.iter().try_fold(&self.0, |value, key| value.get(key))
    }

    pub fn value(&self) -> &Value {
        &self.0
    }

    /// For changes below the identity. What may touch apiVersion, kind or metadata, such as a
    /// patch of the user's, goes through [`Object::into_value`] and [`Object::new`] instead.
    pub fn value_mut(&mut self) -> &mut Value {
        &mut self.0
    }

    pub fn into_value(self) -> Value {
        self.0
    }

    fn text(&self, keys: &[&str]) -> &str {
        self.get(keys).and_then(Value::as_str).unwrap_or_default()
    }
}

fn string_map(value: Option<&Value>) -> BTreeMap<&str, &str> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Object;

    #[test]
    fn accessors_read_the_identity() {
        let object = Object::new(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web", "bad": 1}},
        }))
        .expect("valid");
        assert_eq!((object.group(), object.version()), ("apps", "v1"));
        assert_eq!(object.identity().to_string(), "Deployment shop/web");
        assert_eq!(
            object.labels().into_iter().collect::<Vec<_>>(),
            [("app", "web")]
        );
        assert_eq!(object.annotation("none"), None);
    }

    #[test]
    fn core_group_and_empty_namespace_are_none() {
        let object = Object::new(json!({
            "apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "namespace": ""},
        }))
        .expect("valid");
        assert_eq!(
            (object.group(), object.version(), object.namespace()),
            ("", "v1", None)
        );
    }
}
