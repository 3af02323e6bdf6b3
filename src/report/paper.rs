//! Lines of text with steps on them, as plans and differences show them.

use std::fmt::Write;

use super::change::{self, Sign};
use super::danger::said_besides;
use super::effect;
use super::line::{WIDTH, padded, printable, shortened, width};
use super::same::{Told, told};
use super::style::{Ink, Style};
use super::words::{counted, ink, mark, object, patched};
use crate::model::plan::Step;

/// The widest column of objects.
const OBJECT: usize = 60;

/// Fields that are shown of one object.
const FIELDS: usize = 40;

/// Room that words behind a head need at least; with less they go to lines of their own.
const WORDS: usize = 40;

pub struct Paper {
    pub text: String,
    pub style: Style,
    /// What is dangerous stands above, with its reasons: no step says them again.
    pub told_dangers: bool,
}

impl Paper {
    pub fn new(style: Style) -> Self {
        Self {
            text: String::new(),
            style,
            told_dangers: false,
        }
    }

    pub fn line(&mut self, ink: Ink, text: &str) {
        let painted = self.style.paint(ink, text.trim_end());
        self.text.push_str(&painted);
        self.text.push('\n');
    }

    pub fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Puts words behind a head, and what does not fit below their beginning.
    pub fn wrapped(&mut self, ink: Ink, head: &str, words: &str) {
        if words.is_empty() {
            return self.line(ink, head);
        }
        let indent = (width(head) + 2).min(WIDTH - WORDS);
        let mut lines = wrap(words, WIDTH - indent).into_iter();
        let fits = width(head) + 2 <= indent;
        let first = if fits { lines.next() } else { None }.unwrap_or_default();
        let painted = self.style.paint(ink, head);
        let _ = writeln!(self.text, "{}", format!("{painted}  {first}").trim_end());
        for line in lines {
            let _ = writeln!(self.text, "{}{line}", " ".repeat(indent));
        }
    }

    /// Steps, their objects in one column; what would be said of many is said once.
    pub fn steps(&mut self, steps: &[&Step]) {
        let Told {
            single,
            same,
            moved,
        } = told(steps);
        let widths = single.iter().map(|step| width(&object(&step.identity)));
        let column = widths.filter(|width| *width <= OBJECT).max().unwrap_or(0);
        for step in single {
            self.step(step, column);
        }
        for steps in same {
            self.same(&steps);
        }
        for (words, count) in moved {
            let count = counted(count, "object");
            self.line(
                Ink::Quiet,
                &format!("  = {count} {words}, otherwise unchanged"),
            );
        }
    }

    /// A change that is the same in many objects, such as that of a label.
    fn same(&mut self, steps: &[&Step]) {
        let head = format!("  ~ {}, the same change", counted(steps.len(), "object"));
        self.line(Ink::Changed, &head);
        self.changes(steps[0]);
        for steps in steps.chunk_by(|a, b| kind(a) == kind(b)) {
            let names: Vec<String> = steps.iter().map(|step| name(step)).collect();
            self.wrapped(
                Ink::Quiet,
                &format!("      {}", kind(steps[0])),
                &names.join(", "),
            );
        }
    }

    fn step(&mut self, step: &Step, column: usize) {
        let name = padded(&shortened(&object(&step.identity), WIDTH - 4), column);
        let head = format!("  {} {name}", mark(step.action));
        let unverified = step.unverified.iter();
        let unverified = unverified.map(|why| format!("unverified: {}", printable(why)));
        let (effects, above) = match self.told_dangers {
            true => {
                let besides = said_besides(step);
                let above = besides.len() < step.effects.len();
                (besides, above.then(|| "see above".to_owned()))
            }
            false => (step.effects.iter().map(effect::words).collect(), None),
        };
        let words = above.into_iter().chain(effects);
        let words: Vec<String> = words.chain(unverified).chain(patched(step)).collect();
        self.wrapped(ink(step.action), &head, &words.join(" · "));
        self.changes(step);
    }

    fn changes(&mut self, step: &Step) {
        let shown = &step.changes[..step.changes.len().min(FIELDS)];
        for line in change::lines(shown, WIDTH - 6) {
            let text = match line.inner {
                true => format!("          {} {}", line.sign.mark(), line.text),
                false => format!("      {}", line.text),
            };
            self.line(sign(line.sign), &text);
        }
        let more = step.changes.len() - shown.len();
        if more > 0 {
            let more = counted(more, "more field");
            self.line(
                Ink::Quiet,
                &format!("      … {more}; the JSON form has all"),
            );
        }
    }
}

/// Kind and group of a step's object, as people read them.
fn kind(step: &Step) -> String {
    let text = object(&step.identity);
    text.split_once(' ')
        .map_or(text.clone(), |(kind, _)| kind.to_owned())
}

/// Namespace and name of a step's object.
fn name(step: &Step) -> String {
    let text = object(&step.identity);
    text.split_once(' ')
        .map_or(text.clone(), |(_, name)| name.to_owned())
}

fn sign(sign: Sign) -> Ink {
    match sign {
        Sign::Added => Ink::Added,
        Sign::Removed => Ink::Removed,
        Sign::Changed => Ink::Changed,
        Sign::Quiet => Ink::Quiet,
    }
}

/// Breaks text between words.
fn wrap(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let word = shortened(word, room);
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(&word) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}
