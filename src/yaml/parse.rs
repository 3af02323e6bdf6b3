//! Text to nodes with spans: what knob files are read as.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::builder::{Builder, Written};
use super::compose::Composer;
use super::events::Events;
use super::node::{Entry, Node, NodeKind, Scalar, Style};
use super::source::check_characters;
use super::stream::split;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};

/// One document of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub source: Arc<Source>,
    pub root: Node,
}

/// A step from a value to one inside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    Key(String),
    Index(usize),
}

/// Reads all documents of a stream; those that hold nothing but comments are left out.
pub fn parse_stream(source: &Arc<Source>) -> Result<Vec<Document>, Diagnostics> {
    let mut builder = NodeBuilder {
        source,
        problems: Diagnostics::default(),
    };
    let roots = compose_stream(source, &mut builder, |builder| &mut builder.problems);
    if builder.problems.has_errors() {
        return Err(builder.problems);
    }
    let document = |(root, _)| Document {
        source: Arc::clone(source),
        root,
    };
    Ok(roots.into_iter().map(document).collect())
}

/// Reads a file that holds one document; an empty one is an empty mapping.
pub fn parse_one(source: &Arc<Source>) -> Result<Document, Diagnostics> {
    let mut documents = parse_stream(source)?;
    if let Some(second) = documents.get(1) {
        let message = "the file holds several documents, where one is read";
        let problem = Diagnostic::error(codes::YAML_UNSUPPORTED, message);
        return Err(problem.at(second.span(&second.root)).into());
    }
    Ok(documents.pop().unwrap_or_else(|| Document {
        source: Arc::clone(source),
        root: Node {
            span: 0..0,
            kind: NodeKind::Mapping(Vec::new()),
        },
    }))
}

/// Composes every document, going on after one that is broken, so that all problems are found.
pub(super) fn compose_stream<B: Builder>(
    source: &Arc<Source>,
    builder: &mut B,
    problems: impl Fn(&mut B) -> &mut Diagnostics,
) -> Vec<(B::Node, Range<usize>)> {
    let documents = check_characters(source).and_then(|()| split(source));
    let documents = documents.unwrap_or_else(|problem| {
        problems(builder).push(problem);
        Vec::new()
    });
    let text = with_line_feed(&source.text);
    let mut roots = Vec::new();
    for document in documents {
        let start = document.start;
        let end = if document.end == source.text.len() {
            text.len()
        } else {
            document.end
        };
        let events = Events::new(source, &text[start..end], start);
        match Composer::new(events, builder).document() {
            Ok(root) => roots.extend(root),
            Err(problem) => problems(builder).push(problem),
        }
    }
    roots
}

/// The text with a line feed at its end, where kubectl adds one; it matters to a block scalar there.
fn with_line_feed(text: &str) -> Cow<'_, str> {
    match text.ends_with('\n') {
        true => text.into(),
        false => format!("{text}\n").into(),
    }
}

impl Document {
    /// Where a message about `node` points: a scalar, or the first line of a collection.
    pub fn span(&self, node: &Node) -> Span {
        let mut end = node.span.end;
        if node
            .as_scalar()
            .is_none_or(|scalar| matches!(scalar.style, Style::Literal | Style::Folded))
        {
            let text = &self.source.text[node.span.clone()];
            let line = text.find(['\n', '\r']).unwrap_or(text.len());
            end = node.span.start + text[..line].trim_end().len();
        }
        Span::new(&self.source, node.span.start, end)
    }

    /// Where the value at `path` stands.
    pub fn span_of(&self, path: &[Segment]) -> Option<Span> {
        Some(self.span(self.node_at(path)?))
    }

    /// Where the key of the value at `path` stands; nothing for an element of a list.
    pub fn key_span_of(&self, path: &[Segment]) -> Option<Span> {
        let (Segment::Key(key), parent) = path.split_last()? else {
            return None;
        };
        let entry = self.node_at(parent)?.entry(key)?;
        Some(self.span(&entry.key))
    }

    pub fn node_at(&self, path: &[Segment]) -> Option<&Node> {
        path.iter()
            .try_fold(&self.root, |node, segment| match segment {
                Segment::Key(key) => node.get(key),
                Segment::Index(index) => node.as_sequence()?.get(*index),
            })
    }
}

struct NodeBuilder<'s> {
    source: &'s Arc<Source>,
    problems: Diagnostics,
}

impl Builder for NodeBuilder<'_> {
    type Node = Node;
    type Mapping = Vec<Entry>;

    fn scalar(&mut self, scalar: Written<'_>) -> Node {
        Node {
            span: scalar.span,
            kind: NodeKind::Scalar(Scalar {
                text: scalar.text.into_owned(),
                style: scalar.style,
                tag: scalar.tag,
            }),
        }
    }

    fn sequence(&mut self, items: Vec<Node>, span: Range<usize>) -> Node {
        Node {
            span,
            kind: NodeKind::Sequence(items),
        }
    }

    fn entry(&mut self, mapping: &mut Vec<Entry>, key: Written<'_>, value: Node) {
        let key = self.scalar(key);
        mapping.push(Entry { key, value });
    }

    fn mapping(&mut self, mapping: Vec<Entry>, span: Range<usize>) -> Node {
        let mut entries: Vec<&Entry> = mapping.iter().collect();
        entries.sort_by_key(|entry| entry.name());
        for pair in entries
            .windows(2)
            .filter(|pair| pair[0].name() == pair[1].name())
        {
            let (first, second) = (pair[0].key.span.clone(), pair[1].key.span.clone());
            let problem = duplicate_key(self.source, pair[0].name(), first, second);
            self.problems.push(problem);
        }
        Node {
            span,
            kind: NodeKind::Mapping(mapping),
        }
    }

    fn alias(&mut self, node: Node, span: Range<usize>) -> Node {
        Node { span, ..node }
    }
}

pub(super) fn duplicate_key(
    source: &Arc<Source>,
    name: &str,
    first: Range<usize>,
    second: Range<usize>,
) -> Diagnostic {
    Diagnostic::error(
        codes::YAML_DUPLICATE_KEY,
        format!("the key `{name}` stands twice"),
    )
    .label(Span::new(source, second.start, second.end), "again here")
    .label(Span::new(source, first.start, first.end), "first here")
    .help("remove one of the two")
}
