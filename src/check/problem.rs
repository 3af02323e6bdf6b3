//! A problem as a rule tells it: by object and field, not yet by file and line.

use crate::diagnostic::{Code, Severity, Span};
use crate::object::Path;

/// What a rule found.
#[derive(Debug)]
pub struct Problem {
    pub severity: Severity,
    pub code: &'static Code,
    /// Goes on after the name of what it is about: `names ServiceAccount shop/web, which …`.
    pub message: String,
    pub about: About,
    pub helps: Vec<String>,
    /// The line holds what nobody may repeat.
    pub hides_line: bool,
}

/// What a problem is about, and where it stands.
#[derive(Debug)]
pub enum About {
    /// A field of an object, by the object's number among the facts; the fields and objects behind
    /// explain it.
    Field(usize, Path, Vec<(usize, String)>),
    /// Something that the knob files say.
    Knob {
        subject: String,
        spans: Vec<(Span, String)>,
    },
}

impl Problem {
    pub fn error(code: &'static Code, node: usize, at: &Path, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            about: About::Field(node, at.clone(), Vec::new()),
            helps: Vec::new(),
            hides_line: false,
        }
    }

    pub fn warning(
        code: &'static Code,
        node: usize,
        at: &Path,
        message: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, node, at, message)
        }
    }

    /// A problem of the knob files. `subject` is what entries of `ignore` name.
    pub fn of_knobs(
        severity: Severity,
        code: &'static Code,
        subject: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        let subject = subject.into();
        Self {
            severity,
            code,
            message: message.into(),
            about: About::Knob {
                subject,
                spans: Vec::new(),
            },
            helps: Vec::new(),
            hides_line: false,
        }
    }

    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Points at another object too, with these words.
    pub fn beside(mut self, node: usize, words: impl Into<String>) -> Self {
        if let About::Field(_, _, others) = &mut self.about {
            others.push((node, words.into()));
        }
        self
    }

    /// Points into a knob file, with these words.
    pub fn at(mut self, span: Option<Span>, words: &str) -> Self {
        if let (About::Knob { spans, .. }, Some(span)) = (&mut self.about, span) {
            spans.push((span, words.to_owned()));
        }
        self
    }

    pub fn hiding_line(mut self) -> Self {
        self.hides_line = true;
        self
    }
}
