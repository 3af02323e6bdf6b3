//! From problems of fields to findings in files.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::Facts;
use super::problem::{About, Problem};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::model::finding::Finding;
use crate::object::{Path, Segment};
use crate::yaml::{self, Document, Value};

/// Gives each problem its places; the findings stand by file and line, each once.
pub fn findings(facts: &Facts<'_>, problems: Vec<Problem>) -> Vec<Finding> {
    let mut files = Files {
        facts,
        documents: HashMap::new(),
    };
    let found = problems.into_iter().map(|problem| files.finding(problem));
    sorted(found.collect())
}

/// By file and place, each once, so that the same input gives the same output.
pub fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_cached_key(|Finding { diagnostic, .. }| {
        let start = diagnostic
            .labels
            .first()
            .map_or(0, |label| label.span.start);
        let path = diagnostic.path().unwrap_or_default().to_owned();
        (
            path,
            start,
            diagnostic.code.name,
            diagnostic.message.clone(),
        )
    });
    findings.dedup();
    findings
}

/// The files that something was found in, parsed when the first place is asked for.
struct Files<'f, 'r> {
    facts: &'f Facts<'r>,
    documents: HashMap<usize, File>,
}

struct File {
    source: Arc<Source>,
    document: Option<Document>,
}

impl Files<'_, '_> {
    fn finding(&mut self, problem: Problem) -> Finding {
        let mut hides_line = problem.hides_line;
        let (subject, labels) = match problem.about {
            About::Field(node, path, others) => {
                // Whatever is wrong with a Secret, none of its lines is repeated.
                hides_line |= self.facts.objects[node].is("", "Secret");
                let mut labels = vec![(self.span(node, &path), path.to_string())];
                // Manifests are not edited: where a knob has the value, that is the place to act.
                if let Some(span) = self.knob(node, &path) {
                    labels.insert(0, (span, "set here".to_owned()));
                }
                let others = others.into_iter();
                labels.extend(others.map(|(node, words)| (self.span(node, &Path::root()), words)));
                (self.facts.objects[node].identity.to_string(), labels)
            }
            About::Knob { subject, spans } => (subject, spans),
        };
        let diagnostic = Diagnostic {
            severity: problem.severity,
            ..Diagnostic::error(problem.code, format!("{subject} {}", problem.message))
        };
        let diagnostic = labels
            .into_iter()
            .fold(diagnostic, |diagnostic, (span, words)| {
                diagnostic.label(span, words)
            });
        let diagnostic = problem.helps.into_iter().fold(diagnostic, Diagnostic::help);
        let diagnostic = match hides_line {
            true => diagnostic.hiding_lines(),
            false => diagnostic,
        };
        Finding {
            diagnostic,
            subject,
        }
    }

    /// Where a knob file sets the value of the field, if that is beyond doubt; for a manifest of the
    /// user's own, where that stands.
    fn knob(&self, node: usize, path: &Path) -> Option<Span> {
        let fact = &self.facts.objects[node];
        if let Some(document) = self.facts.checking.own.get(&fact.identity) {
            return Some(first_line(document.clone()));
        }
        let key = path
            .segments()
            .iter()
            .rev()
            .find_map(|segment| match segment {
                Segment::Key(key) => Some(key.as_str()),
                _ => None,
            })?;
        let value = path.get(fact.value())?;
        let scalar = !(value.is_object() || value.is_array() || value.is_null());
        self.facts
            .of_component(fact)
            .filter(|_| scalar)?
            .set_at(key, value)
    }

    /// The key of the field, or of the nearest one around it that is there.
    fn span(&mut self, node: usize, path: &Path) -> Span {
        let facts = self.facts;
        let file = self
            .documents
            .entry(node)
            .or_insert_with(|| file(facts, node));
        let segments = segments(path, facts.objects[node].object.value());
        let known = |length: usize| {
            let document = file.document.as_ref()?;
            let within = &segments[..length];
            let span = match within.last()? {
                yaml::Segment::Index(_) => document.span_of(within)?,
                yaml::Segment::Key(_) => document.key_span_of(within)?,
            };
            Some(first_line(span))
        };
        let nearest = (1..=segments.len()).rev().find_map(known);
        nearest.unwrap_or_else(|| whole(&file.source))
    }
}

fn file(facts: &Facts<'_>, node: usize) -> File {
    let fact = &facts.objects[node];
    let source = Source::new(facts.path(fact), fact.text.as_str());
    let document = yaml::parse_one(&source).ok();
    File { source, document }
}

/// The path as the file has it, as far as the object has it.
fn segments(path: &Path, root: &Value) -> Vec<yaml::Segment> {
    let mut found = Vec::new();
    let mut value = root;
    for segment in path.segments() {
        let step: Path = std::iter::once(segment.clone()).collect();
        let Some(inner) = step.get(value) else { break };
        found.push(match segment {
            Segment::Key(key) => yaml::Segment::Key(key.clone()),
            _ => match position(value, inner) {
                Some(index) => yaml::Segment::Index(index),
                None => break,
            },
        });
        value = inner;
    }
    found
}

fn position(list: &Value, item: &Value) -> Option<usize> {
    list.as_array()?
        .iter()
        .position(|other| std::ptr::eq(other, item))
}

/// The first line of an item: what stands in it is said by the label.
fn first_line(span: Span) -> Span {
    let length = span.text().find('\n').unwrap_or(span.end - span.start);
    Span::new(&span.source, span.start, span.start + length)
}

/// A file as a whole is pointed at by the line that says its kind.
fn whole(source: &Arc<Source>) -> Span {
    let text = &source.text;
    let start = text
        .find("kind:")
        .filter(|at| *at == 0 || text[..*at].ends_with('\n'));
    let start = start.unwrap_or(0);
    let end = text[start..]
        .find('\n')
        .map_or(text.len(), |end| start + end);
    Span::new(source, start, end)
}
