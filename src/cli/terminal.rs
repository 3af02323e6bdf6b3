//! Where output goes: results to stdout, talk to stderr, colour only where it is seen.

use std::io::{IsTerminal, Write};

use super::arguments::ColorChoice;
use crate::diagnostic::Diagnostics;
use crate::report;
use crate::report::style::Style;

/// Problems that are printed at most.
const SHOWN: usize = 200;

pub struct Terminal {
    pub out: Style,
    pub err: Style,
    /// Whether somebody watches stderr, so that progress makes sense.
    pub watched: bool,
    /// Whether somebody watches stdout too; else it is a file or another program.
    pub out_watched: bool,
}

impl Terminal {
    #[expect(
        clippy::disallowed_methods,
        reason = "cli reads the process's environment"
    )]
    pub fn of_process(choice: ColorChoice) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let colour = |terminal: bool| match choice {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => terminal && !no_color && !dumb,
        };
        let stderr = std::io::stderr().is_terminal();
        Self {
            out: style(colour(std::io::stdout().is_terminal())),
            err: style(colour(stderr)),
            watched: stderr && !dumb,
            out_watched: std::io::stdout().is_terminal(),
        }
    }

    /// Prints a result. A reader that has gone away, as `head` does, is no error.
    pub fn result(&self, text: &str) {
        write(std::io::stdout().lock(), text);
    }

    /// Tells what is going on.
    pub fn talk(&self, text: &str) {
        write(std::io::stderr().lock(), text);
    }

    /// A question, with the answer on the same line.
    pub fn prompt(&self, question: &str) {
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
    }

    /// Tells problems; a broken file can have hundreds of thousands, of which the first will do.
    pub fn diagnostics(&self, diagnostics: &Diagnostics) {
        if diagnostics.is_empty() {
            return;
        }
        let shown: Diagnostics = diagnostics.iter().take(SHOWN).cloned().collect();
        self.talk(&report::diagnostics::text(&shown, self.err));
        if diagnostics.len() > SHOWN {
            self.talk(&format!(
                "… and {} more problems",
                diagnostics.len() - SHOWN
            ));
        }
    }
}

fn style(colour: bool) -> Style {
    match colour {
        true => Style::Coloured,
        false => Style::Plain,
    }
}

fn write(mut to: impl Write, text: &str) {
    let newline = match text.ends_with('\n') {
        true => "",
        false => "\n",
    };
    let _ = write!(to, "{text}{newline}").and_then(|()| to.flush());
}
