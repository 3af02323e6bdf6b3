//! Where the text of a changed value goes, and how it is written there.
//!
//! The layout of the person's file is kept as far as it can be: quotes stay quotes, a value on one
//! line stays on one line, and a new key stands under its neighbours.

use std::ops::Range;

use super::emit::{write_item, write_lines, write_value};
use super::flow::{write_entry, write_flow};
use super::layout::{
    column, is_absent, is_block_collection, is_collection, is_flow, line_after, rest_of_line,
    same_kind,
};
use super::node::{Node, NodeKind, Style};
use super::parse::{Document, Segment};
use super::text::{is_block, is_printable, write_key, write_quoted, write_text};
use super::{Map, Value};

/// A range of the file and what stands there after the change.
pub(super) struct Splice {
    pub range: Range<usize>,
    pub text: String,
}

/// What a value hangs on.
#[derive(Clone, Copy)]
enum Holder<'n> {
    Document,
    /// A key, before its colon.
    Key(&'n Node),
    /// A dash, or a place in `[ ]`.
    Item,
}

/// A value in the file.
struct Spot<'n> {
    node: &'n Node,
    holder: Holder<'n>,
    /// Whether it stands inside brackets or braces.
    in_flow: bool,
}

/// The change that sets `path` to `value`; nothing when the path leads through something else than
/// mappings and lists.
pub(super) fn splice(document: &Document, path: &[Segment], value: &Value) -> Option<Splice> {
    let text = &document.source.text;
    let mut spot = Spot {
        node: &document.root,
        holder: Holder::Document,
        in_flow: false,
    };
    for (depth, segment) in path.iter().enumerate() {
        let in_flow = spot.in_flow || is_flow(text, spot.node);
        let (node, holder) = match (&spot.node.kind, segment) {
            (NodeKind::Mapping(_), Segment::Key(key)) => match spot.node.entry(key) {
                Some(entry) => (&entry.value, Holder::Key(&entry.key)),
                None => return add_key(text, &spot, key, &nested(&path[depth + 1..], value)?),
            },
            (NodeKind::Sequence(items), Segment::Index(index)) => match items.get(*index) {
                Some(item) => (item, Holder::Item),
                None if *index == items.len() => {
                    return add_item(text, &spot, items, &nested(&path[depth + 1..], value)?);
                }
                None => return None,
            },
            (NodeKind::Scalar(_), _) if is_absent(spot.node) => {
                return replace(text, &spot, &nested(&path[depth..], value)?);
            }
            _ => return None,
        };
        spot = Spot {
            node,
            holder,
            in_flow,
        };
    }
    replace(text, &spot, value)
}

/// `value` inside the mappings that `path` names.
fn nested(path: &[Segment], value: &Value) -> Option<Value> {
    path.iter()
        .rev()
        .try_fold(value.clone(), |value, segment| match segment {
            Segment::Key(key) => Some(Value::Object(Map::from_iter([(key.clone(), value)]))),
            Segment::Index(_) => None,
        })
}

fn replace(text: &str, spot: &Spot<'_>, value: &Value) -> Option<Splice> {
    let old = spot.node;
    if spot.in_flow || is_flow(text, old) && is_collection(value) {
        return Some(replace_inline(text, spot, value));
    }
    if is_block_collection(text, old) && same_kind(old, value) {
        let mut lines = String::new();
        write_lines(&mut lines, value, column(text, old.span.start));
        lines.pop();
        return Some(Splice {
            range: old.span.clone(),
            text: lines,
        });
    }
    let wants_lines = is_collection(value) || value.as_str().is_some_and(is_block);
    match held(text, spot) {
        Some((range, indent)) if wants_lines && rest_of_line(text, range.end).trim().is_empty() => {
            let mut output = String::new();
            match spot.holder {
                Holder::Item => write_item(&mut output, value, indent),
                _ => write_value(&mut output, "", value, indent),
            }
            output.pop();
            Some(Splice {
                range,
                text: output,
            })
        }
        Some((range, _)) if is_block_collection(text, old) || is_absent(old) => Some(Splice {
            range,
            text: format!(" {}", inline(old, value)),
        }),
        _ => Some(replace_inline(text, spot, value)),
    }
}

fn replace_inline(text: &str, spot: &Spot<'_>, value: &Value) -> Splice {
    let old = spot.node;
    let mut written = String::new();
    if spot.in_flow {
        match quoted_alike(old, value) {
            Some(quoted) => written = quoted,
            None => write_flow(&mut written, value),
        }
    } else {
        written = inline(old, value);
    }
    match held(text, spot) {
        Some((range, _)) if is_absent(old) => Splice {
            range,
            text: format!(" {written}"),
        },
        _ => Splice {
            range: old.span.clone(),
            text: written,
        },
    }
}

/// A value on one line, in the quotes of the one before.
fn inline(old: &Node, value: &Value) -> String {
    if let Some(quoted) = quoted_alike(old, value) {
        return quoted;
    }
    let mut output = String::new();
    match value {
        Value::String(text) => {
            write_text(&mut output, text, None);
            output.pop();
        }
        value => write_flow(&mut output, value),
    }
    output
}

fn quoted_alike(old: &Node, value: &Value) -> Option<String> {
    let (scalar, text) = (old.as_scalar()?, value.as_str()?);
    let mut output = String::new();
    match scalar.style {
        Style::SingleQuoted if text.chars().all(is_printable) => {
            output = format!("'{}'", text.replace('\'', "''"));
        }
        Style::SingleQuoted | Style::DoubleQuoted => write_quoted(&mut output, text),
        _ => return None,
    }
    Some(output)
}

/// The bytes from a colon or dash to the end of its value, and the indentation of what holds it;
/// nothing when something else than space stands between the two.
fn held(text: &str, spot: &Spot<'_>) -> Option<(Range<usize>, usize)> {
    let old = &spot.node.span;
    let (start, indent) = match spot.holder {
        Holder::Document => return None,
        Holder::Key(key) => {
            let after = &text[key.span.end..];
            let colon = after
                .find(':')
                .filter(|at| after[..*at].trim().is_empty())?;
            (key.span.end + colon + 1, column(text, key.span.start))
        }
        Holder::Item => {
            let dash = text[..old.start].trim_end().strip_suffix('-')?.len();
            (dash + 1, column(text, dash))
        }
    };
    let end = if is_absent(spot.node) { start } else { old.end };
    let gap = text.get(start..old.start.max(start))?;
    gap.trim().is_empty().then_some((start..end, indent))
}

fn add_key(text: &str, spot: &Spot<'_>, key: &str, value: &Value) -> Option<Splice> {
    let entries = spot.node.as_mapping()?;
    if spot.in_flow || is_flow(text, spot.node) {
        let mut output = String::new();
        write_entry(&mut output, key, value);
        return Some(add_flow(
            spot.node,
            entries.last().map(|entry| &entry.value),
            output,
        ));
    }
    // A file of comments, or none at all, is an empty mapping at its end.
    let (indent, at) = match entries.last() {
        Some(last) => {
            let last = if is_absent(&last.value) {
                &last.key
            } else {
                &last.value
            };
            (column(text, spot.node.span.start), line_after(text, last))
        }
        None => (0, text.len()),
    };
    let mut output = " ".repeat(indent);
    write_key(&mut output, key, indent);
    write_value(&mut output, key, value, indent);
    Some(add_lines(text, at, output))
}

fn add_item(text: &str, spot: &Spot<'_>, items: &[Node], value: &Value) -> Option<Splice> {
    if spot.in_flow || is_flow(text, spot.node) {
        let mut output = String::new();
        write_flow(&mut output, value);
        return Some(add_flow(spot.node, items.last(), output));
    }
    let indent = column(text, spot.node.span.start);
    let mut output = format!("{}-", " ".repeat(indent));
    write_item(&mut output, value, indent);
    Some(add_lines(text, line_after(text, items.last()?), output))
}

/// Adds whole lines at the beginning of a line, or at the end of a file whose last line is open.
fn add_lines(text: &str, at: usize, mut lines: String) -> Splice {
    if at > 0 && !text[..at].ends_with('\n') {
        lines.insert(0, '\n');
        lines.pop();
    }
    Splice {
        range: at..at,
        text: lines,
    }
}

fn add_flow(collection: &Node, last: Option<&Node>, written: String) -> Splice {
    let (at, text) = match last {
        Some(last) => (last.span.end, format!(", {written}")),
        None => (collection.span.start + 1, written),
    };
    Splice {
        range: at..at,
        text,
    }
}
