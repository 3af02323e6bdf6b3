//! Plain manifests of a user's own, of the folder `objects/` of an environment or a layer.

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::model::own_object::OwnObject;
use crate::model::tree::FileTree;
use crate::object::Object;
use crate::yaml::{self, Value};

/// How the names of files with manifests end; JSON is YAML, too.
const ENDINGS: [&str; 3] = [".yaml", ".yml", ".json"];

/// The objects of one file, read as `kubectl` reads it: a stream of documents, lists unfolded.
pub fn read(tree: &FileTree, path: &str, diagnostics: &mut Diagnostics) -> Vec<OwnObject> {
    if file::is_note(path.rsplit('/').next().unwrap_or_default()) {
        return Vec::new();
    }
    if !ENDINGS.iter().any(|ending| path.ends_with(ending)) {
        let message = format!("`{path}` is no manifest");
        let diagnostic = Diagnostic::error(codes::FILE_UNKNOWN, message).file(path);
        diagnostics.push(diagnostic.help(format!(
            "`objects/` holds files that end with {}",
            ENDINGS.join(", ")
        )));
        return Vec::new();
    }
    let Some(source) = file::source(tree, path, diagnostics) else {
        return Vec::new();
    };
    match yaml::kubernetes_stream(&source) {
        Ok(documents) if documents.is_empty() => {
            let message = format!("`{path}` holds no object");
            let diagnostic = Diagnostic::error(codes::OBJECT_INVALID, message).file(path);
            diagnostics.push(diagnostic.help("write one into it, or remove the file"));
            Vec::new()
        }
        Ok(documents) => documents
            .into_iter()
            .filter_map(|(value, span)| object(value, span, diagnostics))
            .collect(),
        Err(problems) => {
            let problems = problems.into_iter();
            let helped = problems.map(|problem| file::help_with_syntax(problem, &source.text));
            diagnostics.extend(helped.collect());
            Vec::new()
        }
    }
}

fn object(value: Value, span: Span, diagnostics: &mut Diagnostics) -> Option<OwnObject> {
    let refuse =
        |message: String| Diagnostic::error(codes::OBJECT_INVALID, message).at(span.opening());
    match Object::new(value) {
        Ok(object) => {
            for (field, key, value) in object.entries_not_text() {
                let message = format!(
                    "the value of `metadata.{field}` `{key}` is {value}, which is not text"
                );
                diagnostics
                    .push(refuse(message).help(format!("write it in quotes: `\"{value}\"`")));
            }
            Some(OwnObject {
                object: object.into(),
                span,
            })
        }
        Err(error) => {
            diagnostics.push(refuse(format!("this is no Kubernetes object: {error}")).help(
                "every document in `objects/` is an object with `apiVersion`, `kind` and `metadata.name`",
            ));
            None
        }
    }
}
