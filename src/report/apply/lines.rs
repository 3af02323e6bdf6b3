//! One line for each thing that happens, for a log.

use super::{Telling, done, duration};
use crate::model::event::{Event, Failure, Happening, Skip};
use crate::report::line::printable;
use crate::report::paper::Paper;
use crate::report::style::Ink;
use crate::report::words::{counted, object};

impl Telling<'_> {
    pub(super) fn line(&self, event: &Event) -> Option<String> {
        let mut paper = Paper::new(self.style);
        match &event.what {
            // What follows at once says more.
            Happening::Started { .. } | Happening::Written { .. } | Happening::Recorded { .. } => {
                return None;
            }
            Happening::Began { steps, .. } => {
                let steps = counted(*steps, "step");
                paper.line(Ink::Heading, &format!("{}: {steps}", self.plan.environment));
            }
            Happening::Waiting { step, message } => {
                let head = format!("… {}", self.name(*step));
                paper.wrapped(Ink::Quiet, &head, &printable(message));
            }
            Happening::Retrying {
                step,
                reason,
                after,
            } => {
                let head = format!("… {}", self.name(*step));
                let words = format!("{}, again in {}", printable(reason), duration(*after));
                paper.wrapped(Ink::Quiet, &head, &words);
            }
            Happening::Done {
                step,
                message,
                took,
            } => {
                let head = format!("✔ {}", self.name(*step));
                let message = match message.as_str() {
                    "" => String::new(),
                    message => format!(", {}", printable(message)),
                };
                let done = done(self.plan.steps[*step].action);
                let words = format!("{done}{message}  {}", duration(*took));
                paper.wrapped(Ink::Added, &head, &words);
            }
            Happening::Failed { step, failure } => self.failure(&mut paper, *step, failure),
            Happening::Skipped { step, because } => {
                let head = format!("· {}", self.name(*step));
                paper.wrapped(Ink::Quiet, &head, &format!("skipped: {}", reason(because)));
            }
            Happening::Stopping { reason } => {
                let words = format!(
                    "stopping: {}; what is under way is finished, and nothing else begins",
                    printable(reason)
                );
                paper.wrapped(Ink::Danger, "!", &words);
            }
        }
        Some(paper.text.trim_end().to_owned())
    }

    pub(super) fn failure(&self, paper: &mut Paper, step: usize, failure: &Failure) {
        let head = format!("x {}", self.name(step));
        paper.wrapped(
            Ink::Danger,
            &head,
            &format!("failed: {}", printable(&failure.message)),
        );
        for detail in &failure.details {
            paper.wrapped(Ink::Quiet, "   ", &printable(detail));
        }
        if let Some(runbook) = &failure.runbook {
            paper.line(Ink::Quiet, &format!("     read on: {}", printable(runbook)));
        }
    }

    pub(super) fn name(&self, step: usize) -> String {
        object(&self.plan.steps[step].identity)
    }
}

pub(super) fn reason(because: &Skip) -> String {
    match because {
        Skip::Needs(other) => format!("it needs {}", object(other)),
        Skip::Stopped => "stopped before it began".to_owned(),
        Skip::Blocked => "it is blocked, as the plan says".to_owned(),
        Skip::FailedFast => "another failed first (--fail-fast)".to_owned(),
    }
}
