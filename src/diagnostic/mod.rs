//! What went wrong, where, and what to do next.
//!
//! A [`Diagnostic`] is a plain value: stages collect them in [`Diagnostics`] and never print.
//! Each carries a [`Code`] of the table in [`codes`], which `kops-stack explain-code` documents.

pub mod codes;
mod nearest;
mod span;

pub use codes::Code;
pub use nearest::nearest;
pub use span::{LineColumn, Source, Span};

/// How bad it is: an error stops the run before anything is written, a warning does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Warning,
    Error,
}

/// A place in a source, with the words that stand under the excerpt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    pub text: String,
}

/// One problem: what, where, what next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    pub severity: Severity,
    pub code: &'static Code,
    /// In lower case, without full stop.
    pub message: String,
    /// The first label is the place that the problem is about; the others explain it.
    pub labels: Vec<Label>,
    /// A file that the problem is about, where there is no text to point into.
    pub file: Option<String>,
    /// In the imperative.
    pub helps: Vec<String>,
}

impl Diagnostic {
    pub fn error(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            labels: Vec::new(),
            file: None,
            helps: Vec::new(),
        }
    }

    pub fn warning(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, message)
        }
    }

    /// Shows nothing of the lines that the labels point into, for what may be secret.
    pub fn hiding_lines(mut self) -> Self {
        for label in &mut self.labels {
            label.span = label.span.hidden("***");
        }
        self
    }

    /// Points at `span`, without words of its own.
    pub fn at(self, span: Span) -> Self {
        self.label(span, "")
    }

    /// Points at `span`; `text` stands under the excerpt.
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label {
            span,
            text: text.into(),
        });
        self
    }

    /// Names the file, where the problem is the file itself rather than a place in it.
    pub fn file(mut self, path: impl Into<String>) -> Self {
        self.file = Some(path.into());
        self
    }

    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds "did you mean" when one of `known` is near `given`.
    pub fn suggest<'a>(self, given: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(given, known) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    /// Path of the file that this is about, for sorting and for machine formats.
    pub fn path(&self) -> Option<&str> {
        self.labels
            .first()
            .map(|label| label.span.source.path.as_str())
            .or(self.file.as_deref())
    }
}

/// Problems as they are found, in the order of finding.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnostics(Vec<Diagnostic>);

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    pub fn extend(&mut self, other: Diagnostics) {
        self.0.extend(other.0);
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn has_errors(&self) -> bool {
        self.errors() > 0
    }

    pub fn errors(&self) -> usize {
        self.count(Severity::Error)
    }

    pub fn warnings(&self) -> usize {
        self.count(Severity::Warning)
    }

    fn count(&self, severity: Severity) -> usize {
        self.0.iter().filter(|d| d.severity == severity).count()
    }

    /// Sorts by file and place and drops repetitions, so that the same input gives the same output
    /// whatever the order of the work.
    pub fn sorted(mut self) -> Self {
        let place = |d: &Diagnostic| {
            let start = d.labels.first().map_or(0, |label| label.span.start);
            (
                d.path().unwrap_or_default().to_owned(),
                start,
                d.code.name,
                d.message.clone(),
            )
        };
        self.0.sort_by_cached_key(place);
        self.0.dedup();
        self
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<T: IntoIterator<Item = Diagnostic>>(iter: T) -> Self {
        Self(iter.into_iter().collect())
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
