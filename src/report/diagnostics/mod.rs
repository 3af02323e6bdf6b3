//! Problems with their places, as compilers show them.

#[cfg(test)]
mod tests;

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde_json::json as value;

use super::line::WIDTH;
use super::style::Style;
use crate::diagnostic::{Diagnostic, Diagnostics, Label, LineColumn, Severity, Span};
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.diagnostics/1";

/// Every problem with its excerpt, one after the other. The caller adds what became of the run.
pub fn text(diagnostics: &Diagnostics, style: Style) -> String {
    let renderer = match style {
        Style::Plain => Renderer::plain(),
        Style::Coloured => Renderer::styled(),
    };
    let renderer = renderer.term_width(WIDTH);
    let rendered = diagnostics.iter().map(|diagnostic| {
        let group = group(diagnostic);
        renderer.render(&[group]) + "\n"
    });
    rendered.collect()
}

fn group(diagnostic: &Diagnostic) -> Group<'_> {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let title = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code.name);
    let mut group = Group::with_title(title);
    let same_file = |a: &Label, b: &Label| a.span.source == b.span.source;
    for (index, labels) in diagnostic.labels.chunk_by(same_file).enumerate() {
        group = group.element(snippet(labels, index == 0));
    }
    if let (true, Some(file)) = (diagnostic.labels.is_empty(), &diagnostic.file) {
        group = group.element(Origin::path(file.as_str()));
    }
    let helps = diagnostic
        .helps
        .iter()
        .map(|help| Level::HELP.message(help.as_str()));
    helps.fold(group, Group::element)
}

/// The labels of one file, on the lines that they are about: a vendored file may have megabytes.
fn snippet(labels: &[Label], first: bool) -> Snippet<'_, Annotation<'_>> {
    let source = &labels[0].span.source;
    let spans: Vec<Range<usize>> = labels.iter().map(|label| within(&label.span)).collect();
    let begin = spans.iter().map(|span| span.start).min().unwrap_or(0);
    let end = spans.iter().map(|span| span.end).max().unwrap_or(0);
    let begin = source.text[..begin]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let end = source.text[end..]
        .find('\n')
        .map_or(source.text.len(), |newline| end + newline);
    let annotations = labels
        .iter()
        .zip(spans)
        .enumerate()
        .map(|(index, (label, span))| {
            let kind = match first && index == 0 {
                true => AnnotationKind::Primary,
                false => AnnotationKind::Context,
            };
            let annotation = kind.span(span.start - begin..span.end - begin);
            annotation.label((!label.text.is_empty()).then_some(label.text.as_str()))
        });
    Snippet::source(&source.text[begin..end])
        .line_start(source.line_column(begin).line)
        .path(source.path.as_str())
        .annotations(annotations)
}

/// The span in bytes that exist, between characters.
fn within(span: &Span) -> Range<usize> {
    let text = &span.source.text;
    let start = text.floor_char_boundary(span.start.min(text.len()));
    let end = text.ceil_char_boundary(span.end.min(text.len()));
    start..end.max(start)
}

/// All problems for machines.
pub fn json(diagnostics: &Diagnostics) -> Value {
    value!({
        "format": FORMAT,
        "errors": diagnostics.errors(),
        "warnings": diagnostics.warnings(),
        "diagnostics": diagnostics.iter().map(diagnostic).collect::<Vec<_>>(),
    })
}

/// One problem, with all its places.
pub(in crate::report) fn diagnostic(diagnostic: &Diagnostic) -> Value {
    let severity = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    value!({
        "severity": severity,
        "code": diagnostic.code.name,
        "message": diagnostic.message,
        "file": diagnostic.path(),
        "labels": diagnostic.labels.iter().map(label).collect::<Vec<_>>(),
        "helps": diagnostic.helps,
    })
}

fn label(label: &Label) -> Value {
    let Span { source, .. } = &label.span;
    let span = within(&label.span);
    value!({
        "file": source.path,
        "start": place(source.line_column(span.start)),
        "end": place(source.line_column(span.end)),
        "text": label.text,
    })
}

fn place(LineColumn { line, column }: LineColumn) -> Value {
    value!({"line": line, "column": column})
}
