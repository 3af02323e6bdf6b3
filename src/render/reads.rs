//! Which knobs the templates of a module read: all of the declared, and no others.

use std::collections::BTreeSet;

use super::expressions;
use super::templates::Templates;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::model::knob::{Fields, KnobType, leaves};
use crate::model::module::Module;

/// Tells every knob that no template reads, and every read of a knob that is not declared.
pub fn unread_and_undeclared(module: &Module, templates: &Templates<'_>) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut reads = BTreeSet::new();
    for name in templates.of_module(&module.name) {
        for read in templates.reads(name) {
            // A template that takes all knobs at once, as `yaml(knobs)` does, reads each.
            if read == "knobs" {
                reads.insert(Vec::new());
            }
            let Some(path) = read.strip_prefix("knobs.") else {
                continue;
            };
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            if !declared(&module.knobs, &path) {
                let message = format!(
                    "the template reads the knob `{}`, which is not declared",
                    path.join(".")
                );
                let known = leaves(&module.knobs, None);
                let known: Vec<String> = known.iter().map(|path| path.join(".")).collect();
                let diagnostic = located(module, name, &read, message)
                    .suggest(&path.join("."), known.iter().map(String::as_str))
                    .help("declare it under `knobs` in module.yaml, or read one that is declared");
                diagnostics.push(diagnostic);
            }
            reads.insert(path);
        }
    }
    for expression in module.expressions() {
        for read in expressions::reads(expression) {
            let Some(path) = read.strip_prefix("knobs.") else {
                continue;
            };
            let path: Vec<String> = path.split('.').map(str::to_owned).collect();
            if !declared(&module.knobs, &path) {
                let message = format!(
                    "the expression reads the knob `{}`, which is not declared",
                    path.join(".")
                );
                let diagnostic = Diagnostic::error(codes::KNOB_UNDECLARED, message);
                diagnostics.push(diagnostic.at(expression.span.clone()));
            }
            reads.insert(path);
        }
    }
    for path in leaves(&module.knobs, None) {
        let read = |read: &Vec<String>| {
            let shorter = read.len().min(path.len());
            read[..shorter] == path[..shorter]
        };
        if !reads.iter().any(read) {
            let message = format!("no template reads the knob `{}`", path.join("."));
            let diagnostic = Diagnostic::error(codes::KNOB_UNREAD, message).help(format!(
                "a template reads it as `knobs.{}`; what nobody reads does not belong there",
                path.join(".")
            ));
            diagnostics.push(module.at_knob(&path, diagnostic));
        }
    }
    diagnostics
}

/// Whether a path leads to a knob, or into one whose inside is free.
fn declared(fields: &Fields, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    match fields.get(first).map(|knob| &knob.kind) {
        None => false,
        Some(KnobType::Object(fields)) => declared(fields, rest),
        Some(_) => true,
    }
}

fn located(module: &Module, template: &str, read: &str, message: String) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::KNOB_UNDECLARED, message);
    let source = module
        .templates
        .iter()
        .find(|source| source.path == template);
    let at = source.and_then(|source| Some((source, source.text.find(read)?)));
    match at {
        Some((source, start)) => diagnostic.at(Span::new(source, start, start + read.len())),
        None => diagnostic.file(template),
    }
}
