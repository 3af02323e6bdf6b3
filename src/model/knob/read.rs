//! From the nodes of a file to a typed value, with every mistake at its place.

use super::fits::{expected, mismatch, refusal};
use super::kind::{Fields, KnobType};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::yaml::{Document, Entry, Map, Node, NodeKind, Strict, Value, strict, strict_value};

/// Values that others made, which a knob may name as `{ fact: name }`.
pub type Facts = Map<String, Value>;

/// What a file is about, for messages.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// As it is named in messages, such as the module or the file.
    pub name: &'a str,
    /// `knob` or `key`.
    pub word: &'a str,
    /// A command or a place that tells what may be written.
    pub help: &'a str,
}

/// Reads nodes of one document and collects what is wrong.
pub struct Reader<'a> {
    pub document: &'a Document,
    pub subject: Subject<'a>,
    /// None where facts have no place.
    pub facts: Option<&'a Facts>,
    pub diagnostics: &'a mut Diagnostics,
}

impl Reader<'_> {
    /// Reads the root of the document as an object of `fields`. Fields may be missing: layers set
    /// what they like. What is wrong is left out of the value.
    pub fn root(&mut self, fields: &Fields) -> Value {
        let root = &self.document.root;
        self.object(root, fields, &mut Vec::new())
            .unwrap_or_else(|| Value::Object(Map::new()))
    }

    /// Reads `node` as a value of `kind`; `path` leads to it, for messages.
    pub fn value(&mut self, node: &Node, kind: &KnobType, path: &mut Vec<String>) -> Option<Value> {
        if is_null(node) {
            return Some(Value::Null);
        }
        if let Some(name) = fact_name(node) {
            return self.fact(node, name, kind, path);
        }
        if let Some(expanded) = kind.expanded() {
            return match (kind, &node.kind) {
                (KnobType::Secret, NodeKind::Scalar(_)) => self.secret_value(node, path),
                (KnobType::Secret, _) => self.secret(node, expanded, path),
                _ => self.value(node, expanded, path),
            };
        }
        match kind {
            KnobType::Object(fields) => self.object(node, fields, path),
            KnobType::Map(values) => self.map(node, values, path),
            KnobType::List { items, .. } => {
                let value = self.list(node, items, path)?;
                self.check(node, kind, value, path)
            }
            KnobType::Any => Some(strict_value(self.document, node, self.diagnostics)),
            _ => {
                let value = self.scalar(node, kind, path)?;
                self.check(node, kind, value, path)
            }
        }
    }

    fn object(&mut self, node: &Node, fields: &Fields, path: &mut Vec<String>) -> Option<Value> {
        let entries = self.entries(node, path)?;
        let mut map = Map::new();
        for entry in entries {
            let Some(name) = self.key(&entry.key) else {
                continue;
            };
            path.push(name.clone());
            match fields.get(&name) {
                Some(knob) => {
                    if let Some(value) = self.value(&entry.value, &knob.kind, path) {
                        map.insert(name, value);
                    }
                }
                None => self.unknown(&entry.key, fields, path),
            }
            path.pop();
        }
        Some(Value::Object(map))
    }

    fn map(&mut self, node: &Node, values: &KnobType, path: &mut Vec<String>) -> Option<Value> {
        let mut map = Map::new();
        for entry in self.entries(node, path)? {
            let Some(name) = self.key(&entry.key) else {
                continue;
            };
            path.push(name.clone());
            if let Some(value) = self.value(&entry.value, values, path) {
                map.insert(name, value);
            }
            path.pop();
        }
        Some(Value::Object(map))
    }

    fn list(&mut self, node: &Node, items: &KnobType, path: &mut Vec<String>) -> Option<Value> {
        let NodeKind::Sequence(nodes) = &node.kind else {
            self.wrong_type(node, "a list", path);
            return None;
        };
        let mut list = Vec::new();
        for (index, item) in nodes.iter().enumerate() {
            path.push(format!("[{index}]"));
            if is_null(item) {
                self.wrong_type(item, "a value", path);
            } else if let Some(value) = self.value(item, items, path) {
                list.push(value);
            }
            path.pop();
        }
        Some(Value::Array(list))
    }

    fn scalar(&mut self, node: &Node, kind: &KnobType, path: &[String]) -> Option<Value> {
        let NodeKind::Scalar(scalar) = &node.kind else {
            self.wrong_type(node, expected(kind), path);
            return None;
        };
        let read = match strict(scalar) {
            Ok(read) => read,
            Err(ambiguous) => {
                self.ambiguous(node, scalar, kind, ambiguous.write, path);
                return None;
            }
        };
        let value = match (kind, read) {
            (KnobType::Boolean, Strict::Bool(value)) => Value::from(value),
            (KnobType::Integer { .. } | KnobType::Port, Strict::Integer(value)) => {
                Value::from(value)
            }
            (KnobType::Number { .. }, Strict::Integer(value)) => Value::from(value),
            (KnobType::Number { .. }, Strict::Float(value)) => Value::from(value),
            (
                KnobType::String { .. } | KnobType::Enum(_) | KnobType::Text(_),
                Strict::Text(value),
            ) => Value::from(value),
            // A quantity of 1 is as good as "1", and nothing is lost.
            (KnobType::Text(super::Text::Quantity), Strict::Integer(value)) => {
                Value::from(value.to_string())
            }
            (KnobType::String { .. } | KnobType::Enum(_) | KnobType::Text(_), _) => {
                self.unquoted(node, scalar, kind, path);
                return None;
            }
            _ => {
                self.wrong_type(node, expected(kind), path);
                return None;
            }
        };
        Some(value)
    }

    /// Bounds, patterns and notations: what a value of the right type may still get wrong.
    fn check(
        &mut self,
        node: &Node,
        kind: &KnobType,
        value: Value,
        path: &[String],
    ) -> Option<Value> {
        match refusal(kind, &value) {
            None => Some(value),
            Some(refusal) => {
                let message = format!("{} {}", self.knob(path), refusal.message);
                let near = match (kind, value.as_str()) {
                    (KnobType::Enum(values), Some(given)) => {
                        crate::diagnostic::nearest(given, values.iter().map(String::as_str))
                    }
                    _ => None,
                };
                let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
                let diagnostic =
                    Diagnostic::error(codes::KNOB_BOUNDS, message).label(self.span(node), label);
                self.diagnostics.push(match refusal.help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                });
                None
            }
        }
    }

    fn fact(&mut self, node: &Node, name: &str, kind: &KnobType, path: &[String]) -> Option<Value> {
        let found = self.facts.and_then(|facts| facts.get(name));
        let Some(value) = found else {
            let known = self.facts.into_iter().flat_map(|facts| facts.keys());
            let known: Vec<&str> = known.map(String::as_str).collect();
            let diagnostic = Diagnostic::error(
                codes::FACT_UNKNOWN,
                format!(
                    "{} refers to the fact `{name}`, which does not exist",
                    self.knob(path)
                ),
            )
            .at(self.span(node))
            .suggest(name, known);
            self.diagnostics.push(diagnostic.help(
                "facts are the values of `facts.json` or `facts.yaml` in the environment's folder",
            ));
            return None;
        };
        match mismatch(kind, value) {
            None => Some(value.clone()),
            Some(reason) => {
                let message = format!("{}: the fact `{name}` {reason}", self.knob(path));
                let diagnostic = Diagnostic::error(codes::KNOB_TYPE, message).at(self.span(node));
                self.diagnostics.push(
                    diagnostic.help(
                        "correct it where the facts come from, or write the value itself here",
                    ),
                );
                None
            }
        }
    }

    fn entries<'n>(&mut self, node: &'n Node, path: &[String]) -> Option<&'n [Entry]> {
        match &node.kind {
            NodeKind::Mapping(entries) => Some(entries),
            _ => {
                self.wrong_type(node, "a mapping", path);
                None
            }
        }
    }

    /// Keys are names, so `yes:` or `1:` may stand unquoted only where a person surely meant text.
    fn key(&mut self, key: &Node) -> Option<String> {
        let NodeKind::Scalar(scalar) = &key.kind else {
            return None;
        };
        match strict(scalar) {
            Ok(Strict::Text(_)) => Some(scalar.text.clone()),
            _ => {
                let message = format!("the key `{}` is not text as it stands", scalar.text);
                let diagnostic = Diagnostic::error(codes::YAML_AMBIGUOUS, message)
                    .at(self.span(key))
                    .help(format!("write `\"{}\"`", scalar.text));
                self.diagnostics.push(diagnostic);
                None
            }
        }
    }

    /// Mistakes in a reference may be values in the wrong place: their lines are not repeated.
    fn secret(&mut self, node: &Node, kind: &KnobType, path: &mut Vec<String>) -> Option<Value> {
        let others = std::mem::take(self.diagnostics);
        let value = self.value(node, kind, path);
        let found = std::mem::replace(self.diagnostics, others);
        let hidden = found.into_iter().map(|diagnostic| {
            let help =
                "a reference is `{ name: NAME, key: KEY }`; the value itself stays out of git";
            Diagnostic {
                helps: vec![help.to_owned()],
                ..diagnostic.hiding_lines()
            }
        });
        self.diagnostics.extend(hidden.collect());
        value
    }
}

fn is_null(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(scalar) if matches!(strict(scalar), Ok(Strict::Null)))
}

/// The name in `{ fact: name }`, which must be the only key.
fn fact_name(node: &Node) -> Option<&str> {
    match &node.kind {
        NodeKind::Mapping(entries) => match entries.as_slice() {
            [entry] if entry.key.as_str() == Some("fact") => entry.value.as_str(),
            _ => None,
        },
        _ => None,
    }
}
