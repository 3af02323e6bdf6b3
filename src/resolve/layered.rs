//! Values from several files, from weak to strong, and who set what.

use crate::diagnostic::{Diagnostic, Diagnostics, Span, codes};
use crate::model::knob::read::{Facts, Reader, Subject};
use crate::model::knob::{Fields, KnobType, fill_fields, missing, overlay};
use crate::model::resolved::{Origin, Provenance, Setting};
use crate::yaml::{Document, Map, Segment, Value};

/// Collects layers of the same fields.
pub struct Layered<'a> {
    fields: &'a Fields,
    facts: &'a Facts,
    set: Value,
    /// What was laid over what, from weak to strong, with the place within each file.
    documents: Vec<(&'a Document, Vec<Segment>)>,
    pub provenance: Provenance,
}

impl<'a> Layered<'a> {
    pub fn new(fields: &'a Fields, facts: &'a Facts) -> Self {
        Self {
            fields,
            facts,
            set: Value::Object(Map::new()),
            documents: Vec::new(),
            provenance: Provenance::default(),
        }
    }

    /// Lays the values of a file over what is there.
    pub fn file(
        &mut self,
        document: &'a Document,
        origin: Origin,
        subject: Subject<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        self.documents.push((document, Vec::new()));
        let mut reader = Reader {
            document,
            subject,
            facts: Some(self.facts),
            diagnostics,
        };
        let read = reader.root(self.fields);
        self.values(&read, &origin, |path| span_of(document, path));
    }

    /// Lays the values at `within` of a file over what is there.
    pub fn part(
        &mut self,
        document: &'a Document,
        within: &[&str],
        origin: Origin,
        subject: Subject<'_>,
        diagnostics: &mut Diagnostics,
    ) {
        let node = within
            .iter()
            .try_fold(&document.root, |node, key| node.get(key));
        let Some(node) = node else { return };
        let keys = within.iter().map(|key| Segment::Key((*key).to_owned()));
        self.documents.push((document, keys.collect()));
        let mut reader = Reader {
            document,
            subject,
            facts: None,
            diagnostics,
        };
        let kind = KnobType::Object(self.fields.clone());
        let Some(read) = reader.value(node, &kind, &mut Vec::new()) else {
            return;
        };
        self.values(&read, &origin, |path| {
            let whole: Vec<String> = within
                .iter()
                .map(|key| (*key).to_owned())
                .chain(path.iter().cloned())
                .collect();
            span_of(document, &whole)
        });
    }

    fn values(&mut self, read: &Value, origin: &Origin, span: impl Fn(&[String]) -> Option<Span>) {
        record(read, &mut Vec::new(), &mut |path, value| {
            let setting = Setting {
                origin: origin.clone(),
                value: value.clone(),
                span: span(path),
            };
            self.provenance
                .0
                .entry(path.to_vec())
                .or_default()
                .push(setting);
        });
        overlay(&mut self.set, read);
    }

    /// The values with all defaults; tells what is required and was not set. `at` is pointed to
    /// where nothing better is known.
    pub fn finish(
        self,
        what: &str,
        at: Option<Span>,
        diagnostics: &mut Diagnostics,
    ) -> (Value, Provenance) {
        let value = fill_fields(self.fields, Some(&self.set));
        for path in missing(self.fields, &value) {
            let (written, parent) = self.place(&path);
            // A value that is there and wrong has been told already.
            if written {
                continue;
            }
            let message = format!("{what} needs a value for `{}`", self.shown(&path));
            let diagnostic = Diagnostic::error(codes::KNOB_MISSING, message);
            diagnostics.push(match parent.or_else(|| at.clone()) {
                Some(span) => diagnostic.at(span),
                None => diagnostic,
            });
        }
        (value, self.provenance)
    }

    /// Whether some file has a value at `path`, and where the nearest mapping around it stands.
    fn place(&self, path: &[String]) -> (bool, Option<Span>) {
        let written = self.documents.iter().any(|(document, within)| {
            let node = document.node_at(&segments(document, within, path));
            node.is_some_and(|node| node.type_name() != "nothing")
        });
        let parents = (1..=path.len()).rev().flat_map(|length| {
            let documents = self.documents.iter().rev();
            documents.filter_map(move |(document, within)| {
                let whole = segments(document, within, &path[..length]);
                match whole.last()? {
                    Segment::Key(_) => document.key_span_of(&whole),
                    Segment::Index(_) => document.span_of(&whole).map(first_line),
                }
            })
        });
        (written, { parents }.next())
    }

    /// A path as people write it: `ignore[1].reason`.
    fn shown(&self, path: &[String]) -> String {
        let is_item = |length: usize| {
            self.documents.iter().any(|(document, within)| {
                let whole = segments(document, within, &path[..length]);
                matches!(whole.last(), Some(Segment::Index(_)))
            })
        };
        let parts = path.iter().enumerate();
        let parts = parts.map(|(index, part)| match (index, is_item(index + 1)) {
            (_, true) => format!("[{part}]"),
            (0, _) => part.clone(),
            _ => format!(".{part}"),
        });
        parts.collect()
    }
}

/// The path within a document, below `within`; a number is an index where a list stands.
fn segments(document: &Document, within: &[Segment], path: &[String]) -> Vec<Segment> {
    let mut segments = within.to_vec();
    for part in path {
        let node = document.node_at(&segments);
        let in_list = node.is_some_and(|node| node.as_sequence().is_some());
        segments.push(match part.parse() {
            Ok(index) if in_list => Segment::Index(index),
            _ => Segment::Key(part.clone()),
        });
    }
    segments
}

fn first_line(span: Span) -> Span {
    let length = span.text().find('\n').unwrap_or(span.end - span.start);
    Span::new(&span.source, span.start, span.start + length)
}

/// Visits the leaves: whatever is not a mapping with something in it.
fn record(value: &Value, path: &mut Vec<String>, visit: &mut impl FnMut(&[String], &Value)) {
    match value {
        Value::Object(map) if !map.is_empty() || path.is_empty() => {
            for (key, value) in map {
                path.push(key.clone());
                record(value, path, visit);
                path.pop();
            }
        }
        leaf => visit(path, leaf),
    }
}

fn span_of(document: &Document, path: &[String]) -> Option<Span> {
    let segments: Vec<Segment> = path.iter().map(|key| Segment::Key(key.clone())).collect();
    document.key_span_of(&segments)
}
