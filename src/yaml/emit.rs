//! Values to text, in the one canonical form of rendered manifests.
//!
//! The same value gives the same bytes, and every reader of YAML 1.1 and 1.2 gives the value back.
//! Mappings are sorted, after the few keys that a reader looks for first; lists stand at their key's
//! own indentation, as `kubectl` prints them; nothing is folded.

use super::text::{write_key, write_text};
use super::{Map, Value};

/// Writes one document; ends with a line feed.
pub fn emit(value: &Value) -> String {
    let mut output = String::new();
    write_document(&mut output, value);
    output
}

/// Writes several documents with `---` between them.
pub fn emit_stream<'v>(values: impl IntoIterator<Item = &'v Value>) -> String {
    let mut output = String::new();
    for value in values {
        if !output.is_empty() {
            output.push_str("---\n");
        }
        write_document(&mut output, value);
    }
    output
}

fn write_document(output: &mut String, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() => write_mapping(output, map, Place::ROOT),
        Value::Array(items) if !items.is_empty() => write_list(output, items, 0),
        value => write_scalar(output, value, None),
    }
}

/// Where a mapping stands: how deep, and which of its keys come first.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    first: &'static [&'static str],
}

impl Place {
    const ROOT: Place = Place {
        indent: 0,
        first: &["apiVersion", "kind", "metadata"],
    };

    fn of(key: &str, indent: usize) -> Self {
        let first: &[&str] = match key {
            "metadata" => &["name", "namespace"],
            _ => &["name"],
        };
        Place { indent, first }
    }
}

/// Writes the entries of a mapping; the indentation of the first key is already there.
fn write_mapping(output: &mut String, map: &Map<String, Value>, place: Place) {
    let mut entries = Entries {
        output,
        indent: place.indent,
        started: false,
    };
    for key in place.first {
        if let Some(value) = map.get(*key) {
            entries.write(key, value);
        }
    }
    let others = map
        .iter()
        .filter(|(key, _)| !place.first.contains(&key.as_str()));
    if map.keys().is_sorted() {
        others.for_each(|(key, value)| entries.write(key, value));
    } else {
        // Where some dependency asked serde_json to keep the order of insertion.
        let mut sorted: Vec<_> = others.collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        sorted
            .into_iter()
            .for_each(|(key, value)| entries.write(key, value));
    }
}

struct Entries<'o> {
    output: &'o mut String,
    indent: usize,
    started: bool,
}

impl Entries<'_> {
    fn write(&mut self, key: &str, value: &Value) {
        if self.started {
            push_indent(self.output, self.indent);
        }
        self.started = true;
        write_key(self.output, key, self.indent);
        write_value(self.output, key, value, self.indent);
    }
}

/// Writes what follows the colon of a key at `indent`, and the last line feed.
pub(super) fn write_value(output: &mut String, key: &str, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            output.push('\n');
            push_indent(output, indent + 2);
            write_mapping(output, map, Place::of(key, indent + 2));
        }
        Value::Array(items) if !items.is_empty() => {
            output.push('\n');
            push_indent(output, indent);
            write_list(output, items, indent);
        }
        value => {
            output.push(' ');
            write_scalar(output, value, Some(indent + 2));
        }
    }
}

/// Writes the items of a list; the indentation of the first dash is already there.
fn write_list(output: &mut String, items: &[Value], indent: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            push_indent(output, indent);
        }
        output.push('-');
        write_item(output, item, indent);
    }
}

/// Writes all lines of a collection whose first stands at `indent` already.
pub(super) fn write_lines(output: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => write_mapping(output, map, Place::of("", indent)),
        Value::Array(items) if !items.is_empty() => write_list(output, items, indent),
        value => write_scalar(output, value, Some(indent)),
    }
}

/// Writes what follows the dash of an item at `indent`.
pub(super) fn write_item(output: &mut String, item: &Value, indent: usize) {
    output.push(' ');
    write_lines(output, item, indent + 2);
}

/// Writes a scalar or an empty collection, and the line feed; `block` is the indentation of the
/// lines of a literal block, where one may stand.
pub(super) fn write_scalar(output: &mut String, value: &Value, block: Option<usize>) {
    match value {
        Value::Null => output.push_str("null"),
        Value::Bool(value) => output.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => super::number::write(output, number),
        Value::String(text) => return write_text(output, text, block),
        Value::Array(_) => output.push_str("[]"),
        Value::Object(_) => output.push_str("{}"),
    }
    output.push('\n');
}

pub(super) fn push_indent(output: &mut String, indent: usize) {
    const SPACES: &str = "                                                                ";
    let mut left = indent;
    while left > 0 {
        let part = left.min(SPACES.len());
        output.push_str(&SPACES[..part]);
        left -= part;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{emit, emit_stream};

    #[test]
    fn keys_that_readers_look_for_come_first() {
        let value = json!({
            "spec": {"containers": [{"image": "b", "name": "a", "args": []}], "a": {}},
            "metadata": {"labels": {"a": "b"}, "namespace": "web", "name": "x", "annotations": {"b": "c"}},
            "kind": "Pod", "apiVersion": "v1", "Zeta": null,
        });
        let expected = "\
apiVersion: v1
kind: Pod
metadata:
  name: x
  namespace: web
  annotations:
    b: c
  labels:
    a: b
Zeta: null
spec:
  a: {}
  containers:
  - name: a
    args: []
    image: b
";
        assert_eq!(emit(&value), expected);
    }

    #[test]
    fn lists_nest_on_one_line() {
        assert_eq!(
            emit(&json!({"a": [[1, [2]], {"b": ["c"]}]})),
            "a:\n- - 1\n  - - 2\n- b:\n  - c\n"
        );
    }

    #[test]
    fn documents_are_separated() {
        assert_eq!(
            emit_stream(&[json!({"a": 1}), json!("b")]),
            "a: 1\n---\nb\n"
        );
    }

    #[test]
    fn text_of_many_lines_is_a_literal_block() {
        let value = json!({"a": "x\n y\n", "b": "x\ny", "c": "x\n\n", "d": " x\ny\n", "e": ["x\ny\n"], "f": "\tx\ny"});
        let expected = "\
a: |
  x
   y
b: |-
  x
  y
c: |+
  x

d: |2
   x
  y
e:
- |
  x
  y
f: \"\\tx\\ny\"
";
        assert_eq!(emit(&value), expected);
    }
}
