//! What a value must have to be an object.

use crate::yaml::{Map, Value};

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

/// Checks what an identity is made of.
pub(super) fn check(value: &Value) -> Result<(), ObjectError> {
    let Value::Object(root) = value else {
        return Err(ObjectError::NotAMapping(type_name(value)));
    };
    check_api_version(required(root, "apiVersion", "apiVersion")?)?;
    check_kind(required(root, "kind", "kind")?)?;
    check_metadata(root.get("metadata"))
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

/// What a person would call the type of a value.
fn type_name(value: &Value) -> &'static str {
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

    use super::ObjectError;
    use crate::object::Object;

    fn error(value: crate::yaml::Value) -> String {
        Object::new(value)
            .expect_err("the value is no object")
            .to_string()
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
