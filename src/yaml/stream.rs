//! Splits a stream into its documents, as `kubectl` does: by lines.
//!
//! A line that begins with `---` separates, wherever it stands. YAML itself allows content after
//! the dashes, and takes `---# comment` for text; `kubectl` takes the comment and refuses content.

use std::ops::Range;
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source, Span, codes};

/// The bytes of every document, without separators; some may hold nothing but comments.
pub(super) fn split(source: &Arc<Source>) -> Result<Vec<Range<usize>>, Diagnostic> {
    let mut documents = Vec::new();
    let mut start = 0;
    for separator in separators(&source.text) {
        let content = source.text[separator.clone()][3..].trim();
        if !(content.is_empty() || content.starts_with('#')) {
            return Err(content_after_separator(source, separator));
        }
        documents.push(start..separator.start);
        start = separator.end;
    }
    documents.push(start..source.text.len());
    Ok(documents)
}

/// The lines that begin with `---`, with their line feeds.
fn separators(text: &str) -> impl Iterator<Item = Range<usize>> {
    let starts = text.match_indices("---").map(|(at, _)| at);
    let starts = starts.filter(|at| *at == 0 || text.as_bytes()[at - 1] == b'\n');
    starts.map(|at| at..text[at..].find('\n').map_or(text.len(), |end| at + end + 1))
}

fn content_after_separator(source: &Arc<Source>, line: Range<usize>) -> Diagnostic {
    let end = line.start + source.text[line.clone()].trim_end().len();
    Diagnostic::error(
        codes::YAML_UNSUPPORTED,
        "content on the line of a document separator",
    )
    .at(Span::new(source, line.start, end))
    .help("write `---` on a line of its own")
}

#[cfg(test)]
mod tests {
    use super::split;
    use crate::diagnostic::Source;

    fn documents(text: &str) -> Option<Vec<&str>> {
        let ranges = split(&Source::new("a", text)).ok()?;
        Some(ranges.into_iter().map(|range| &text[range]).collect())
    }

    #[test]
    fn lines_of_dashes_separate() {
        assert_eq!(documents("a\n---\nb\n"), Some(vec!["a\n", "b\n"]));
        assert_eq!(
            documents("---# c\r\nb: ---\n--- \t"),
            Some(vec!["", "b: ---\n", ""])
        );
        assert_eq!(documents(" ---\n"), Some(vec![" ---\n"]));
        assert_eq!(documents("a\n--- b\n"), None);
        assert_eq!(documents("----\n"), None);
    }
}
