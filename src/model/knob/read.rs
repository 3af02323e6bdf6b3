//! From the nodes of a file to a typed value, with every mistake at its place.

use super::kind::{Fields, KnobType};
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::yaml::{
    Document, Entry, Map, Node, NodeKind, Scalar, Strict, Value, strict, strict_value,
};

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

    fn unknown(&mut self, key: &Node, fields: &Fields, path: &[String]) {
        let Subject { name, word, help } = self.subject;
        let given = path.last().map(String::as_str).unwrap_or_default();
        let known = fields.keys().map(String::as_str);
        let message = format!("{name} has no {word} `{}`", joined(path));
        let mut diagnostic = Diagnostic::error(codes::KNOB_UNKNOWN, message);
        diagnostic = match crate::diagnostic::nearest(given, known.clone()) {
            Some(near) => diagnostic.label(self.span(key), format!("did you mean `{near}`?")),
            None => {
                let known: Vec<&str> = known.take(12).collect();
                diagnostic
                    .at(self.span(key))
                    .help(format!("known here: {}", known.join(", ")))
            }
        };
        self.diagnostics.push(diagnostic.help(help));
    }

    fn wrong_type(&mut self, node: &Node, expected: &str, path: &[String]) {
        let message = format!(
            "{} takes {expected}, not {}",
            self.knob(path),
            node.type_name()
        );
        let diagnostic = Diagnostic::error(codes::KNOB_TYPE, message).at(self.span(node));
        self.diagnostics.push(diagnostic);
    }

    fn unquoted(&mut self, node: &Node, scalar: &Scalar, kind: &KnobType, path: &[String]) {
        let message = format!(
            "{} takes {}, not {}",
            self.knob(path),
            expected(kind),
            node.type_name()
        );
        let quoted = format!("write `\"{}\"`, in quotes", scalar.text);
        let help = match (kind, refusal(kind, &Value::from(scalar.text.as_str()))) {
            (KnobType::String { .. }, _) | (_, None) => quoted,
            (_, Some(refusal)) => refusal.help.unwrap_or(quoted),
        };
        let diagnostic = Diagnostic::error(codes::KNOB_TYPE, message)
            .at(self.span(node))
            .help(help);
        self.diagnostics.push(diagnostic);
    }

    fn ambiguous(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        kind: &KnobType,
        write: Vec<String>,
        path: &[String],
    ) {
        let message = format!(
            "{}: `{}` means different things to different readers of YAML",
            self.knob(path),
            scalar.text
        );
        let mut diagnostic = Diagnostic::error(codes::YAML_AMBIGUOUS, message).at(self.span(node));
        let textual = matches!(
            kind,
            KnobType::String { .. } | KnobType::Enum(_) | KnobType::Text(_)
        );
        if textual {
            diagnostic = diagnostic.help(format!("write `\"{}\"`, in quotes", scalar.text));
        } else {
            let wanted = match kind {
                KnobType::Boolean => "boolean",
                _ => "number",
            };
            let ways = write.into_iter().filter(|way| way.contains(wanted));
            let ways: Vec<String> = ways.collect();
            diagnostic = diagnostic.help(match ways.is_empty() {
                true => format!("it takes {}", expected(kind)),
                false => format!("write {}", ways.join(", or ")),
            });
        }
        self.diagnostics.push(diagnostic);
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

    fn secret_value(&mut self, node: &Node, path: &[String]) -> Option<Value> {
        // The value itself is not repeated: it may be a real secret.
        let message = format!(
            "{} takes a reference to a Secret, never a value",
            self.knob(path)
        );
        let diagnostic = Diagnostic::error(codes::SECRET_VALUE, message)
            .at(self.span(node))
            .hiding_lines()
            .help("write `{ name: NAME, key: KEY }`, and remove the value from git if it is real");
        self.diagnostics.push(diagnostic);
        None
    }

    fn knob(&self, path: &[String]) -> String {
        match path {
            [] => self.subject.name.to_owned(),
            _ => format!("`{}`", joined(path)),
        }
    }

    fn span(&self, node: &Node) -> Span {
        self.document.span(node)
    }
}

/// A path as one would write it: `zones[0]`, `versions."1.0.0".images`.
fn joined(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        let index = part.starts_with('[');
        if !text.is_empty() && !index {
            text.push('.');
        }
        match part.contains('.') {
            true => text.push_str(&format!("\"{part}\"")),
            false => text.push_str(part),
        }
    }
    text
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

fn expected(kind: &KnobType) -> &'static str {
    match kind {
        KnobType::Boolean => "true or false",
        KnobType::Integer { .. } => "an integer",
        KnobType::Number { .. } => "a number",
        KnobType::Port => "a port number",
        KnobType::Text(notation) => notation.phrase(),
        KnobType::List { .. } => "a list",
        KnobType::Map(_) | KnobType::Object(_) => "a mapping",
        _ => "text",
    }
}

struct Refusal {
    message: String,
    help: Option<String>,
}

fn refusal(kind: &KnobType, value: &Value) -> Option<Refusal> {
    let because = |message: String| {
        Some(Refusal {
            message,
            help: None,
        })
    };
    match (kind, value) {
        (KnobType::Integer { minimum, maximum }, Value::Number(number)) => {
            let number = number.as_i64()?;
            outside(number, *minimum, *maximum).and_then(because)
        }
        (KnobType::Number { minimum, maximum }, Value::Number(number)) => {
            let number = number.as_f64()?;
            outside(number, *minimum, *maximum).and_then(because)
        }
        (KnobType::Port, Value::Number(number)) => {
            outside(number.as_i64()?, Some(1), Some(65_535)).and_then(because)
        }
        (KnobType::Enum(values), Value::String(text)) if !values.contains(text) => Some(Refusal {
            message: format!("cannot be `{text}`"),
            help: Some(format!("it is one of {}", values.join(", "))),
        }),
        (KnobType::Text(notation), Value::String(text)) => {
            let reason = notation.refuse(text)?;
            let reason = match reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            Some(Refusal {
                message: format!("takes {}, which `{text}` is not{reason}", notation.phrase()),
                help: Some(format!("write it like {}", notation.example())),
            })
        }
        (
            KnobType::String {
                pattern,
                min_length,
                max_length,
            },
            Value::String(text),
        ) => {
            let length = text.chars().count();
            if min_length.is_some_and(|least| length < least) {
                let least = min_length.unwrap_or_default();
                return because(format!("has at least {least} characters, not {length}"));
            }
            if max_length.is_some_and(|most| length > most) {
                let most = max_length.unwrap_or_default();
                return because(format!("has at most {most} characters, not {length}"));
            }
            let pattern = pattern.as_deref()?;
            let matches = regex_lite::Regex::new(&format!("^(?:{pattern})$"))
                .is_ok_and(|regex| regex.is_match(text));
            match matches {
                true => None,
                false => because(format!("must match `{pattern}`, which `{text}` does not")),
            }
        }
        (
            KnobType::List {
                min_items,
                max_items,
                unique,
                ..
            },
            Value::Array(items),
        ) => {
            let length = items.len();
            if min_items.is_some_and(|least| length < least) {
                let least = min_items.unwrap_or_default();
                return because(format!("has at least {least} items, not {length}"));
            }
            if max_items.is_some_and(|most| length > most) {
                let most = max_items.unwrap_or_default();
                return because(format!("has at most {most} items, not {length}"));
            }
            let twice = items
                .iter()
                .enumerate()
                .find(|(index, item)| items[..*index].contains(item));
            match twice.filter(|_| *unique) {
                Some((_, item)) => because(format!("holds {item} twice")),
                None => None,
            }
        }
        _ => None,
    }
}

fn outside<T: PartialOrd + std::fmt::Display>(
    value: T,
    minimum: Option<T>,
    maximum: Option<T>,
) -> Option<String> {
    match (minimum, maximum) {
        (Some(least), _) if value < least => Some(format!("is at least {least}, not {value}")),
        (_, Some(most)) if value > most => Some(format!("is at most {most}, not {value}")),
        _ => None,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// Why a value that did not come from a node, such as a fact, is not of `kind`.
pub fn mismatch(kind: &KnobType, value: &Value) -> Option<String> {
    if let Some(expanded) = kind.expanded() {
        return mismatch(expanded, value);
    }
    let fits = match (kind, value) {
        (KnobType::Any, _) | (KnobType::Boolean, Value::Bool(_)) => true,
        (KnobType::Integer { .. } | KnobType::Port, Value::Number(number)) => number.is_i64(),
        (KnobType::Number { .. }, Value::Number(_)) => true,
        (KnobType::String { .. } | KnobType::Enum(_) | KnobType::Text(_), Value::String(_)) => true,
        (KnobType::List { items, .. }, Value::Array(list)) => {
            return list
                .iter()
                .find_map(|item| mismatch(items, item))
                .or_else(|| refusal(kind, value).map(|refusal| refusal.message));
        }
        (KnobType::Map(values), Value::Object(map)) => {
            return map.values().find_map(|value| mismatch(values, value));
        }
        (KnobType::Object(fields), Value::Object(map)) => {
            return map.iter().find_map(|(name, value)| match fields.get(name) {
                Some(knob) => mismatch(&knob.kind, value),
                None => Some(format!("has `{name}`, which has no place there")),
            });
        }
        _ => false,
    };
    match fits {
        true => refusal(kind, value).map(|refusal| refusal.message),
        false => Some(format!("is {}, not {}", type_of(value), expected(kind))),
    }
}
