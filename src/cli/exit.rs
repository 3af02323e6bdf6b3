//! How a command ends.

use std::process::{ExitCode, Termination};

use super::terminal::Terminal;
use crate::diagnostic::{Code, Diagnostic, Diagnostics, codes};

/// Exit codes, the same for all commands (design.md, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Error = 1,
    /// Changes are pending, where the command was asked to say so.
    Changes = 2,
    /// Policy or limits stand in the way.
    Blocked = 3,
    /// The saved plan no longer holds.
    Stale = 4,
    Usage = 64,
    Interrupted = 130,
}

impl Termination for Exit {
    fn report(self) -> ExitCode {
        ExitCode::from(self as u8)
    }
}

/// Why a command stopped: what to print, and the exit code.
#[derive(Debug)]
pub struct Failure {
    pub exit: Exit,
    pub diagnostics: Diagnostics,
    /// The line after the problems, such as that nothing was written.
    pub conclusion: &'static str,
}

impl Failure {
    pub fn new(diagnostics: Diagnostics, conclusion: &'static str) -> Self {
        Self {
            exit: Exit::Error,
            diagnostics,
            conclusion,
        }
    }

    /// A single problem that has no place in a file.
    pub fn plain(code: &'static Code, message: impl Into<String>, help: &str) -> Self {
        let diagnostic = Diagnostic::error(code, message);
        let diagnostic = match help {
            "" => diagnostic,
            help => diagnostic.help(help),
        };
        Self::new(diagnostic.into(), "")
    }

    pub fn usage(message: impl Into<String>, help: &str) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::plain(codes::USAGE, message, help)
        }
    }

    /// What went wrong, in a sentence of another text.
    pub fn text(&self) -> String {
        let messages = self.diagnostics.iter();
        let messages: Vec<&str> = messages.map(|diagnostic| &*diagnostic.message).collect();
        messages.join("; ")
    }

    pub fn print(&self, terminal: &Terminal) {
        terminal.diagnostics(&self.diagnostics);
        let errors = self.diagnostics.errors();
        let noun = match errors {
            1 => "error",
            _ => "errors",
        };
        match self.conclusion {
            "" => {}
            conclusion => terminal.talk(&format!("{errors} {noun}, {conclusion}")),
        }
    }
}

/// What the outside refused: files, git.
impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::plain(codes::IO, error.to_string(), "")
    }
}
