//! Sets of fields from fieldsV1 and back.

use std::fmt;

use super::element::Element;
use super::{FieldSet, Node};
use crate::yaml::{Map, Value};

/// Why a value is no set of fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FieldSetError {
    #[error("fieldsV1{way} is {found}, not an object")]
    NoObject { way: String, found: &'static str },
    #[error("fieldsV1{way} has the key `{key}`: {reason}")]
    Key {
        way: String,
        key: String,
        reason: String,
    },
}

impl FieldSet {
    /// Reads the value of `fieldsV1`. An object without steps is a member; with steps it is one
    /// only where it holds `.`. What lies in `.` says nothing, as on the server.
    pub fn read(fields: &Value) -> Result<Self, FieldSetError> {
        Ok(read(fields, &mut Vec::new())?.below)
    }

    /// The value that the server would store; read again it is this set.
    pub fn to_value(&self) -> Value {
        Value::Object(written(self))
    }
}

/// The JSON of [`FieldSet::to_value`], without blanks and in one order: equal sets, equal texts.
impl fmt::Display for FieldSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_value())
    }
}

fn read<'v>(value: &'v Value, way: &mut Vec<&'v str>) -> Result<Node, FieldSetError> {
    let Value::Object(entries) = value else {
        return Err(FieldSetError::NoObject {
            way: shown(way),
            found: type_name(value),
        });
    };
    let mut node = Node::default();
    let mut is_leaf = true;
    for (key, below) in entries {
        if key == "." {
            node.is_member = true;
            continue;
        }
        let Some(element) = Element::read(key).map_err(|reason| FieldSetError::Key {
            way: shown(way),
            key: key.clone(),
            reason: reason.to_string(),
        })?
        else {
            continue;
        };
        way.push(key);
        let child = read(below, way)?;
        way.pop();
        is_leaf = false;
        // Two spellings of one item are one item.
        let known = node.below.nodes.entry(element).or_default();
        known.is_member |= child.is_member;
        known.below.absorb(&child.below);
    }
    node.is_member |= is_leaf;
    Ok(node)
}

fn written(set: &FieldSet) -> Map<String, Value> {
    let entry = |(element, node): (&Element, &Node)| {
        let mut below = written(&node.below);
        if node.is_member && !below.is_empty() {
            below.insert(".".to_owned(), Value::Object(Map::new()));
        }
        (element.to_string(), Value::Object(below))
    };
    set.nodes.iter().map(entry).collect()
}

fn shown(way: &[&str]) -> String {
    way.iter().map(|key| format!("[{key}]")).collect()
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
