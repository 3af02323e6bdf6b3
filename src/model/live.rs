//! What a cluster held when it was read for a plan.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::api::{ApiError, Cause, Kind, Served};
use crate::model::inventory::Inventory;
use crate::object::{Identity, Object};

/// Who a cluster is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClusterId {
    /// The uid of namespace kube-system, which is made once in the life of a cluster.
    pub id: String,
    /// The server's version, as `v1.36.3`.
    pub version: String,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Live {
    /// The desired objects and those of the inventory, as far as they are there, managedFields
    /// included; apiVersion and kind are set.
    pub objects: HashMap<Identity, Stored>,
    /// What could not be read, and why.
    pub unreadable: BTreeMap<Identity, ApiError>,
    /// Kinds that the server serves.
    pub kinds: HashMap<Kind, Served>,
    /// The record of the last apply; `None` before the first.
    pub inventory: Option<Inventory>,
}

/// An object as the cluster gave it.
///
/// A plan looks at most objects once, to see that they are as desired, and an object that is taken
/// apart is ten times as large as its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored(Form);

#[derive(Debug, Clone, PartialEq)]
enum Form {
    /// An item of a list, which leaves out what holds for all of them.
    Item {
        kind: Arc<Kind>,
        json: Box<[u8]>,
    },
    Object(Box<Object>),
}

impl Stored {
    /// The JSON of one item of a list of this kind.
    pub fn item(kind: &Arc<Kind>, json: &[u8]) -> Self {
        Self(Form::Item {
            kind: Arc::clone(kind),
            json: json.into(),
        })
    }

    /// The object, taken apart anew at every look.
    pub fn read(&self) -> Result<Cow<'_, Object>, ApiError> {
        let (kind, json) = match &self.0 {
            Form::Object(object) => return Ok(Cow::Borrowed(object)),
            Form::Item { kind, json } => (kind, json),
        };
        let unreadable = |reason: String| ApiError::transport(format!("the object is {reason}"));
        // The error names no part of the object, which may be secret.
        let mut value: serde_json::Value = serde_json::from_slice(json)
            .map_err(|error| unreadable(format!("no JSON ({:?})", error.classify())))?;
        if let Some(root) = value.as_object_mut() {
            root.insert("apiVersion".to_owned(), kind.api_version().into());
            root.insert("kind".to_owned(), kind.kind.as_str().into());
        }
        let object = Object::new(value).map_err(|error| unreadable(error.to_string()))?;
        Ok(Cow::Owned(object))
    }
}

impl From<Object> for Stored {
    fn from(object: Object) -> Self {
        Self(Form::Object(Box::new(object)))
    }
}

impl Live {
    /// One object, where it is there and can be read.
    pub fn object(&self, identity: &Identity) -> Option<Cow<'_, Object>> {
        self.objects.get(identity)?.read().ok()
    }

    pub fn serves(&self, kind: &Kind) -> bool {
        self.kinds.contains_key(kind)
    }
}

/// What must be asked of the server before it can be said what would change: a dry run.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    pub target: crate::model::api::Target,
    /// What would be sent.
    pub payload: Arc<serde_json::Value>,
    /// Asked under another namespace and name, since its own namespace comes with the plan.
    pub elsewhere: bool,
}

/// What the server said to a probe.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Accepted {
        /// What would be stored. Where there were conflicts: if all of them were taken.
        predicted: Box<Object>,
        /// Fields that others own and the payload sets otherwise; empty where none does.
        conflicts: Vec<Conflict>,
        /// The server's `Warning` headers.
        warnings: Vec<String>,
    },
    Refused(ApiError),
}

/// A field that the payload sets and somebody else owns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Conflict {
    /// As the server writes it, without the first dot: `spec.replicas`,
    /// `spec.template.spec.containers[name="c"].image`.
    pub field: String,
    pub manager: String,
    /// `scale`, `status`: the manager wrote through it.
    pub subresource: Option<String>,
}

impl Conflict {
    /// What a 409 says: `conflict with "kubectl" with subresource "scale" using apps/v1`, of the
    /// field `.spec.replicas`.
    pub fn of(cause: &Cause) -> Option<Self> {
        let rest = cause.message.strip_prefix("conflict with ")?;
        let (manager, rest) = quoted(rest)?;
        let subresource = rest.strip_prefix(" with subresource ");
        Some(Self {
            field: cause
                .field
                .strip_prefix('.')
                .unwrap_or(&cause.field)
                .to_owned(),
            manager,
            subresource: subresource.and_then(quoted).map(|(name, _)| name),
        })
    }
}

/// A text between quotes as Go writes it, and what stands behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut strings = serde_json::Deserializer::from_str(text).into_iter::<String>();
    let first = strings.next()?.ok()?;
    Some((first, &text[strings.byte_offset()..]))
}

#[cfg(test)]
mod tests {
    use super::{Cause, Conflict};

    #[test]
    fn a_conflict_names_field_manager_and_subresource() {
        let conflict = |field: &str, message: &str| {
            Conflict::of(&Cause {
                reason: "FieldManagerConflict".to_owned(),
                field: field.to_owned(),
                message: message.to_owned(),
            })
        };
        let expected = |field: &str, manager: &str, subresource: Option<&str>| {
            Some(Conflict {
                field: field.to_owned(),
                manager: manager.to_owned(),
                subresource: subresource.map(str::to_owned),
            })
        };
        let cases = [
            (
                conflict(".spec.replicas", r#"conflict with "kubectl""#),
                expected("spec.replicas", "kubectl", None),
            ),
            (
                conflict(
                    ".spec.replicas",
                    r#"conflict with "kube-controller-manager" with subresource "scale" using apps/v1"#,
                ),
                expected("spec.replicas", "kube-controller-manager", Some("scale")),
            ),
            (
                conflict(
                    r#".spec.template.spec.containers[name="c"].image"#,
                    r#"conflict with "a \"b\"" using apps/v1"#,
                ),
                expected(
                    r#"spec.template.spec.containers[name="c"].image"#,
                    "a \"b\"",
                    None,
                ),
            ),
            (conflict(".a", "something else"), None),
        ];
        for (found, expected) in cases {
            assert_eq!(found, expected);
        }
    }
}
