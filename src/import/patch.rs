//! What knobs leave: the operations (RFC 6902) from a rendered document to the stored one.

use crate::model::cluster::normal::normal;
use crate::object::Object;
use crate::yaml::Value;
use serde_json::json;

/// A patch of one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Patch {
    pub name: String,
    pub kind: String,
    pub of: String,
    pub operations: Vec<Value>,
}

/// Patches that make the rendered documents what is stored; and documents that no patch can make.
pub fn patches(rendered: &[Object], stored: &[Object]) -> (Vec<Patch>, Vec<String>) {
    let mut patches = Vec::new();
    let mut left = Vec::new();
    for document in stored {
        let identity = document.identity();
        let Some(ours) = rendered.iter().find(|ours| ours.identity() == identity) else {
            left.push(format!(
                "{} {} cannot be said by knobs",
                document.kind(),
                document.name()
            ));
            continue;
        };
        let mut operations = Vec::new();
        difference(
            "",
            normal(ours).value(),
            normal(document).value(),
            &mut operations,
        );
        if !operations.is_empty() {
            patches.push(Patch {
                name: format!("imported-{}", document.name().replace('.', "-")),
                kind: document.kind().to_owned(),
                of: document.name().to_owned(),
                operations,
            });
        }
    }
    let gone = rendered.iter().filter(|ours| {
        !stored
            .iter()
            .any(|document| document.identity() == ours.identity())
    });
    left.extend(gone.map(|ours| {
        format!(
            "the knobs make {} {}, which is not there",
            ours.kind(),
            ours.name()
        )
    }));
    (patches, left)
}

/// Mappings key by key; everything else as a whole.
fn difference(path: &str, old: &Value, new: &Value, operations: &mut Vec<Value>) {
    let (Value::Object(before), Value::Object(after)) = (old, new) else {
        if old != new {
            operations.push(json!({ "op": "replace", "path": path, "value": new }));
        }
        return;
    };
    let below = |key: &str| format!("{path}/{}", key.replace('~', "~0").replace('/', "~1"));
    for (key, value) in after {
        match before.get(key) {
            Some(old) => difference(&below(key), old, value, operations),
            None => operations.push(json!({ "op": "add", "path": below(key), "value": value })),
        }
    }
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        operations.push(json!({ "op": "remove", "path": below(key) }));
    }
}
