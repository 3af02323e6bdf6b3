//! What is said of a value that a reader does not take, at its place.

use super::fits::{expected, refusal};
use super::kind::{Fields, KnobType};
use super::read::{Reader, Subject};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::yaml::{Node, Scalar, Value};

impl Reader<'_> {
    pub(super) fn unknown(&mut self, key: &Node, fields: &Fields, path: &[String]) {
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

    pub(super) fn wrong_type(&mut self, node: &Node, expected: &str, path: &[String]) {
        let message = format!(
            "{} takes {expected}, not {}",
            self.knob(path),
            node.type_name()
        );
        let diagnostic = Diagnostic::error(codes::KNOB_TYPE, message).at(self.span(node));
        self.diagnostics.push(diagnostic);
    }

    pub(super) fn unquoted(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        kind: &KnobType,
        path: &[String],
    ) {
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

    pub(super) fn ambiguous(
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

    pub(super) fn secret_value(&mut self, node: &Node, path: &[String]) -> Option<Value> {
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

    pub(super) fn knob(&self, path: &[String]) -> String {
        match path {
            [] => self.subject.name.to_owned(),
            _ => format!("`{}`", joined(path)),
        }
    }

    pub(super) fn span(&self, node: &Node) -> Span {
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
