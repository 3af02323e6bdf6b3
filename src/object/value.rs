//! A checked Kubernetes object.

use std::collections::BTreeMap;

use crate::yaml::{Map, Value};

use super::Identity;

/// One object, with at least an apiVersion, a kind and a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Object(Value);

/// Why a value is not an object that can be planned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    #[error("an object must be a mapping, not {0}")]
    NotAMapping(&'static str),
    #[error("`{0}` is missing")]
    Missing(&'static str),
    #[error("`{field}` must be {wanted}, not {found}")]
    WrongType {
        field: &'static str,
        wanted: &'static str,
        found: &'static str,
    },
    #[error("`{field}` cannot be `{value}`")]
    Malformed { field: &'static str, value: String },
    #[error(
        "`metadata.generateName` makes another object at every apply; give it a `metadata.name`"
    )]
    GeneratedName,
}

impl Object {
    /// Checks what an identity is made of; the rest of the value may be anything.
    pub fn new(value: Value) -> Result<Self, ObjectError> {
        let Value::Object(root) = &value else {
            return Err(ObjectError::NotAMapping(type_name(&value)));
        };
        check_api_version(required(root, "apiVersion", "apiVersion")?)?;
        check_kind(required(root, "kind", "kind")?)?;
        check_metadata(root.get("metadata"))?;
        Ok(Self(value))
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

    pub fn label(&self, key: &str) -> Option<&str> {
        self.get(&["metadata", "labels", key])?.as_str()
    }

    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.get(&["metadata", "annotations", key])?.as_str()
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

fn check_api_version(api_version: &str) -> Result<(), ObjectError> {
    let parts: Vec<_> = api_version.split('/').collect();
    let well_formed = parts.len() <= 2 && parts.iter().all(|part| is_word(part));
    accept(well_formed, "apiVersion", api_version)
}

/// A kind is a DNS label in mixed case, so that a dot can part it from its group.
fn check_kind(kind: &str) -> Result<(), ObjectError> {
    accept(is_word(kind) && !kind.contains('.'), "kind", kind)
}

fn check_metadata(metadata: Option<&Value>) -> Result<(), ObjectError> {
    let metadata = match metadata {
        None => return Err(ObjectError::Missing("metadata")),
        Some(Value::Object(metadata)) => metadata,
        Some(other) => return Err(wrong_type("metadata", "a mapping", other)),
    };
    if metadata.contains_key("generateName") && !metadata.contains_key("name") {
        return Err(ObjectError::GeneratedName);
    }
    let name = required(metadata, "name", "metadata.name")?;
    accept(is_path_segment(name), "metadata.name", name)?;
    check_namespace(metadata.get("namespace"))
}

fn check_namespace(namespace: Option<&Value>) -> Result<(), ObjectError> {
    match namespace {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(name)) => accept(
            name.is_empty() || is_path_segment(name),
            "metadata.namespace",
            name,
        ),
        Some(other) => Err(wrong_type("metadata.namespace", "a string", other)),
    }
}

fn required<'a>(
    map: &'a Map<String, Value>,
    key: &str,
    field: &'static str,
) -> Result<&'a str, ObjectError> {
    match map.get(key) {
        None | Some(Value::Null) => Err(ObjectError::Missing(field)),
        Some(Value::String(text)) => Ok(text),
        Some(other) => Err(wrong_type(field, "a string", other)),
    }
}

fn accept(good: bool, field: &'static str, value: &str) -> Result<(), ObjectError> {
    let value = value.to_owned();
    if good {
        Ok(())
    } else {
        Err(ObjectError::Malformed { field, value })
    }
}

fn wrong_type(field: &'static str, wanted: &'static str, found: &Value) -> ObjectError {
    let found = type_name(found);
    ObjectError::WrongType {
        field,
        wanted,
        found,
    }
}

fn is_word(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    !text.is_empty() && text.chars().all(allowed)
}

/// The rule that holds for the names of all kinds (`IsValidPathSegmentName` of apimachinery);
/// white space and control characters are refused too, since no kind allows them.
fn is_path_segment(name: &str) -> bool {
    let refused = |c: char| c == '/' || c == '%' || c.is_whitespace() || c.is_control();
    !matches!(name, "" | "." | "..") && !name.contains(refused)
}

fn string_map(value: Option<&Value>) -> BTreeMap<&str, &str> {
    let entries = value.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect()
}

/// What a person would call the type of a value.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Object, ObjectError};

    fn error(value: crate::yaml::Value) -> String {
        Object::new(value)
            .expect_err("the value is no object")
            .to_string()
    }

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

    #[test]
    fn refusals_name_the_field() {
        assert_eq!(error(json!([])), "an object must be a mapping, not a list");
        assert_eq!(error(json!({"kind": "A"})), "`apiVersion` is missing");
        assert_eq!(
            error(json!({"apiVersion": 1, "kind": "A"})),
            "`apiVersion` must be a string, not a number"
        );
        assert_eq!(
            error(json!({"apiVersion": "v1", "kind": "A"})),
            "`metadata` is missing"
        );
        let named =
            |name: &str| json!({"apiVersion": "v1", "kind": "A", "metadata": {"name": name}});
        assert_eq!(error(named("a/b")), "`metadata.name` cannot be `a/b`");
        assert!(Object::new(named("system:node")).is_ok());
    }

    #[test]
    fn generated_names_are_refused() {
        let value = json!({"apiVersion": "v1", "kind": "A", "metadata": {"generateName": "a-"}});
        assert_eq!(Object::new(value), Err(ObjectError::GeneratedName));
    }
}
