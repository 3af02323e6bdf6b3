//! One step in a set of fields, and its text: `f:name`, `k:{"name":"web"}`, `v:"x"`, `i:3`.

use std::fmt;

use super::super::{Segment, whole};
use crate::yaml::Value;

/// A step as a key that can be sorted and compared. What JSON it holds is in one canonical form.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Element {
    Field(String),
    /// The keys of an item with their values, by the names of the keys.
    Item(String),
    /// An element of a set.
    Value(String),
    Index(usize),
}

/// What is wrong with the text of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Malformed {
    #[error("it has no colon after its first letter")]
    NoColon,
    #[error("`k:` is not followed by a JSON object")]
    Keys,
    #[error("`v:` is not followed by JSON")]
    Value,
    #[error("`i:` is not followed by a place in a list")]
    Index,
}

impl Element {
    /// `None` for a step of a kind that a newer server may know; this one's server skips it too.
    pub fn read(text: &str) -> Result<Option<Self>, Malformed> {
        let rest = || text.get(2..).unwrap_or_default();
        let element = match text.as_bytes() {
            [b'f', b':', ..] => Self::Field(rest().to_owned()),
            [b'k', b':', ..] => match serde_json::from_str(rest()) {
                Ok(Value::Object(keys)) => Self::item(keys.into_iter()),
                _ => return Err(Malformed::Keys),
            },
            [b'v', b':', ..] => match serde_json::from_str::<Value>(rest()) {
                Ok(value) => Self::Value(canonical(&value).to_string()),
                Err(_) => return Err(Malformed::Value),
            },
            [b'i', b':', ..] => match rest().parse() {
                Ok(index) => Self::Index(index),
                Err(_) => return Err(Malformed::Index),
            },
            [_, b':', ..] => return Ok(None),
            _ => return Err(Malformed::NoColon),
        };
        Ok(Some(element))
    }

    pub fn of(segment: &Segment) -> Self {
        match segment {
            Segment::Key(key) => Self::Field(key.clone()),
            Segment::Item(keys) => Self::item(keys.iter().cloned()),
            Segment::Element(value) => Self::Value(canonical(value).to_string()),
            Segment::Index(index) => Self::Index(*index),
        }
    }

    /// A key that an item leaves out has no place in the step, where the differences of objects
    /// write null.
    fn item(keys: impl Iterator<Item = (String, Value)>) -> Self {
        let mut keys: Vec<_> = keys.filter(|(_, value)| !value.is_null()).collect();
        keys.sort_by(|(a, _), (b, _)| a.cmp(b));
        let pair = |(key, value): &(String, Value)| {
            format!("{}:{}", Value::from(key.as_str()), canonical(value))
        };
        let pairs: Vec<_> = keys.iter().map(pair).collect();
        Self::Item(format!("{{{}}}", pairs.join(",")))
    }

    pub fn segment(&self) -> Segment {
        // What is parsed here was written by this file.
        match self {
            Self::Field(name) => Segment::Key(name.clone()),
            Self::Item(text) => {
                let keys: serde_json::Map<String, Value> =
                    serde_json::from_str(text).unwrap_or_default();
                Segment::Item(keys.into_iter().collect())
            }
            Self::Value(text) => Segment::Element(serde_json::from_str(text).unwrap_or_default()),
            Self::Index(index) => Segment::Index(*index),
        }
    }

    /// Whether it is a step into a list that merges by keys or by value.
    pub fn is_item(&self) -> bool {
        matches!(self, Self::Item(_) | Self::Value(_))
    }
}

/// The text that managedFields has.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, "f:{name}"),
            Self::Item(keys) => write!(f, "k:{keys}"),
            Self::Value(value) => write!(f, "v:{value}"),
            Self::Index(index) => write!(f, "i:{index}"),
        }
    }
}

/// The value with whole floats as integers, as the server compares them.
fn canonical(value: &Value) -> Value {
    match value {
        Value::Number(number) => {
            let integer = whole(number).and_then(|whole| {
                let signed = i64::try_from(whole).ok().map(Value::from);
                signed.or_else(|| u64::try_from(whole).ok().map(Value::from))
            });
            integer.unwrap_or_else(|| value.clone())
        }
        Value::Array(items) => items.iter().map(canonical).collect(),
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| (key.clone(), canonical(value));
            let mut entries: Vec<_> = entries.iter().map(entry).collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries.into_iter().collect()
        }
        other => other.clone(),
    }
}
