//! How a person laid out a value.

use super::Value;
use super::node::{Node, NodeKind, Style};

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

/// Where a line can be put in after `node` without becoming a part of it.
pub(super) fn line_after(text: &str, node: &Node) -> usize {
    let mut at = end_of_line(text, node.span.end);
    // The blank lines after a block scalar belong to it where it keeps them.
    while keeps_blank_lines(text, node) && at < text.len() {
        let end = end_of_line(text, at);
        if !text[at..end].trim().is_empty() {
            break;
        }
        at = end;
    }
    at
}

fn keeps_blank_lines(text: &str, node: &Node) -> bool {
    match &node.kind {
        NodeKind::Scalar(scalar) if matches!(scalar.style, Style::Literal | Style::Folded) => {
            let header = rest_of_line(text, node.span.start);
            header
                .split_whitespace()
                .next()
                .is_some_and(|header| header.contains('+'))
        }
        NodeKind::Scalar(_) => false,
        NodeKind::Sequence(items) => items
            .last()
            .is_some_and(|last| keeps_blank_lines(text, last)),
        NodeKind::Mapping(entries) => entries
            .last()
            .is_some_and(|last| keeps_blank_lines(text, &last.value)),
    }
}
