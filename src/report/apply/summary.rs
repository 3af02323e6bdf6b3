//! The end of an apply: what was done, what was not and why, and what to do next.

use super::lines::reason;
use super::{State, Telling, done, duration};
use crate::model::event::Outcome;
use crate::model::plan::Action;
use crate::report::line::printable;
use crate::report::paper::Paper;
use crate::report::style::Ink;
use crate::report::words::object;

/// Steps that are named as the longest, and how long they took at least.
const LONGEST: usize = 3;
const WORTH_NAMING: u64 = 5;

pub(super) fn summary(telling: &Telling<'_>, outcome: &Outcome, command: &str) -> String {
    let mut paper = Paper::new(telling.style);
    if !outcome.succeeded() {
        not_done(&mut paper, telling, outcome);
    }
    let ink = match outcome.succeeded() {
        true => Ink::Heading,
        false => Ink::Danger,
    };
    let serial = match outcome.serial {
        0 => String::new(),
        serial => format!(" · inventory serial {serial}"),
    };
    let took = duration(outcome.took);
    let counts = counts(telling, outcome);
    paper.line(
        ink,
        &format!("{} in {took}: {counts}{serial}", word(outcome)),
    );
    longest(&mut paper, telling);
    if let Some(why) = &outcome.unrecorded {
        let words = format!(
            "{}; its pending record knows what may be there, and the next apply clears it up",
            printable(why)
        );
        paper.wrapped(Ink::Danger, "!", &words);
    }
    if !outcome.succeeded() {
        let moved = telling.failures.values().any(|failure| failure.moved);
        let how = match moved {
            true => "Some of it changed since the plan was made; to plan again and go on",
            false => "To go on",
        };
        paper.line(Ink::Heading, &format!("{how}: {command}"));
    }
    paper.text
}

fn word(outcome: &Outcome) -> &'static str {
    match (outcome.interrupted, outcome.succeeded()) {
        (true, _) => "Stopped",
        (false, true) => "Done",
        (false, false) => "Failed",
    }
}

/// `3 created, 5 updated, 1 failed`
fn counts(telling: &Telling<'_>, outcome: &Outcome) -> String {
    let steps = telling.plan.steps.iter().enumerate();
    let ended: Vec<Action> = steps
        .filter(|(index, _)| outcome.is_done(*index))
        .map(|(_, step)| step.action)
        .collect();
    let mut parts: Vec<String> = Vec::new();
    for word in [
        "created",
        "updated",
        "replaced",
        "adopted",
        "deleted",
        "left alone",
        "moved",
    ] {
        let count = ended.iter().filter(|action| done(**action) == word).count();
        if count > 0 {
            parts.push(format!("{count} {word}"));
        }
    }
    for (steps, word) in [
        (&outcome.failed, "failed"),
        (&outcome.skipped, "skipped"),
        (&outcome.waiting, "written and not seen healthy"),
    ] {
        if !steps.is_empty() {
            parts.push(format!("{} {word}", steps.len()));
        }
    }
    match telling.plan.unchanged() {
        0 if parts.is_empty() => "nothing to do".to_owned(),
        0 => parts.join(", "),
        unchanged => {
            parts.push(format!("{unchanged} unchanged"));
            parts.join(", ")
        }
    }
}

fn not_done(paper: &mut Paper, telling: &Telling<'_>, outcome: &Outcome) {
    paper.gap();
    paper.line(Ink::Danger, "Not done");
    for (step, failure) in &telling.failures {
        telling.failure(paper, *step, failure);
    }
    for step in &outcome.waiting {
        let head = format!("… {}", telling.name(*step));
        let message = match &telling.states[*step] {
            State::Begun { message, .. } if !message.is_empty() => {
                format!(": {}", printable(message))
            }
            _ => String::new(),
        };
        paper.wrapped(
            Ink::Quiet,
            &head,
            &format!("written, and no longer waited for{message}"),
        );
    }
    // Those that were skipped for one reason, in one place.
    let mut skipped: Vec<(String, Vec<String>)> = Vec::new();
    for step in &outcome.skipped {
        let State::Skipped(because) = &telling.states[*step] else {
            continue;
        };
        let (why, name) = (reason(because), object(&telling.plan.steps[*step].identity));
        match skipped.iter_mut().find(|(other, _)| *other == why) {
            Some((_, names)) => names.push(name),
            None => skipped.push((why, vec![name])),
        }
    }
    for (why, names) in skipped {
        let head = format!("· {} skipped: {why}", names.len());
        paper.line(Ink::Quiet, &head);
        paper.wrapped(Ink::Quiet, "   ", &names.join(", "));
    }
    paper.gap();
}

fn longest(paper: &mut Paper, telling: &Telling<'_>) {
    let states = telling.states.iter().enumerate();
    let mut took: Vec<_> = states
        .filter_map(|(step, state)| match state {
            State::Done { took } if took.as_secs() >= WORTH_NAMING => Some((*took, step)),
            _ => None,
        })
        .collect();
    took.sort_by(|a, b| b.cmp(a));
    let named = took.iter().take(LONGEST);
    let named: Vec<String> = named
        .map(|(took, step)| format!("{} {}", telling.name(*step), duration(*took)))
        .collect();
    if !named.is_empty() {
        paper.wrapped(Ink::Quiet, "Longest", &named.join(", "));
    }
}
