//! Events of one document to one tree, whatever a [`Builder`] makes of its parts.

use std::borrow::Cow;
use std::ops::Range;

use granit_parser::{Event, ScalarStyle, StructureStyle, Tag as RawTag};

use super::anchors::{ALIAS_BUDGET, ANCHOR_BUDGET, Anchors, Refused, weight};
use super::builder::{Builder, Written};
use super::events::{DEPTH_LIMIT, Events};
use super::node::{Style, Tag};
use super::places;
use crate::diagnostic::{Diagnostic, codes};

pub(super) struct Composer<'s, 'b, B: Builder> {
    events: Events<'s>,
    builder: &'b mut B,
    anchors: Anchors<B::Node>,
    /// The weight of all values so far.
    weight: usize,
    /// Where the last event ended, and the one before it.
    last_end: usize,
    previous_end: usize,
    /// Whether the next node is the value of a key.
    after_key: bool,
    /// How many brackets and braces are open.
    flow: usize,
}

/// A node and its bytes.
pub(super) type Rooted<N> = (N, Range<usize>);

type Parsed<N> = Result<Rooted<N>, Diagnostic>;

impl<'s, 'b, B: Builder> Composer<'s, 'b, B> {
    pub(super) fn new(events: Events<'s>, builder: &'b mut B) -> Self {
        Self {
            events,
            builder,
            anchors: Anchors::new(),
            weight: 0,
            last_end: 0,
            previous_end: 0,
            after_key: false,
            flow: 0,
        }
    }

    /// The document's root and its span; nothing when it holds only comments.
    pub(super) fn document(mut self) -> Result<Option<Rooted<B::Node>>, Diagnostic> {
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(root),
                Event::DocumentStart(..) if root.is_some() => return Err(self.second(span)),
                Event::DocumentStart(..) => {
                    let first = self.next()?;
                    root = Some(self.node(first, 0)?);
                }
                _ => return Err(self.unsupported(span, "this part of YAML is not supported")),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'s>, Range<usize>), Diagnostic> {
        let (event, span) = self.events.next()?;
        self.previous_end = self.last_end;
        self.last_end = self.last_end.max(span.end);
        Ok((event, span))
    }

    fn node(&mut self, (event, span): (Event<'s>, Range<usize>), depth: usize) -> Parsed<B::Node> {
        let before = self.weight;
        let after_key = std::mem::take(&mut self.after_key);
        let (anchor, node, span) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let scalar = self.scalar(text, style, tag, span)?;
                let span = scalar.span.clone();
                self.weight += weight(&scalar.text);
                (anchor, self.builder.scalar(scalar), span)
            }
            Event::SequenceStart(style, anchor, tag) => {
                self.flow += usize::from(style == StructureStyle::Flow);
                self.collection_tag(tag.as_deref(), "seq", &span)?;
                let (node, span) = self.sequence(span, self.deeper(depth)?, after_key)?;
                self.flow -= usize::from(style == StructureStyle::Flow);
                (anchor, node, span)
            }
            Event::MappingStart(style, anchor, tag) => {
                self.flow += usize::from(style == StructureStyle::Flow);
                self.collection_tag(tag.as_deref(), "map", &span)?;
                let (node, span) = self.mapping(span, self.deeper(depth)?)?;
                self.flow -= usize::from(style == StructureStyle::Flow);
                (anchor, node, span)
            }
            Event::Alias(anchor) => return self.alias(anchor, span),
            _ => return Err(self.unsupported(span, "this part of YAML is not supported")),
        };
        let weight = self.weight - before;
        if anchor != 0 && !self.anchors.keep(anchor, &node, weight) {
            return Err(self.limit(
                format!("anchors hold more than {ANCHOR_BUDGET} values"),
                span,
            ));
        }
        Ok((node, span))
    }

    fn sequence(&mut self, start: Range<usize>, depth: usize, after_key: bool) -> Parsed<B::Node> {
        self.weight += 1;
        let mut items = Vec::new();
        let first = match after_key && start.is_empty() {
            true => places::first_dash(&self.events.source().text, self.previous_end, start.start),
            false => start.start,
        };
        let mut end = start.end;
        loop {
            let (event, span) = self.next()?;
            if event == Event::SequenceEnd {
                let span = first..Self::collection_end(&start, end, span.end);
                return Ok((self.builder.sequence(items, span.clone()), span));
            }
            let (item, span) = self.node((event, span), depth)?;
            end = end.max(span.end);
            items.push(item);
        }
    }

    fn mapping(&mut self, start: Range<usize>, depth: usize) -> Parsed<B::Node> {
        self.weight += 1;
        let mut mapping = B::Mapping::default();
        let mut end = start.end;
        loop {
            let (event, span) = self.next()?;
            if event == Event::MappingEnd {
                let span = start.start..Self::collection_end(&start, end, span.end);
                return Ok((self.builder.mapping(mapping, span.clone()), span));
            }
            let key = self.key(event, span)?;
            let event = self.next()?;
            self.after_key = true;
            let (value, span) = self.node(event, depth)?;
            end = end.max(span.end);
            self.builder.entry(&mut mapping, key, value);
        }
    }

    /// Block collections end with their last value, flow collections with their bracket.
    fn collection_end(start: &Range<usize>, last: usize, event: usize) -> usize {
        if start.is_empty() { last } else { event }
    }

    fn key(&mut self, event: Event<'s>, span: Range<usize>) -> Result<Written<'s>, Diagnostic> {
        let Event::Scalar(text, style, anchor, tag) = event else {
            return Err(self.unsupported(span, "a key that is not a plain or quoted text"));
        };
        if anchor != 0 {
            return Err(self.unsupported(span, "an anchor on a key"));
        }
        if let Some(tab) = self.tab_before(span.start) {
            return Err(tab);
        }
        self.weight += weight(&text);
        self.scalar(text, style, tag, span)
    }

    fn scalar(
        &self,
        text: Cow<'s, str>,
        style: ScalarStyle,
        tag: Option<Cow<'s, RawTag>>,
        span: Range<usize>,
    ) -> Result<Written<'s>, Diagnostic> {
        let tag = tag.map(|tag| self.scalar_tag(&tag, &span)).transpose()?;
        let (style, span) = match style {
            ScalarStyle::Plain => (Style::Plain, span),
            ScalarStyle::SingleQuoted => (Style::SingleQuoted, span),
            ScalarStyle::DoubleQuoted => (Style::DoubleQuoted, span),
            ScalarStyle::Literal => (Style::Literal, self.block_scalar(span)),
            ScalarStyle::Folded => (Style::Folded, self.block_scalar(span)),
        };
        // The parser writes `~` for a value that is not there.
        let absent = style == Style::Plain && span.is_empty();
        if self.flow > 0
            && style == Style::Plain
            && places::is_loose(&self.events.source().text, &span)
        {
            return Err(self.loose(span));
        }
        let text = if absent { Cow::Borrowed("") } else { text };
        Ok(Written {
            text,
            style,
            tag,
            span,
        })
    }
}

impl<B: Builder> Composer<'_, '_, B> {
    fn alias(&mut self, anchor: usize, span: Range<usize>) -> Parsed<B::Node> {
        let anchored =
            self.anchors
                .expand(anchor)
                .map_err(|refused| match refused {
                    Refused::Recursive => self
                        .unsupported(span.clone(), "an alias inside the value that it stands for"),
                    Refused::OverBudget => {
                        let message = format!("aliases stand for more than {ALIAS_BUDGET} values");
                        self.limit(message, span.clone())
                    }
                })?;
        self.weight += anchored.weight;
        Ok((self.builder.alias(anchored.node, span.clone()), span))
    }

    fn block_scalar(&self, content: Range<usize>) -> Range<usize> {
        places::block_scalar(&self.events.source().text, self.previous_end, content)
    }

    fn deeper(&self, depth: usize) -> Result<usize, Diagnostic> {
        if depth < DEPTH_LIMIT {
            return Ok(depth + 1);
        }
        let message = format!("values are nested deeper than {DEPTH_LIMIT} levels");
        Err(self.limit(message, self.previous_end..self.last_end))
    }

    /// The tags of text, numbers and the like; a collection has its own or none.
    fn scalar_tag(&self, tag: &RawTag, span: &Range<usize>) -> Result<Tag, Diagnostic> {
        match tag.core_suffix() {
            Some("str") => Ok(Tag::Str),
            Some("int") => Ok(Tag::Int),
            Some("float") => Ok(Tag::Float),
            Some("bool") => Ok(Tag::Bool),
            Some("null") => Ok(Tag::Null),
            _ => Err(self.unknown_tag(tag, span)),
        }
    }

    fn collection_tag(
        &self,
        tag: Option<&RawTag>,
        own: &str,
        span: &Range<usize>,
    ) -> Result<(), Diagnostic> {
        match tag {
            Some(tag) if tag.core_suffix() != Some(own) => Err(self.unknown_tag(tag, span)),
            _ => Ok(()),
        }
    }

    fn unknown_tag(&self, tag: &RawTag, span: &Range<usize>) -> Diagnostic {
        let message = format!("the tag `{}` has no meaning here", tag.original());
        self.unsupported(span.clone(), &message)
            .help("remove the tag")
    }

    fn limit(&self, message: String, span: Range<usize>) -> Diagnostic {
        Diagnostic::error(codes::YAML_LIMIT, message).at(self.events.span(span))
    }

    /// The parser library lets tabs be; kubectl does not, and editors disagree about their width.
    fn tab_before(&self, key: usize) -> Option<Diagnostic> {
        // Not asked inside brackets, where one line may hold a million keys.
        let text = (self.flow == 0).then_some(&self.events.source().text)?;
        let tab = places::tab_before(text, key)?;
        let problem = Diagnostic::error(codes::YAML_SYNTAX, "a tab before a key");
        Some(
            problem
                .at(self.events.span(tab..tab + 1))
                .help("indent with spaces"),
        )
    }

    fn loose(&self, span: Range<usize>) -> Diagnostic {
        let message = "readers of YAML differ about where this text ends";
        Diagnostic::error(codes::YAML_AMBIGUOUS, message)
            .at(self.events.span(span))
            .help("put it in quotes, and write a space after the colon of a key")
    }

    fn second(&self, span: Range<usize>) -> Diagnostic {
        self.unsupported(span, "content after the end of the document")
            .help("begin another document with `---` on a line of its own")
    }

    fn unsupported(&self, span: Range<usize>, message: &str) -> Diagnostic {
        Diagnostic::error(codes::YAML_UNSUPPORTED, message).at(self.events.span(span))
    }
}
