//! Paths as people read them.
//!
//! `spec.containers[web].image`, `spec.ports[80/TCP]`, `metadata.annotations["a.b/c"]`, `args[0]`.

use std::fmt;

use super::{Path, Segment};
use crate::yaml::Value;

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.segments().is_empty() {
            return f.write_str(".");
        }
        for (position, segment) in self.segments().iter().enumerate() {
            if position > 0 && matches!(segment, Segment::Key(key) if is_bare_key(key)) {
                f.write_str(".")?;
            }
            write!(f, "{segment}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) if is_bare_key(key) => f.write_str(key),
            Self::Key(key) => write!(f, "[{}]", Value::from(key.as_str())),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Element(value) => write!(f, "[{}]", word(value, false)),
            // A number alone reads as a place.
            Self::Item(keys) if matches!(keys.as_slice(), [(_, value)] if !value.is_string()) => {
                let (name, value) = &keys[0];
                write!(f, "[{name}={value}]")
            }
            Self::Item(keys) => {
                let words = keys.iter().map(|(_, value)| word(value, keys.len() > 1));
                write!(f, "[{}]", words.collect::<Vec<_>>().join("/"))
            }
        }
    }
}

fn is_bare_key(key: &str) -> bool {
    !key.is_empty()
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$'))
}

/// A value inside brackets: bare where nothing else reads the same, otherwise as JSON.
fn word(value: &Value, composite: bool) -> String {
    match value {
        Value::String(text) if is_bare_word(text, composite) => text.clone(),
        other => other.to_string(),
    }
}

fn is_bare_word(text: &str, composite: bool) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':') || (c == '/' && !composite)
    };
    // `80`, `true` and `null` are other values than the strings that read like them.
    let taken = serde_json::from_str::<Value>(text).is_ok();
    !text.is_empty() && text.chars().all(allowed) && !taken
}
