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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Document, Segment, parse_one, parse_stream};
    use crate::diagnostic::{Diagnostics, Source};
    use crate::yaml::Node;

    fn one(text: &str) -> Document {
        parse_one(&Source::new("a.yaml", text)).unwrap_or_else(|problems| panic!("{problems:#?}"))
    }

    fn problems(text: &str) -> Diagnostics {
        parse_stream(&Source::new("a.yaml", text)).unwrap_err()
    }

    /// Code and text of every problem's first label.
    fn codes(text: &str) -> Vec<(&'static str, String)> {
        let place =
            |problem: &crate::diagnostic::Diagnostic| problem.labels[0].span.text().to_owned();
        problems(text)
            .iter()
            .map(|problem| (problem.code.name, place(problem)))
            .collect()
    }

    fn at<'t>(document: &Document, text: &'t str, path: &[&str]) -> &'t str {
        let node = path
            .iter()
            .fold(&document.root, |node, part| match part.parse::<usize>() {
                Ok(index) => &node.as_sequence().unwrap()[index],
                Err(_) => node.get(part).unwrap(),
            });
        &text[node.span.clone()]
    }

    #[test]
    fn spans_count_bytes_and_cover_what_was_written() {
        let text = "é: 'ü' # c\r\nlist:\r\n- a b \r\n- {x: \"y\", z: [1]} # c\r\nblock: | # c\r\n  é\r\n\r\nlast: !!str 12\r\n";
        let document = one(text);
        assert_eq!(at(&document, text, &["é"]), "'ü'");
        assert_eq!(
            at(&document, text, &["list"]),
            "- a b \r\n- {x: \"y\", z: [1]}"
        );
        assert_eq!(at(&document, text, &["list", "0"]), "a b");
        assert_eq!(at(&document, text, &["list", "1", "x"]), "\"y\"");
        assert_eq!(at(&document, text, &["list", "1", "z"]), "[1]");
        assert_eq!(at(&document, text, &["block"]), "| # c\r\n  é");
        assert_eq!(at(&document, text, &["last"]), "12");
    }

    #[test]
    fn collections_are_shown_by_their_first_line() {
        let document = one("a:\n  b: 1\n  c: 2\nd:\n- 1\n- 2\n");
        let [a, b, d] = ["a", "b", "d"].map(|key| Segment::Key(key.to_owned()));
        assert_eq!(
            document.span_of(std::slice::from_ref(&a)).unwrap().text(),
            "b: 1"
        );
        assert_eq!(
            document.span_of(std::slice::from_ref(&d)).unwrap().text(),
            "- 1"
        );
        assert_eq!(
            document.span_of(&[d, Segment::Index(1)]).unwrap().text(),
            "2"
        );
        assert_eq!(
            document.key_span_of(&[a.clone(), b]).unwrap().to_string(),
            "a.yaml:2:3"
        );
        assert!(document.span_of(&[a, Segment::Index(0)]).is_none());
    }

    #[test]
    fn empty_documents_are_left_out() {
        let source = Source::new("a.yaml", "# only\n---# c\n---\na: 1\n--- # c\nb: 2\n...\n");
        assert_eq!(parse_stream(&source).unwrap().len(), 2);
        assert_eq!(
            one("# nothing\n").root.as_mapping().map(<[_]>::len),
            Some(0)
        );
        assert!(parse_one(&source).is_err());
    }

    #[test]
    fn duplicate_keys_are_refused_wherever_they_stand() {
        let found = codes("a: 1\nb: {c: 1, \"c\": 2}\na: 2\n---\nd: 1\nd: 2\n");
        let expected = [
            ("yaml-duplicate-key", "\"c\""),
            ("yaml-duplicate-key", "a"),
            ("yaml-duplicate-key", "d"),
        ];
        assert_eq!(found, expected.map(|(code, text)| (code, text.to_owned())));
        assert_eq!(
            problems("a: 1\na: 2\n").iter().next().unwrap().labels[1]
                .span
                .start,
            0
        );
    }

    #[test]
    fn aliases_stand_for_their_values() {
        let text = "a: &x [1, 2]\nb: *x\nc: [*x, *x]\n";
        let document = one(text);
        assert_eq!(
            document
                .root
                .get("b")
                .and_then(Node::as_sequence)
                .map(<[_]>::len),
            Some(2)
        );
        assert_eq!(at(&document, text, &["b"]), "*x");
        assert_eq!(at(&document, text, &["c", "1", "0"]), "1");
    }

    #[test]
    fn what_has_no_meaning_is_refused() {
        for text in [
            "a: !custom 1\n",
            "a: !!binary aGk=\n",
            "? [a]\n: 1\n",
            "&x a: 1\n",
            "%YAML 1.1\n---\na: 1\n",
        ] {
            assert_eq!(codes(text)[0].0, "yaml-unsupported", "{text}");
        }
        for text in ["a: 1\n...\nb: 2\n", "--- a\n", "a: &x [*x]\n"] {
            assert_eq!(codes(text)[0].0, "yaml-unsupported", "{text}");
        }
        for text in [
            "a: *x\n",
            "a: [1\n",
            "a: 'x\n",
            "a: b: c\n",
            "\ta: 1\n",
            "a:\n\t- b\n",
            "- a\nb: c\n",
            "\"\\q\"",
        ] {
            assert_eq!(codes(text)[0].0, "yaml-syntax", "{text}");
        }
    }

    #[test]
    fn a_broken_document_does_not_hide_the_next() {
        let found = codes("a: [\n---\na: 1\n---\nb: 'x\n");
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn files_made_to_exhaust_memory_are_refused() {
        let bomb: String = (1..30)
            .map(|n| {
                format!(
                    "a{n}: &a{n} [{}]\n",
                    vec![format!("*a{}", n - 1); 9].join(", ")
                )
            })
            .collect();
        assert_eq!(codes(&format!("a0: &a0 x\n{bomb}"))[0].0, "yaml-limit");
        let long = format!(
            "a: &a {}\nb: [{}]\n",
            "x".repeat(1 << 20),
            "*a, ".repeat(1000)
        );
        assert_eq!(codes(&long)[0].0, "yaml-limit");
        let nested: String = (0..100).map(|n| format!("&a{n} {{k: ")).collect();
        let nested = format!("{nested}{}{}", "x".repeat(1 << 20), "}".repeat(100));
        assert_eq!(codes(&nested)[0].0, "yaml-limit");
        for deep in ["[", "- ", "{a: ", "a:\n ", "? "] {
            assert!(
                parse_stream(&Source::new("a.yaml", deep.repeat(100_000))).is_err(),
                "{deep}"
            );
        }
    }

    #[test]
    fn depth_is_limited_whatever_it_is_made_of() {
        let nested = |depth: usize| {
            format!(
                "{}x{}",
                "- ".repeat(depth / 2) + &"[".repeat(depth / 2),
                "]".repeat(depth / 2)
            )
        };
        assert!(parse_stream(&Source::new("a.yaml", nested(128))).is_ok());
        assert_eq!(codes(&nested(130))[0].0, "yaml-limit");
    }

    #[test]
    fn sources_are_shared() {
        let source = Source::new("a.yaml", "a: 1\n---\nb: 2\n");
        assert!(
            parse_stream(&source)
                .unwrap()
                .iter()
                .all(|document| Arc::ptr_eq(&document.source, &source))
        );
    }
}
