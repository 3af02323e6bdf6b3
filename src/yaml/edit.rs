//! One value of a person's file changed, and every other byte left.
//!
//! The result is read again and compared: an edit that would touch anything else, through an alias
//! or a layout not foreseen here, is refused rather than made.

use super::node::{Node, NodeKind};
use super::parse::{Document, Segment, parse_stream};
use super::splice::splice;
use super::{Value, emit, kubernetes, strict_value};
use crate::diagnostic::{Diagnostics, Source};

/// Why a value cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("`{0}` is no place for a value: something before it is neither a mapping nor a list")]
    NoSuchPath(String),
    #[error("`{0}` cannot be changed alone: an alias or the layout ties it to other values")]
    NotAlone(String),
}

/// The text of the file with the value at `path` set to `value`.
///
/// A key that is not there is added at the end of its mapping, with the mappings on the way to it;
/// an index one past the end of a list adds an item.
pub fn set(document: &Document, path: &[Segment], value: &Value) -> Result<String, EditError> {
    let splice =
        splice(document, path, value).ok_or_else(|| EditError::NoSuchPath(display(path)))?;
    let text = &document.source.text;
    let written = match text.contains("\r\n") {
        true => splice.text.replace('\n', "\r\n"),
        false => splice.text,
    };
    let (before, after) = (&text[..splice.range.start], &text[splice.range.end..]);
    let edited = format!("{before}{written}{after}");
    match is_only_change(document, &edited, path, value) {
        Some(true) => Ok(edited),
        _ => Err(EditError::NotAlone(display(path))),
    }
}

/// Whether `edited` differs from the document's file in the value at `path`, and in nothing else.
fn is_only_change(
    document: &Document,
    edited: &str,
    path: &[Segment],
    value: &Value,
) -> Option<bool> {
    let before = parse_stream(&document.source).ok()?;
    let after = parse_stream(&Source::new(document.source.path.as_str(), edited)).ok()?;
    let Some(index) = before
        .iter()
        .position(|other| other.root.span == document.root.span)
    else {
        // The file held only comments.
        return Some(before.is_empty() && after.len() == 1 && holds(&after[0], path, value)?);
    };
    let same = |(other, (old, new)): (usize, (&Document, &Document))| match other == index {
        true => same_but(&old.root, &new.root, path) && holds(new, path, value) == Some(true),
        false => same_but(&old.root, &new.root, &[]) && same_node(&old.root, &new.root),
    };
    Some(before.len() == after.len() && before.iter().zip(&after).enumerate().all(same))
}

/// Whether both readings find `value` at `path`.
fn holds(document: &Document, path: &[Segment], value: &Value) -> Option<bool> {
    let node = document.node_at(path)?;
    let part = Document {
        source: document.source.clone(),
        root: node.clone(),
    };
    let mut problems = Diagnostics::default();
    let strict = strict_value(document, node, &mut problems);
    let wanted = emit(value);
    Some(problems.is_empty() && emit(&strict) == wanted && emit(&kubernetes(&part).ok()?) == wanted)
}

/// Whether two trees are the same outside of `path`.
fn same_but(old: &Node, new: &Node, path: &[Segment]) -> bool {
    let Some((segment, rest)) = path.split_first() else {
        return true;
    };
    match (&old.kind, &new.kind, segment) {
        (NodeKind::Mapping(old), NodeKind::Mapping(new), Segment::Key(key)) => {
            let added = usize::from(!old.iter().any(|entry| entry.name() == key));
            let same = |(old, new): (&super::Entry, &super::Entry)| {
                same_node(&old.key, &new.key)
                    && if old.name() == key {
                        same_but(&old.value, &new.value, rest)
                    } else {
                        same_node(&old.value, &new.value)
                    }
            };
            old.len() + added == new.len() && old.iter().zip(new).all(same)
        }
        (NodeKind::Sequence(old), NodeKind::Sequence(new), Segment::Index(index)) => {
            let added = usize::from(*index == old.len());
            let same = |(at, (old, new)): (usize, (&Node, &Node))| match at == *index {
                true => same_but(old, new, rest),
                false => same_node(old, new),
            };
            old.len() + added == new.len() && old.iter().zip(new).enumerate().all(same)
        }
        // A value that was absent became the mapping that holds the new one.
        (NodeKind::Scalar(scalar), NodeKind::Mapping(_), _) => scalar.text.is_empty(),
        _ => false,
    }
}

/// Whether two nodes are written alike, wherever they stand.
pub(super) fn same_node(old: &Node, new: &Node) -> bool {
    match (&old.kind, &new.kind) {
        (NodeKind::Scalar(old), NodeKind::Scalar(new)) => old == new,
        (NodeKind::Sequence(old), NodeKind::Sequence(new)) => {
            old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_node(old, new))
        }
        (NodeKind::Mapping(old), NodeKind::Mapping(new)) => {
            let same = |(old, new): (&super::Entry, &super::Entry)| {
                same_node(&old.key, &new.key) && same_node(&old.value, &new.value)
            };
            old.len() == new.len() && old.iter().zip(new).all(same)
        }
        _ => false,
    }
}

fn display(path: &[Segment]) -> String {
    let mut output = String::new();
    for segment in path {
        match segment {
            Segment::Key(key) if output.is_empty() => output.push_str(key),
            Segment::Key(key) => output.extend([".", key]),
            Segment::Index(index) => output.push_str(&format!("[{index}]")),
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::set;
    use crate::diagnostic::Source;
    use crate::yaml::{Segment, parse_one};

    fn path(text: &str) -> Vec<Segment> {
        let segment = |part: &str| match part.parse() {
            Ok(index) => Segment::Index(index),
            Err(_) => Segment::Key(part.to_owned()),
        };
        text.split('.').map(segment).collect()
    }

    #[track_caller]
    fn check(before: &str, at: &str, value: Value, after: &str) {
        let document = parse_one(&Source::new("a.yaml", before)).unwrap();
        assert_eq!(set(&document, &path(at), &value).as_deref(), Ok(after));
    }

    #[track_caller]
    fn refuses(before: &str, at: &str, value: Value) {
        let document = parse_one(&Source::new("a.yaml", before)).unwrap();
        assert!(
            set(&document, &path(at), &value).is_err(),
            "{:?}",
            set(&document, &path(at), &value)
        );
    }

    #[test]
    fn a_scalar_changes_in_its_place() {
        check(
            "a:   1   # why\nb: 2\n",
            "a",
            json!(3),
            "a:   3   # why\nb: 2\n",
        );
        check("a: 'x'\n", "a", json!("it's"), "a: 'it''s'\n");
        check("a: \"1.29\" # v\n", "a", json!("1.30"), "a: \"1.30\" # v\n");
        check("a: x\n", "a", json!("on"), "a: \"on\"\n");
        check(
            "é: {b: [1, é, 3]} # c\n",
            "é.b.1",
            json!("a, b"),
            "é: {b: [1, \"a, b\", 3]} # c\n",
        );
        check(
            "a:\r\n  - b: 1\r\n    c: 2\r\n",
            "a.0.b",
            json!(true),
            "a:\r\n  - b: true\r\n    c: 2\r\n",
        );
        check("a: 1", "a", json!(2), "a: 2");
    }

    #[test]
    fn absent_values_get_one() {
        check("a: # why\nb: 1\n", "a", json!(3), "a: 3 # why\nb: 1\n");
        check(
            "a:\nb: 1\n",
            "a.c.d",
            json!(3),
            "a:\n  c:\n    d: 3\nb: 1\n",
        );
        check("a:\n-\n- 2\n", "a.0", json!(3), "a:\n- 3\n- 2\n");
    }

    #[test]
    fn many_lines_come_and_go() {
        check(
            "a: x\nb: 1\n",
            "a",
            json!("p\nq\n"),
            "a: |\n  p\n  q\nb: 1\n",
        );
        check(
            "a:\n  x: |\n    p\n    q\n\n  b: 1\n",
            "a.x",
            json!("r"),
            "a:\n  x: r\n\n  b: 1\n",
        );
        check(
            "a: x # why\n",
            "a",
            json!("p\nq\n"),
            "a: \"p\\nq\\n\" # why\n",
        );
        check(
            "a: 1\nb: 1\n",
            "a",
            json!({"c": [1]}),
            "a:\n  c:\n  - 1\nb: 1\n",
        );
        check(
            "a:\n  c: 1\n  d: 2 # x\nb: 1\n",
            "a",
            json!({"c": [1]}),
            "a:\n  c:\n  - 1 # x\nb: 1\n",
        );
        check(
            "a:\n- 1\n- 2\nb: 1\n",
            "a",
            json!({"c": 1}),
            "a:\n  c: 1\nb: 1\n",
        );
        check("a:\n- 1\n- 2\nb: 1\n", "a", json!(null), "a: null\nb: 1\n");
        check(
            "a:\n- 1\n- b: 2\n  c: 3\n",
            "a.1",
            json!({"b": 4, "c": {"d": 5}}),
            "a:\n- 1\n- b: 4\n  c:\n    d: 5\n",
        );
    }

    #[test]
    fn a_new_key_stands_under_its_neighbours() {
        check(
            "a:\n    b: 1 # x\n\n# end\nc: 2\n",
            "a.z",
            json!("y"),
            "a:\n    b: 1 # x\n    z: \"y\"\n\n# end\nc: 2\n",
        );
        check("a: 1", "b.c", json!(2), "a: 1\nb:\n  c: 2");
        check("# nothing yet\n", "a", json!(1), "# nothing yet\na: 1\n");
        check("", "a", json!(1), "a: 1\n");
        check("a: {}\n", "a.b", json!(1), "a: {b: 1}\n");
        check("a: {b: 1}\n", "a.c", json!([1]), "a: {b: 1, c: [1]}\n");
        check(
            "a:\n  - 1 # x\nb: 2\n",
            "a.1",
            json!({"c": 1, "d": 2}),
            "a:\n  - 1 # x\n  - c: 1\n    d: 2\nb: 2\n",
        );
        check(
            "a:\n- b: |\n    x\n",
            "a.0.c",
            json!(1),
            "a:\n- b: |\n    x\n  c: 1\n",
        );
    }

    #[test]
    fn blank_lines_stay_with_the_text_that_keeps_them() {
        check(
            "a:\n  b: |+\n    x\n\nc: 1\n",
            "a.z",
            json!(1),
            "a:\n  b: |+\n    x\n\n  z: 1\nc: 1\n",
        );
        check(
            "a:\n- |\n  x\n\nc: 1\n",
            "a.1",
            json!(1),
            "a:\n- |\n  x\n- 1\n\nc: 1\n",
        );
    }

    #[test]
    fn other_documents_are_left_alone() {
        let source = Source::new("a.yaml", "# x\na: 1\n---\na: 1 # y\n---\nb: 2\n");
        let documents = crate::yaml::parse_stream(&source).unwrap();
        let edited = set(&documents[1], &path("a"), &json!(2));
        assert_eq!(
            edited.as_deref(),
            Ok("# x\na: 1\n---\na: 2 # y\n---\nb: 2\n")
        );
    }

    #[test]
    fn what_would_change_more_is_refused() {
        refuses("a: &x 1\nb: *x\n", "a", json!(2));
        refuses("a: &x {c: 1}\nb: *x\n", "b.c", json!(2));
        refuses("a: 1\n", "a.b", json!(2));
        refuses("a: [1]\n", "a.2", json!(2));
        refuses("a: !!str 1\n", "a", json!(2));
        check("a: &x 1\nb: *x\n", "b", json!(2), "a: &x 1\nb: 2\n");
    }
}
