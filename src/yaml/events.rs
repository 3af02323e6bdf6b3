//! The events of the parser library, with byte ranges of the whole source and our errors.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Marker, Options, Parser, ScanError, StrInput, options};

use crate::diagnostic::{Diagnostic, Source, Span, codes};

/// Deeper than anything that Kubernetes accepts, and safe for functions that recurse.
pub(super) const DEPTH_LIMIT: usize = 128;

/// The events of one document.
pub(super) struct Events<'s> {
    parser: Parser<'s, StrInput<'s>>,
    source: &'s Arc<Source>,
    /// Where the document starts in the source.
    offset: usize,
}

impl<'s> Events<'s> {
    /// Reads `text`, which stands in `source` at `offset`.
    pub(super) fn new(source: &'s Arc<Source>, text: &'s str, offset: usize) -> Self {
        let parser = Parser::new_from_str_with_options(text, parser_options());
        Self {
            parser,
            source,
            offset,
        }
    }

    /// The next event and its bytes; after an error there is nothing to read.
    pub(super) fn next(&mut self) -> Result<(Event<'s>, Range<usize>), Diagnostic> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = self.place(&span.start);
                Ok((event, start..self.place(&span.end).max(start)))
            }
            Some(Err(error)) => Err(self.problem(&error)),
            None => {
                let end = self.source.text.len();
                Ok((Event::StreamEnd, end..end))
            }
        }
    }

    /// The byte of a marker in the source, which may lack the last line feed of the text.
    fn place(&self, marker: &Marker) -> usize {
        let at = self.offset + marker.byte_offset().unwrap_or_default();
        at.min(self.source.text.len())
    }

    pub(super) fn source(&self) -> &'s Arc<Source> {
        self.source
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn problem(&self, error: &ScanError) -> Diagnostic {
        let span = self.span(self.one_character(self.place(error.marker())));
        match error.kind() {
            ErrorKind::RecursionLimitExceeded => {
                let message = format!("values are nested deeper than {DEPTH_LIMIT} levels");
                Diagnostic::error(codes::YAML_LIMIT, message).at(span)
            }
            ErrorKind::DirectiveDisallowed => Diagnostic::error(
                codes::YAML_UNSUPPORTED,
                "YAML directives are not read by kubectl",
            )
            .at(span)
            .help("remove the line"),
            _ => Diagnostic::error(codes::YAML_SYNTAX, error.info().to_string()).at(span),
        }
    }

    /// An error at the end of a file points at its last character, since there is nothing after it.
    fn one_character(&self, at: usize) -> Range<usize> {
        let text = &self.source.text;
        let start = text.floor_char_boundary(at.min(text.len().saturating_sub(1)));
        start..text.ceil_char_boundary((start + 1).min(text.len()))
    }
}

fn parser_options() -> Options {
    options! {
        // On by default where another crate of the build asks the parser for comments.
        emit_comments: false,
        disallow_directives: true,
        flow_nesting_limit: DEPTH_LIMIT,
        block_nesting_limit: DEPTH_LIMIT,
    }
}
