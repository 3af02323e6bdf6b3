//! Places in the text of a file.

use std::sync::Arc;

/// The text of one file, shared by all spans that point into it.
#[derive(Debug, PartialEq, Eq)]
pub struct Source {
    /// Relative to the repository, with `/`; what messages name.
    pub path: String,
    pub text: String,
}

impl Source {
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Arc<Self> {
        Arc::new(Self {
            path: path.into(),
            text: text.into(),
        })
    }

    /// Line and column of a byte offset, both from 1; the column counts characters.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let before = &self.text[..self.text.floor_char_boundary(offset.min(self.text.len()))];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        LineColumn {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    pub line: usize,
    pub column: usize,
}

/// A range of bytes in a source.
#[derive(Clone, PartialEq, Eq)]
pub struct Span {
    pub source: Arc<Source>,
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub fn new(source: &Arc<Source>, start: usize, end: usize) -> Self {
        Self {
            source: Arc::clone(source),
            start,
            end,
        }
    }

    pub fn text(&self) -> &str {
        self.source.text.get(self.start..self.end).unwrap_or("")
    }

    pub fn line_column(&self) -> LineColumn {
        self.source.line_column(self.start)
    }

    /// The first line, for what is shown by its beginning since the rest may be long.
    pub fn first_line(&self) -> Span {
        let length = self.text().find('\n').unwrap_or(self.text().len());
        let trimmed = self.text()[..length].trim_end().len();
        Span::new(&self.source, self.start, self.start + trimmed)
    }

    /// The first line of a document that may hold secrets; one in braces, which may be all of it,
    /// is not shown.
    pub fn opening(&self) -> Span {
        let line = self.first_line();
        match line.text().starts_with(['{', '[']) {
            true => line.hidden("{ … }"),
            false => line,
        }
    }

    /// The same place, in a source whose line holds nothing but `shown` after its key: for excerpts
    /// of lines that must not be repeated.
    pub fn hidden(&self, shown: &str) -> Span {
        let text = &self.source.text;
        let line_start = text[..self.start]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let before = &text[line_start..self.start];
        let is_key = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let before = match before.strip_suffix(": ") {
            Some(key) if key.chars().all(is_key) => before.to_owned(),
            _ => " ".repeat(before.chars().count()),
        };
        let start = line_start + before.len();
        let hidden = format!("{}{before}{shown}", &text[..line_start]);
        Span::new(
            &Source::new(&self.source.path, hidden),
            start,
            start + shown.len(),
        )
    }
}

/// `path:line:column`, as editors and terminals understand it.
impl std::fmt::Display for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let LineColumn { line, column } = self.line_column();
        write!(f, "{}:{line}:{column}", self.source.path)
    }
}

impl std::fmt::Debug for Span {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self} {:?}", self.text())
    }
}
