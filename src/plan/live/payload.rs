//! What is sent to the server for an object: the manifest, without what the server would store
//! otherwise than it was sent, and without fields that are left to others.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::digest::sha256;
use crate::model::inventory::LABEL;
use crate::object::{Object, Path, Segment, is_cluster_scoped};
use crate::yaml::{Map, Value};

/// What would be sent, and its digest.
#[derive(Debug, Clone, PartialEq)]
pub struct Payload {
    pub value: Arc<Value>,
    pub digest: String,
}

impl Payload {
    /// The manifest with the environment's label, in the form that is sent.
    pub fn of(manifest: &Object, environment: &str) -> Value {
        let mut value = manifest.value().clone();
        if let Some(root) = value.as_object_mut() {
            root.remove("status");
            tidy_metadata(root, environment);
            tidy(root, manifest);
        }
        value
    }

    pub fn new(value: Value) -> Self {
        let digest = sha256(value.to_string().as_bytes());
        Self {
            value: Arc::new(value),
            digest,
        }
    }

    /// Without what is sent, where nothing is going to be.
    pub fn settled(self) -> Self {
        Self {
            value: Arc::default(),
            ..self
        }
    }
}

fn tidy_metadata(root: &mut Map<String, Value>, environment: &str) {
    let Some(Value::Object(metadata)) = root.get_mut("metadata") else {
        return;
    };
    metadata.remove("creationTimestamp");
    metadata.remove("managedFields");
    let labels = metadata
        .entry("labels")
        .or_insert_with(|| Value::Object(Map::new()));
    // Labels that are null are none.
    if labels.is_null() {
        *labels = Value::Object(Map::new());
    }
    if let Value::Object(labels) = labels {
        labels.insert(LABEL.to_owned(), environment.into());
    }
}

fn tidy(root: &mut Map<String, Value>, manifest: &Object) {
    // Where a custom resource has a null, its schema may say that null is a value.
    let built_in = is_cluster_scoped(manifest.group(), manifest.kind()).is_some();
    if built_in {
        root.values_mut().for_each(without_nulls);
        root.retain(|_, value| !value.is_null());
    }
    match (manifest.group(), manifest.kind()) {
        ("", "Secret") => encode_string_data(root),
        ("rbac.authorization.k8s.io", "ClusterRole") if root.contains_key("aggregationRule") => {
            // A controller fills them.
            root.remove("rules");
        }
        ("networking.k8s.io", "NetworkPolicy") => root.values_mut().for_each(drop_empty),
        ("admissionregistration.k8s.io", _) => root.values_mut().for_each(drop_empty),
        ("apps" | "batch", _) => {
            if let Some(Value::Object(metadata)) = root
                .get_mut("spec")
                .and_then(|spec| spec.pointer_mut("/template/metadata"))
            {
                metadata.remove("creationTimestamp");
            }
        }
        _ => {}
    }
}

/// A null owns its field, deletes nothing and, in a Secret, is an empty value.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(entries) => {
            entries.retain(|_, value| !value.is_null());
            entries.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The server owns only what was sent: under stringData nobody would own the data, and a key that
/// is no longer sent would stay for ever.
fn encode_string_data(root: &mut Map<String, Value>) {
    let Some(Value::Object(texts)) = root.remove("stringData") else {
        return;
    };
    let data = root
        .entry("data")
        .or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(data) = data {
        for (key, text) in texts {
            let encoded = match text {
                Value::String(text) => STANDARD.encode(text).into(),
                // The server says what is wrong with it.
                other => other,
            };
            data.insert(key, encoded);
        }
    }
}

/// Lists and selectors that are empty move the generation of these kinds at every apply.
///
/// An empty list of rules is the same as none there, but for `ingress: [{}]`, whose item stays.
fn drop_empty(value: &mut Value) {
    const EMPTIES: [&str; 6] = [
        "ingress",
        "egress",
        "from",
        "to",
        "matchConditions",
        "webhooks",
    ];
    const OF_SELECTORS: [&str; 2] = ["matchLabels", "matchExpressions"];
    match value {
        Value::Object(entries) => {
            entries.retain(|key, value| {
                let list =
                    EMPTIES.contains(&key.as_str()) && value.as_array().is_some_and(Vec::is_empty);
                let selector = OF_SELECTORS.contains(&key.as_str()) && is_empty(value);
                !(list || selector)
            });
            entries.values_mut().for_each(drop_empty);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_empty),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Takes a field out; what it leaves empty around it stays. Gives its value.
pub fn strip(value: &mut Value, path: &Path) -> Option<Value> {
    let Some(Segment::Key(key)) = path.last() else {
        return None;
    };
    let parent = path.parent()?;
    parent.get_mut(value)?.as_object_mut()?.remove(key)
}

/// Takes away the mappings that [`strip`] left empty around a field: an empty one would become ours,
/// though the manifest never asked for it.
pub fn drop_emptied(value: &mut Value, path: &Path) {
    let mut around = path.parent();
    while let Some(path) = around.filter(|path| !path.segments().is_empty()) {
        let is_emptied = path
            .get(value)
            .and_then(Value::as_object)
            .is_some_and(Map::is_empty);
        if !is_emptied || strip(value, &path).is_none() {
            return;
        }
        around = path.parent();
    }
}

/// Puts a value where [`strip`] took one away.
pub fn put(value: &mut Value, path: &Path, kept: Value) {
    if let Some(Segment::Key(key)) = path.last()
        && let Some(parent) = path.parent()
        && let Some(entries) = parent.get_mut(value).and_then(Value::as_object_mut)
    {
        entries.insert(key.clone(), kept);
    }
}
