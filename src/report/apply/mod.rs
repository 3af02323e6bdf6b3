//! An apply while it goes on and when it has ended: for a log, a terminal and a machine.

mod json;
mod lines;
mod summary;
#[cfg(test)]
mod tests;
mod waves;

use std::collections::BTreeMap;
use std::time::Duration;

pub use json::{FORMAT, json, json_end, result, seconds};

use super::style::Style;
use crate::model::event::{Event, Failure, Happening, Outcome, Skip};
use crate::model::plan::{Action, Plan};

/// What is known of an apply so far.
#[derive(Debug)]
pub struct Telling<'a> {
    plan: &'a Plan,
    style: Style,
    /// Of each step.
    states: Vec<State>,
    failures: BTreeMap<usize, Failure>,
    stopping: Option<String>,
    /// The wave of each step.
    waves: Vec<usize>,
}

/// How far a step is.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// It has not begun.
    Ahead,
    Begun {
        since: Duration,
        /// What it waits for.
        message: String,
    },
    Done {
        took: Duration,
    },
    Failed,
    Skipped(Skip),
}

impl<'a> Telling<'a> {
    pub fn new(plan: &'a Plan, style: Style) -> Self {
        let mut waves = vec![0; plan.steps.len()];
        for (number, wave) in plan.waves.iter().enumerate() {
            wave.iter().for_each(|step| waves[*step] = number);
        }
        Self {
            plan,
            style,
            states: vec![State::Ahead; plan.steps.len()],
            failures: BTreeMap::new(),
            stopping: None,
            waves,
        }
    }

    /// Takes note of an event; gives the line of a log for it, where it is worth one.
    pub fn hear(&mut self, event: &Event) -> Option<String> {
        let line = self.line(event);
        match &event.what {
            Happening::Started { step } => {
                self.states[*step] = State::Begun {
                    since: event.after,
                    message: String::new(),
                };
            }
            Happening::Waiting { step, message } => self.note(*step, message),
            Happening::Retrying { step, reason, .. } => self.note(*step, reason),
            Happening::Done { step, took, .. } => self.states[*step] = State::Done { took: *took },
            Happening::Failed { step, failure } => {
                self.states[*step] = State::Failed;
                self.failures.insert(*step, failure.clone());
            }
            Happening::Skipped { step, because } => {
                self.states[*step] = State::Skipped(because.clone());
            }
            Happening::Stopping { reason } => self.stopping = Some(reason.clone()),
            Happening::Began { .. } | Happening::Written { .. } | Happening::Recorded { .. } => {}
        }
        line
    }

    /// What was done, what was not and why, and what to type to go on.
    pub fn summary(&self, outcome: &Outcome, command: &str) -> String {
        summary::summary(self, outcome, command)
    }

    fn note(&mut self, step: usize, text: &str) {
        if let State::Begun { message, .. } = &mut self.states[step] {
            text.clone_into(message);
        }
    }
}

/// What was done, in one word.
fn done(action: Action) -> &'static str {
    match action {
        Action::Create => "created",
        Action::Update | Action::Unverified => "updated",
        Action::Replace => "replaced",
        Action::Adopt => "adopted",
        Action::Delete => "deleted",
        Action::Orphan => "left alone",
        Action::Noop => "moved",
        Action::Blocked => "blocked",
    }
}

/// `0.3 s`, `14 s`, `2 min 5 s`.
pub(super) fn duration(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}
