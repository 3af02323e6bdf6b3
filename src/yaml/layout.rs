//! How a person laid out a value.

use super::Value;
use super::node::{Node, NodeKind};

/// Whether a collection is written in brackets or braces.
pub(super) fn is_flow(text: &str, node: &Node) -> bool {
    node.as_scalar().is_none() && text[node.span.start..].starts_with(['{', '['])
}

pub(super) fn is_block_collection(text: &str, node: &Node) -> bool {
    node.as_scalar().is_none() && !text[node.span.start..].starts_with(['{', '[', '*'])
}

/// Whether a key or dash has no value.
pub(super) fn is_absent(node: &Node) -> bool {
    node.span.is_empty() && node.as_scalar().is_some()
}

/// Whether the value is written on lines of its own.
pub(super) fn is_collection(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

/// Whether one collection can take the place of the other, line for line.
pub(super) fn same_kind(old: &Node, value: &Value) -> bool {
    match (&old.kind, value) {
        (NodeKind::Mapping(_), Value::Object(map)) => !map.is_empty(),
        (NodeKind::Sequence(_), Value::Array(items)) => !items.is_empty(),
        _ => false,
    }
}

/// How many characters stand before `at` on its line: the indentation, where nothing else but dashes
/// and space does.
pub(super) fn column(text: &str, at: usize) -> usize {
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    text[line..at].chars().count()
}

pub(super) fn rest_of_line(text: &str, at: usize) -> &str {
    text[at..].lines().next().unwrap_or_default()
}

pub(super) fn end_of_line(text: &str, at: usize) -> usize {
    text[at..]
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}
