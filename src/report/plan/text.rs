//! A plan for people at a terminal: what is dangerous, then the waves, then the counts.

use std::fmt::Write;

use super::danger::{Danger, dangers};
use crate::model::plan::{Plan, Step};
use crate::report::change::{self, Sign};
use crate::report::effect;
use crate::report::line::{WIDTH, joined_within, padded, shortened, width};
use crate::report::order_reasons::OrderReasons;
use crate::report::style::{Ink, Style};
use crate::report::words::{counted, ink, mark, notes, object, title};

/// The widest column of objects.
const OBJECT: usize = 60;

/// Fields that are shown of one object.
const FIELDS: usize = 40;

/// The whole plan; one line when there is nothing to do. It ends with the counts.
pub fn text(plan: &Plan, style: Style) -> String {
    if plan.is_empty() {
        let unchanged = counted(plan.unchanged(), "object");
        return format!("{}: nothing to do, {unchanged} unchanged\n", title(plan));
    }
    let mut out = Out {
        text: String::new(),
        style,
    };
    out.line(Ink::Heading, &title(plan));
    for note in notes(plan) {
        out.line(Ink::Quiet, &format!("  {note}"));
    }
    out.dangers(&dangers(plan));
    out.waves(plan);
    out.text.push('\n');
    out.line(Ink::Heading, &super::counts(plan));
    out.text
}

struct Out {
    text: String,
    style: Style,
}

impl Out {
    fn line(&mut self, ink: Ink, text: &str) {
        let painted = self.style.paint(ink, text.trim_end());
        self.text.push_str(&painted);
        self.text.push('\n');
    }

    fn dangers(&mut self, dangers: &[Danger]) {
        if dangers.is_empty() {
            return;
        }
        self.text.push('\n');
        self.line(Ink::Danger, "Dangerous");
        let widths = dangers.iter().map(|danger| width(&danger.object));
        let column = widths.max().unwrap_or(0).min(OBJECT);
        for danger in dangers {
            let head = format!("  {} {}", danger.mark, padded(danger.word, 8));
            let head = self.style.paint(danger.ink, &head);
            let object = padded(&shortened(&danger.object, OBJECT), column);
            self.wrapped(&format!("{head} {object}"), 13 + column, &danger.reason);
        }
    }

    /// Puts words behind a head, on lines of their own where they do not fit.
    fn wrapped(&mut self, head: &str, head_width: usize, words: &str) {
        let room = WIDTH.saturating_sub(head_width + 2).max(40);
        let mut lines = wrap(words, room).into_iter();
        let first = lines.next().unwrap_or_default();
        let _ = writeln!(self.text, "{}", format!("{head}  {first}").trim_end());
        for line in lines {
            let indent = " ".repeat((head_width + 2).min(WIDTH - room));
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }

    fn waves(&mut self, plan: &Plan) {
        let reasons = OrderReasons::of(plan);
        for (index, wave) in plan.waves.iter().enumerate() {
            self.text.push('\n');
            for group in wave.chunk_by(|a, b| plan.steps[*a].component == plan.steps[*b].component)
            {
                let component = &plan.steps[group[0]].component;
                let head = format!("Wave {} of {} · {component}", index + 1, plan.waves.len());
                self.group_head(&head, &reasons.of_steps(group));
                let steps: Vec<&Step> = group.iter().map(|step| &plan.steps[*step]).collect();
                self.group(&steps);
            }
        }
    }

    fn group_head(&mut self, head: &str, reasons: &[String]) {
        let painted = self.style.paint(Ink::Heading, head);
        if reasons.is_empty() {
            let _ = writeln!(self.text, "{painted}");
            return;
        }
        let gap = " ".repeat(40usize.saturating_sub(width(head)).max(2));
        let room = WIDTH.saturating_sub(width(head) + gap.len() + 7);
        let after = format!("after: {}", joined_within(reasons, room));
        let after = self.style.paint(Ink::Quiet, &after);
        let _ = writeln!(self.text, "{painted}{gap}{after}");
    }

    fn group(&mut self, steps: &[&Step]) {
        let widths = steps.iter().map(|step| width(&object(&step.identity)));
        let column = widths.max().unwrap_or(0).min(OBJECT);
        for step in steps {
            self.step(step, column);
        }
    }

    fn step(&mut self, step: &Step, column: usize) {
        let name = padded(&shortened(&object(&step.identity), WIDTH - 4), column);
        let head = format!("  {} {name}", mark(step.action));
        let unverified = step
            .unverified
            .iter()
            .map(|why| format!("unverified: {why}"));
        let words: Vec<String> = step
            .effects
            .iter()
            .map(effect::words)
            .chain(unverified)
            .collect();
        let painted = self.style.paint(ink(step.action), &head);
        self.wrapped(&painted, width(&head), &words.join(" · "));
        let shown = &step.changes[..step.changes.len().min(FIELDS)];
        for line in change::lines(shown, WIDTH - 6) {
            self.line(sign(line.sign), &format!("      {}", line.text));
        }
        let more = step.changes.len() - shown.len();
        if more > 0 {
            self.line(
                Ink::Quiet,
                &format!("      … {} more", counted(more, "field")),
            );
        }
    }
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
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let word = shortened(word, room);
        let line = lines.last_mut().expect("there is one line at least");
        if line.is_empty() {
            line.push_str(&word);
        } else if width(line) + 1 + width(&word) <= room {
            line.push(' ');
            line.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}
