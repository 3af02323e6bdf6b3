//! One file: its text, its YAML, its typed value.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Source, codes};
use crate::model::knob::read::{Reader, Subject};
use crate::model::knob::{Fields, fill, missing};
use crate::model::tree::{FileContent, FileTree};
use crate::yaml::{self, Document, Value};

/// The text at `path`; None when it is not there or not text, which is then told. What is no file is told
/// elsewhere, once for the whole tree.
pub fn source(tree: &FileTree, path: &str, diagnostics: &mut Diagnostics) -> Option<Arc<Source>> {
    match tree.files.get(path)? {
        FileContent::Bytes(bytes) => match yaml::decode(path, bytes.to_vec()) {
            Ok(source) => Some(source),
            Err(diagnostic) => {
                diagnostics.push(diagnostic);
                None
            }
        },
        FileContent::TooLarge(size) => {
            let message = format!("`{path}` is too large: {size} bytes");
            let diagnostic = Diagnostic::error(codes::YAML_LIMIT, message).file(path);
            diagnostics
                .push(diagnostic.help(
                    "at most 8 MiB are read, and no knob file is so long: move it elsewhere",
                ));
            None
        }
        FileContent::Link | FileContent::Other | FileContent::Unreadable(_) => None,
    }
}

/// What people write for people, which no folder refuses.
pub fn is_note(within: &str) -> bool {
    within == "README.md"
}

/// Lines that git leaves where two branches changed the same.
fn has_conflict_markers(text: &str) -> bool {
    text.lines().any(|line| line.starts_with("<<<<<<< "))
}

/// What to look for where a file is not YAML.
pub fn help_with_syntax(problem: Diagnostic, text: &str) -> Diagnostic {
    if problem.code != codes::YAML_SYNTAX || !problem.helps.is_empty() {
        return problem;
    }
    problem.help(match () {
        () if has_conflict_markers(text) => CONFLICT_MARKERS,
        () if text.contains("\n\t") => "indent with spaces: YAML takes no tabs",
        () => "the mistake is here or just before: look for a quote, a bracket, a colon with a space after it, or the indentation",
    })
}

pub const CONFLICT_MARKERS: &str =
    "the file holds conflict markers of git: keep one of the two sides";

/// The one YAML document at `path`.
pub fn document(tree: &FileTree, path: &str, diagnostics: &mut Diagnostics) -> Option<Document> {
    parsed(&source(tree, path, diagnostics)?, diagnostics)
}

/// The one YAML document of a text.
pub fn parsed(source: &Arc<Source>, diagnostics: &mut Diagnostics) -> Option<Document> {
    match yaml::parse_one(source) {
        Ok(document) => Some(document),
        Err(problems) => {
            let problems = problems.into_iter();
            let helped = problems.map(|problem| help_with_syntax(problem, &source.text));
            diagnostics.extend(helped.collect());
            None
        }
    }
}

/// The value of a file whose shape is fixed, defaults filled in; None when something was wrong.
pub fn typed(document: &Document, fields: &Fields, diagnostics: &mut Diagnostics) -> Option<Value> {
    let before = diagnostics.errors();
    let path = document.source.path.clone();
    let mut reader = Reader {
        document,
        subject: Subject {
            name: &path,
            word: "key",
            help: "`kops-stack schema` writes the schemas of all files",
        },
        facts: None,
        diagnostics,
    };
    let read = reader.root(fields);
    let filled = fill(
        &crate::model::knob::KnobType::Object(fields.clone()),
        Some(&read),
    );
    for path in missing(fields, &filled) {
        let message = format!("{} lacks `{}`", document.source.path, path.join("."));
        // A value that is there but wrong has been told already.
        let segments: Vec<yaml::Segment> =
            path.iter().map(|p| yaml::Segment::Key(p.clone())).collect();
        if document.span_of(&segments).is_none() {
            let parent = document.key_span_of(&segments[..segments.len() - 1]);
            let diagnostic = Diagnostic::error(codes::KNOB_MISSING, message);
            diagnostics.push(match parent {
                Some(span) => diagnostic.at(span),
                None => diagnostic.file(&document.source.path),
            });
        }
    }
    (diagnostics.errors() == before).then_some(filled)
}
