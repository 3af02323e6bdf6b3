//! The events of the parser library, with byte ranges of the whole source and our errors.

use std::ops::Range;
use std::sync::Arc;

use granit_parser::{ErrorKind, Event, Options, Parser, ScanError, StrInput, options};

use crate::diagnostic::{Diagnostic, Source, Span, codes};

/// Deeper than anything that Kubernetes accepts, and safe for functions that recurse.
pub(super) const DEPTH_LIMIT: usize = 128;

/// The events of one document.
pub(super) struct Events<'s> {
    parser: Parser<'s, StrInput<'s>>,
    source: &'s Arc<Source>,
    /// Where the document starts in the source.
    offset: usize,
    end: usize,
}

impl<'s> Events<'s> {
    pub(super) fn new(source: &'s Arc<Source>, document: Range<usize>) -> Self {
        let text = &source.text[document.clone()];
        Self {
            parser: Parser::new_from_str_with_options(text, parser_options()),
            source,
            offset: document.start,
            end: document.end,
        }
    }

    /// The next event and its bytes; after an error there is nothing to read.
    pub(super) fn next(&mut self) -> Result<(Event<'s>, Range<usize>), Diagnostic> {
        match self.parser.next_event() {
            Some(Ok((event, span))) => {
                let start = self.offset + span.start.byte_offset().unwrap_or_default();
                let end = self.offset + span.end.byte_offset().unwrap_or_default();
                Ok((event, start..end.max(start)))
            }
            Some(Err(error)) => Err(self.problem(&error)),
            None => Ok((Event::StreamEnd, self.end..self.end)),
        }
    }

    pub(super) fn source(&self) -> &'s Arc<Source> {
        self.source
    }

    pub(super) fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start, range.end)
    }

    fn problem(&self, error: &ScanError) -> Diagnostic {
        let at = self.offset + error.marker().byte_offset().unwrap_or_default();
        let span = self.span(self.one_character(at));
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
        disallow_directives: true,
        flow_nesting_limit: DEPTH_LIMIT,
        block_nesting_limit: DEPTH_LIMIT,
    }
}
