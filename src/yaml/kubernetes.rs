//! Text to plain values, as `kubectl` reads manifests, except that nothing is lost in silence.
//!
//! `kubectl` keeps the last of duplicate keys, and lets a merge override a key before it: both are
//! refused here, since somebody wrote a value that would do nothing.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::builder::{Builder, Written};
use super::lists::unfold;
use super::node::{Node, NodeKind, Scalar, Style, Tag};
use super::parse::{Document, compose_stream, duplicate_key};
use super::plain::{Plain, integral, read};
use super::{Map, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};

/// Reads a document as `kubectl` 1.36 does.
pub fn kubernetes(document: &Document) -> Result<Value, Diagnostics> {
    let mut builder = ValueBuilder::new(&document.source);
    let value = builder.node(&document.root);
    outcome(value, builder.problems)
}

/// Reads all objects of a stream: empty documents are left out, lists unfolded.
pub fn kubernetes_stream(source: &Arc<Source>) -> Result<Vec<(Value, Span)>, Diagnostics> {
    let mut builder = ValueBuilder::new(source);
    let roots = compose_stream(source, &mut builder, |builder| &mut builder.problems);
    let mut objects = Vec::with_capacity(roots.len());
    for (value, range) in roots {
        let span = Span::new(source, range.start, range.end);
        match unfold(value, &span) {
            Ok(values) => objects.extend(values.into_iter().map(|value| (value, span.clone()))),
            Err(problem) => builder.problems.push(problem),
        }
    }
    outcome(objects, builder.problems)
}

fn outcome<T>(value: T, problems: Diagnostics) -> Result<T, Diagnostics> {
    if problems.has_errors() {
        Err(problems)
    } else {
        Ok(value)
    }
}

/// Makes values, remembering the places of keys until their mapping is complete.
struct ValueBuilder<'s> {
    source: &'s Arc<Source>,
    problems: Diagnostics,
}

struct Pair {
    key: String,
    span: Range<usize>,
    value: Value,
    /// Whether the pair stands in a mapping that was merged in.
    merged: bool,
}

#[derive(Default)]
struct Pairs {
    pairs: Vec<Pair>,
    merge: Option<Range<usize>>,
}

impl Builder for ValueBuilder<'_> {
    type Node = Value;
    type Mapping = Pairs;

    fn scalar(&mut self, scalar: Written<'_>) -> Value {
        let span = scalar.span.clone();
        match meaning(scalar.style, scalar.tag, &scalar.text) {
            Ok(Plain::Null) => Value::Null,
            Ok(Plain::Bool(value)) => value.into(),
            Ok(Plain::Integer(value)) => value.into(),
            // The API machinery keeps no integers beyond 64 bits with sign.
            Ok(Plain::Unsigned(value)) => (value as f64).into(),
            Ok(Plain::Float(value)) => integral(value).map_or_else(|| value.into(), Value::from),
            Ok(Plain::Text) => Value::String(scalar.text.into_owned()),
            Ok(Plain::Infinite) => self.refuse(span, "an infinite number has no meaning here"),
            Err(tag) => self.refuse(span, &format!("the text does not fit its tag `!!{tag}`")),
        }
    }

    fn sequence(&mut self, items: Vec<Value>, _: Range<usize>) -> Value {
        Value::Array(items)
    }

    fn entry(&mut self, mapping: &mut Pairs, key: Written<'_>, value: Value) {
        if is_merge(&key) {
            return self.merge(mapping, key.span, value);
        }
        let span = key.span.clone();
        let Some(key) = self.key(key) else { return };
        let merged = false;
        mapping.pairs.push(Pair {
            key,
            span,
            value,
            merged,
        });
    }

    fn mapping(&mut self, mapping: Pairs, _: Range<usize>) -> Value {
        let mut pairs = mapping.pairs;
        if !pairs.is_sorted_by(|a, b| a.key < b.key) {
            // Stable, hence pairs of one key stay in the order of the file.
            pairs.sort_by(|a, b| a.key.cmp(&b.key));
            pairs.dedup_by(|second, first| second.key == first.key && self.same_key(first, second));
        }
        let map: Map<String, Value> = pairs
            .into_iter()
            .map(|pair| (pair.key, pair.value))
            .collect();
        Value::Object(map)
    }

    fn alias(&mut self, value: Value, _: Range<usize>) -> Value {
        value
    }
}

impl<'s> ValueBuilder<'s> {
    fn new(source: &'s Arc<Source>) -> Self {
        Self {
            source,
            problems: Diagnostics::default(),
        }
    }

    fn node(&mut self, node: &Node) -> Value {
        match &node.kind {
            NodeKind::Scalar(scalar) => self.scalar(written(scalar, node)),
            NodeKind::Sequence(items) => {
                Value::Array(items.iter().map(|item| self.node(item)).collect())
            }
            NodeKind::Mapping(entries) => {
                let mut pairs = Pairs::default();
                for entry in entries {
                    let Some(key) = entry.key.as_scalar() else {
                        continue;
                    };
                    let value = self.node(&entry.value);
                    self.entry(&mut pairs, written(key, &entry.key), value);
                }
                self.mapping(pairs, node.span.clone())
            }
        }
    }

    /// The text that a key becomes in JSON.
    fn key(&mut self, key: Written<'_>) -> Option<String> {
        match meaning(key.style, key.tag, &key.text) {
            Ok(Plain::Text) => Some(key.text.into_owned()),
            Ok(Plain::Bool(value)) => Some(value.to_string()),
            Ok(Plain::Integer(value)) => Some(value.to_string()),
            // Go prints floats in keys with the precision of 32 bits, and others with an exponent.
            Ok(Plain::Float(value)) if value == 0.0 || (1e-4..1e6).contains(&value.abs()) => {
                Some((value as f32).to_string())
            }
            _ => {
                self.refuse(key.span, "a key that kubectl does not read");
                None
            }
        }
    }

    fn merge(&mut self, mapping: &mut Pairs, span: Range<usize>, value: Value) {
        if let Some(first) = mapping.merge.replace(span.clone()) {
            self.problems
                .push(duplicate_key(self.source, "<<", first, span));
            return;
        }
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        for value in values {
            let Value::Object(map) = value else {
                self.refuse(span, "`<<` merges mappings only");
                return;
            };
            let pair = |(key, value)| Pair {
                key,
                span: span.clone(),
                value,
                merged: true,
            };
            mapping.pairs.extend(map.into_iter().map(pair));
        }
    }

    /// Decides between two pairs of one key, the first of which remains.
    fn same_key(&mut self, first: &mut Pair, second: &mut Pair) -> bool {
        match (first.merged, second.merged) {
            // The first of several merged mappings wins, and all give way to what follows them.
            (true, true) => {}
            (true, false) => std::mem::swap(first, second),
            (false, true) if first.value == second.value => {}
            (false, true) => self.problems.push(overridden(self.source, first, second)),
            (false, false) => {
                let (first, second) = (first.span.clone(), second.span.clone());
                let problem = duplicate_key(
                    self.source,
                    &self.source.text[second.clone()],
                    first,
                    second,
                );
                self.problems.push(problem);
            }
        }
        true
    }

    fn refuse(&mut self, span: Range<usize>, message: &str) -> Value {
        let span = Span::new(self.source, span.start, span.end);
        self.problems
            .push(Diagnostic::error(codes::YAML_UNSUPPORTED, message).at(span));
        Value::Null
    }
}

/// What a scalar means by its style and tag; the tag's name when its text is something else.
fn meaning(style: Style, tag: Option<Tag>, text: &str) -> Result<Plain, &'static str> {
    let Some(tag) = tag else {
        return Ok(if style == Style::Plain {
            read(text)
        } else {
            Plain::Text
        });
    };
    match (tag, read(text)) {
        (Tag::Str, _) => Ok(Plain::Text),
        (Tag::Null, Plain::Null) => Ok(Plain::Null),
        (Tag::Bool, value @ Plain::Bool(_)) => Ok(value),
        (Tag::Int, value @ (Plain::Integer(_) | Plain::Unsigned(_))) => Ok(value),
        (Tag::Float, value @ (Plain::Integer(_) | Plain::Unsigned(_) | Plain::Float(_))) => {
            Ok(value)
        }
        (Tag::Null, _) => Err("null"),
        (Tag::Bool, _) => Err("bool"),
        (Tag::Int, _) => Err("int"),
        (Tag::Float, _) => Err("float"),
    }
}

fn is_merge(key: &Written<'_>) -> bool {
    key.text == "<<" && key.style == Style::Plain && key.tag.is_none()
}

fn written<'n>(scalar: &'n Scalar, node: &Node) -> Written<'n> {
    Written {
        text: Cow::Borrowed(&scalar.text),
        style: scalar.style,
        tag: scalar.tag,
        span: node.span.clone(),
    }
}

fn overridden(source: &Arc<Source>, first: &Pair, merge: &Pair) -> Diagnostic {
    let message = format!(
        "`<<` overrides the key `{}` that stands before it",
        first.key
    );
    Diagnostic::error(codes::YAML_AMBIGUOUS, message)
        .label(
            Span::new(source, first.span.start, first.span.end),
            "this value would do nothing",
        )
        .label(
            Span::new(source, merge.span.start, merge.span.end),
            "merged here",
        )
        .help("write `<<` before the keys that differ from what it merges")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{kubernetes, kubernetes_stream};
    use crate::diagnostic::Source;
    use crate::yaml::parse_one;

    fn objects(text: &str) -> Result<Vec<Value>, Vec<&'static str>> {
        let codes = |problems: crate::diagnostic::Diagnostics| {
            problems
                .iter()
                .map(|problem| problem.code.name)
                .collect::<Vec<_>>()
        };
        let objects = kubernetes_stream(&Source::new("a.yaml", text)).map_err(codes)?;
        Ok(objects.into_iter().map(|(value, _)| value).collect())
    }

    #[test]
    fn scalars_and_keys_are_those_of_kubectl() {
        let text = "mode: 0644\non: yes\n1: 1.0\n1.5: \"0644\"\nnothing:\ntag: !!str 12\n";
        let expected =
            json!({"mode": 420, "true": true, "1": 1, "1.5": "0644", "nothing": null, "tag": "12"});
        assert_eq!(objects(text), Ok(vec![expected.clone()]));
        let document = parse_one(&Source::new("a.yaml", text)).unwrap();
        assert_eq!(kubernetes(&document), Ok(expected));
    }

    #[test]
    fn empty_documents_are_dropped_and_lists_unfolded() {
        let text = "---\n# c\n---# c\nkind: A\n---\nnull\n---\nkind: List\nitems:\n- kind: B\n- kind: C\n---\nkind: D\n";
        let kinds = objects(text).map(|objects| {
            objects
                .iter()
                .map(|object| object["kind"].clone())
                .collect::<Vec<_>>()
        });
        assert_eq!(
            kinds,
            Ok(vec![json!("A"), json!("B"), json!("C"), json!("D")])
        );
    }

    #[test]
    fn merged_values_give_way_to_those_that_follow() {
        let text = "a: &a {x: 1, z: 1}\nb: {<<: *a, x: 2}\nc: {<<: [*a, {x: 3, w: 3}]}\nd: {z: 1, <<: *a}\n";
        let expected = json!({
            "a": {"x": 1, "z": 1}, "b": {"x": 2, "z": 1}, "c": {"w": 3, "x": 1, "z": 1}, "d": {"x": 1, "z": 1},
        });
        assert_eq!(objects(text), Ok(vec![expected]));
    }

    #[test]
    fn values_that_would_do_nothing_are_refused() {
        assert_eq!(objects("a: 1\na: 2\n"), Err(vec!["yaml-duplicate-key"]));
        assert_eq!(
            objects("yes: 1\ntrue: 2\n"),
            Err(vec!["yaml-duplicate-key"])
        );
        assert_eq!(objects("1: 1\n\"1\": 2\n"), Err(vec!["yaml-duplicate-key"]));
        assert_eq!(objects("a: 1\n<<: {a: 2}\n"), Err(vec!["yaml-ambiguous"]));
        assert_eq!(
            objects("<<: {a: 1}\n<<: {b: 2}\n"),
            Err(vec!["yaml-duplicate-key"])
        );
    }

    #[test]
    fn values_that_json_cannot_hold_are_refused() {
        let text = "a: .inf\nb: !!int x\n~: 1\n<<: 1\n1e9: 1\n18446744073709551615: 1\n";
        assert_eq!(objects(text), Err(vec!["yaml-unsupported"; 6]));
    }

    #[test]
    fn objects_know_where_they_stand() {
        let source = Source::new("a.yaml", "kind: A\n---\n# c\nkind: B\n");
        let objects = kubernetes_stream(&source).unwrap();
        let lines: Vec<_> = objects
            .iter()
            .map(|(_, span)| span.line_column().line)
            .collect();
        assert_eq!(lines, [1, 4]);
    }
}
