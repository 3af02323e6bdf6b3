//! YAML as it was written: scalars keep their text and style, every node its place.

use std::ops::Range;

use super::Strict;

/// How a scalar was written; only a plain one can mean anything but text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    SingleQuoted,
    DoubleQuoted,
    Literal,
    Folded,
}

/// A value, with its bytes in the source.
///
/// The span of a scalar covers its quotes, or its `|` and all its lines; that of a collection goes
/// from its first key, `-` or bracket to the end of its last value. Tags and anchors stand before it.
/// What an alias stands for keeps the spans of the anchored value, and only its root has the alias's.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    pub span: Range<usize>,
    pub kind: NodeKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum NodeKind {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<Entry>),
}

/// A scalar before it is read as a number, boolean or text.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar {
    /// The content, with quotes and escapes undone; empty for a value that is not there.
    pub text: String,
    pub style: Style,
    /// One of `str`, `int`, `float`, `bool` and `null`, written as `!!str`.
    pub tag: Option<Tag>,
}

/// The tags that have a meaning here; all others are refused when the file is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    Str,
    Int,
    Float,
    Bool,
    Null,
}

/// One key of a mapping and its value, in the order of the file. The key is always a scalar.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub key: Node,
    pub value: Node,
}

impl Node {
    /// The value of `key`, when this is a mapping that has it.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().find(|entry| entry.name() == key)
    }

    pub fn as_mapping(&self) -> Option<&[Entry]> {
        match &self.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    pub fn as_sequence(&self) -> Option<&[Node]> {
        match &self.kind {
            NodeKind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    pub fn as_scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            NodeKind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar, whatever its style.
    pub fn as_str(&self) -> Option<&str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// What a message calls it, with its article.
    pub fn type_name(&self) -> &'static str {
        match &self.kind {
            NodeKind::Mapping(_) => "a mapping",
            NodeKind::Sequence(_) => "a list",
            NodeKind::Scalar(scalar) => scalar.type_name(),
        }
    }
}

impl Scalar {
    /// What a message calls it, with its article where it has one.
    pub fn type_name(&self) -> &'static str {
        match super::strict(self) {
            Ok(Strict::Null) => "nothing",
            Ok(Strict::Bool(_)) => "a boolean",
            Ok(Strict::Integer(_) | Strict::Float(_)) => "a number",
            Ok(Strict::Text(_)) => "text",
            Err(_) => "an ambiguous scalar",
        }
    }
}

impl Entry {
    /// The key's text, as it was written.
    pub fn name(&self) -> &str {
        self.key.as_scalar().map_or("", |scalar| &scalar.text)
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Source;
    use crate::yaml::parse_one;

    #[test]
    fn finds_values_by_key_and_names_types() {
        let source = Source::new("a.yaml", "a: 1\nb: [x]\nc: {d: e}\n");
        let document = parse_one(&source).unwrap();
        let root = &document.root;
        assert_eq!(root.type_name(), "a mapping");
        assert_eq!(root.get("a").unwrap().type_name(), "a number");
        assert_eq!(root.get("b").unwrap().type_name(), "a list");
        assert_eq!(root.get("c").unwrap().get("d").unwrap().type_name(), "text");
        assert!(root.get("d").is_none());
    }
}
