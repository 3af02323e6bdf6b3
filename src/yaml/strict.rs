//! The strict reading, for files that people edit: a plain scalar is taken for what it says only
//! where all readers of YAML agree.
//!
//! "All readers" are YAML 1.1 (its type repository, and PyYAML) and the core schema of YAML 1.2.

use super::node::{Scalar, Style, Tag};
use super::parse::Document;
use super::readings::{Reading, core, legacy};
use super::{Map, Node, NodeKind, Value};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};

/// What a scalar means beyond doubt.
#[derive(Debug, Clone, PartialEq)]
pub enum Strict {
    Null,
    Bool(bool),
    Integer(i64),
    /// Never infinite.
    Float(f64),
    Text(String),
}

/// A plain scalar that can be taken for more than one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ambiguous {
    /// What YAML 1.1 reads, as a phrase: `the boolean true`.
    pub reading_1_1: String,
    /// What YAML 1.2 reads.
    pub reading_1_2: String,
    /// How to write each meaning, as phrases: `` `"on"` for the text ``.
    pub write: Vec<String>,
}

/// Reads a scalar; a quoted one is always text.
pub fn strict(scalar: &Scalar) -> Result<Strict, Ambiguous> {
    let text = scalar.text.as_str();
    match (scalar.style, scalar.tag) {
        (_, Some(Tag::Str)) => return Ok(Strict::Text(text.to_owned())),
        (Style::Plain, _) | (_, Some(_)) => {}
        _ => return Ok(Strict::Text(text.to_owned())),
    }
    let (old, new) = (legacy(text), core(text));
    match (&old, &new) {
        _ if old != new => Err(ambiguous(text, &old, &new)),
        (Reading::Null, _) => Ok(Strict::Null),
        (Reading::Bool(value), _) => Ok(Strict::Bool(*value)),
        (Reading::Integer(value), _) => Ok(Strict::Integer(*value)),
        (Reading::Float(value), _) if value.is_finite() && !loses_zeros(text) => {
            Ok(Strict::Float(*value))
        }
        (Reading::Text, _) => Ok(Strict::Text(text.to_owned())),
        _ => Err(ambiguous(text, &old, &new)),
    }
}

/// `1.30` is the number 1.3, and most likely meant as a version. `1.0` is a way to write a number.
fn loses_zeros(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or(text);
    let fraction = mantissa
        .split_once('.')
        .map_or("", |(_, fraction)| fraction);
    fraction.len() > 1 && fraction.ends_with('0')
}

fn ambiguous(text: &str, old: &Reading, new: &Reading) -> Ambiguous {
    let mut write = vec![format!("`\"{text}\"` for the text")];
    for reading in [old, new] {
        let phrase = reading
            .plain()
            .map(|plain| format!("`{plain}` for {reading}"));
        write.extend(phrase.filter(|phrase| !write.contains(phrase)));
    }
    Ambiguous {
        reading_1_1: old.to_string(),
        reading_1_2: new.to_string(),
        write,
    }
}

impl Ambiguous {
    /// Says what the readings are and how to write each.
    pub fn message(&self, text: &str) -> String {
        match self.reading_1_1 == self.reading_1_2 {
            true => format!(
                "`{text}` is {}, which may not be what it says",
                self.reading_1_1
            ),
            false => format!(
                "`{text}` is {} in YAML 1.1 and {} in YAML 1.2",
                self.reading_1_1, self.reading_1_2
            ),
        }
    }

    /// The error to report for the scalar `node`.
    pub fn diagnostic(&self, document: &Document, node: &Node) -> Diagnostic {
        let span = document.span(node);
        let message = self.message(span.text());
        Diagnostic::error(codes::YAML_AMBIGUOUS, message)
            .at(span)
            .help(format!("write {}", self.write.join(", or ")))
    }
}

/// Reads a value of free form strictly; what is ambiguous becomes a problem, and null in its place.
pub fn strict_value(document: &Document, node: &Node, problems: &mut Diagnostics) -> Value {
    match &node.kind {
        NodeKind::Scalar(scalar) => match strict(scalar) {
            Ok(Strict::Null) => Value::Null,
            Ok(Strict::Bool(value)) => value.into(),
            Ok(Strict::Integer(value)) => value.into(),
            Ok(Strict::Float(value)) => value.into(),
            Ok(Strict::Text(text)) => text.into(),
            Err(ambiguous) => {
                problems.push(ambiguous.diagnostic(document, node));
                Value::Null
            }
        },
        NodeKind::Sequence(items) => {
            let value = |item| strict_value(document, item, problems);
            Value::Array(items.iter().map(value).collect())
        }
        NodeKind::Mapping(entries) => {
            let mut map = Map::new();
            for entry in entries {
                let key = strict_key(document, &entry.key, problems);
                map.insert(key, strict_value(document, &entry.value, problems));
            }
            Value::Object(map)
        }
    }
}

/// A key must be text beyond doubt, too: `on:` is the key `true` to `kubectl`.
fn strict_key(document: &Document, key: &Node, problems: &mut Diagnostics) -> String {
    let scalar = key.as_scalar().expect("keys are scalars");
    match strict(scalar) {
        Ok(Strict::Text(text)) => text,
        Ok(_) => {
            let message = format!(
                "the key `{}` is {}, not text",
                scalar.text,
                scalar.type_name()
            );
            let problem = Diagnostic::error(codes::YAML_AMBIGUOUS, message);
            problems.push(
                problem
                    .at(document.span(key))
                    .help(format!("write `\"{}\"`", scalar.text)),
            );
            scalar.text.clone()
        }
        Err(ambiguous) => {
            problems.push(ambiguous.diagnostic(document, key));
            scalar.text.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Strict, strict, strict_value};
    use crate::diagnostic::{Diagnostics, Source};
    use crate::yaml::parse_one;

    fn read(text: &str) -> Result<Strict, super::Ambiguous> {
        let source = Source::new("a.yaml", format!("a: {text}\n"));
        let document = parse_one(&source).unwrap();
        strict(document.root.get("a").unwrap().as_scalar().unwrap())
    }

    #[test]
    fn takes_what_all_readers_agree_about() {
        assert_eq!(read("true"), Ok(Strict::Bool(true)));
        assert_eq!(read("12"), Ok(Strict::Integer(12)));
        assert_eq!(read("-0x1f"), Err(read("-0x1f").unwrap_err()));
        assert_eq!(read("0x1f"), Ok(Strict::Integer(31)));
        assert_eq!(read("1.5"), Ok(Strict::Float(1.5)));
        assert_eq!(read("1.0"), Ok(Strict::Float(1.0)));
        assert_eq!(read(""), Ok(Strict::Null));
        assert_eq!(read("~"), Ok(Strict::Null));
        assert_eq!(
            read("10.0.0.0/16"),
            Ok(Strict::Text("10.0.0.0/16".to_owned()))
        );
        assert_eq!(read("v1.30"), Ok(Strict::Text("v1.30".to_owned())));
        assert_eq!(read("1.30.2"), Ok(Strict::Text("1.30.2".to_owned())));
        assert_eq!(read("\"on\""), Ok(Strict::Text("on".to_owned())));
        assert_eq!(read("!!str on"), Ok(Strict::Text("on".to_owned())));
    }

    #[test]
    fn refuses_what_they_do_not() {
        for text in [
            "on",
            "yes",
            "N",
            "y",
            "0644",
            "08",
            "0o644",
            "0b11",
            "1_000",
            "1e3",
            "1.30",
            "0.50",
            "12:30",
            "2020-01-01",
            "=",
            "<<",
            ".inf",
            ".nan",
            "18446744073709551616",
            "1.5e3",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn tells_how_to_write_each_meaning() {
        let error = read("0644").unwrap_err();
        assert_eq!(
            error.message("0644"),
            "`0644` is the number 420 in YAML 1.1 and the number 644 in YAML 1.2"
        );
        assert_eq!(
            error.write,
            [
                "`\"0644\"` for the text",
                "`420` for the number 420",
                "`644` for the number 644"
            ]
        );
        let error = read("on").unwrap_err();
        assert_eq!(
            error.write,
            ["`\"on\"` for the text", "`true` for the boolean true"]
        );
        let error = read("1.30").unwrap_err();
        assert_eq!(
            error.write,
            ["`\"1.30\"` for the text", "`1.3` for the number 1.3"]
        );
    }

    #[test]
    fn all_ambiguous_scalars_of_a_value_are_reported() {
        let source = Source::new("a.yaml", "a: [on, 1]\nb: {off: 1.30}\n1: x\n");
        let document = parse_one(&source).unwrap();
        let mut problems = Diagnostics::default();
        strict_value(&document, &document.root, &mut problems);
        let spans: Vec<_> = problems
            .iter()
            .map(|problem| problem.labels[0].span.text())
            .collect();
        assert_eq!(spans, ["on", "off", "1.30", "1"]);
    }
}
