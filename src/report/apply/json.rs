//! Events of an apply for machines, a line each. Fields are added, never renamed; then the format
//! gets another number.

use serde_json::json as value;

use crate::model::event::{Event, Happening, Outcome, Skip};
use crate::model::plan::{Action, Plan};
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.event/1";

/// One event.
pub fn json(plan: &Plan, event: &Event) -> Value {
    let mut shown = happening(plan, &event.what);
    shown["format"] = value!(FORMAT);
    shown["after"] = value!(seconds(event.after));
    shown
}

/// The last line: how it ended, and what to type to go on where it did not end well.
pub fn json_end(plan: &Plan, outcome: &Outcome, command: &str) -> Value {
    let mut counts = value!({});
    for action in Action::ALL {
        let steps = plan.steps.iter().enumerate();
        let done = steps.filter(|(index, step)| step.action == action && outcome.is_done(*index));
        counts[action.name()] = value!(done.count());
    }
    let result = result(outcome.interrupted, outcome.succeeded());
    value!({
        "format": FORMAT,
        "after": seconds(outcome.took),
        "event": "ended",
        "result": result,
        "done": counts,
        "failed": objects(plan, &outcome.failed),
        "skipped": objects(plan, &outcome.skipped),
        "waiting": objects(plan, &outcome.waiting),
        "serial": outcome.serial,
        "unrecorded": outcome.unrecorded,
        "next": (!outcome.succeeded()).then_some(command),
    })
}

fn happening(plan: &Plan, what: &Happening) -> Value {
    let of_step = |event: &str, step: usize| {
        let shown = &plan.steps[step];
        value!({
            "event": event,
            "step": step,
            "component": shown.component,
            "object": shown.identity,
            "action": shown.action.name(),
        })
    };
    match what {
        Happening::Began { steps, serial } => {
            value!({"event": "began", "environment": plan.environment, "steps": steps, "serial": serial})
        }
        Happening::Started { step } => of_step("started", *step),
        Happening::Written { step, .. } => of_step("written", *step),
        Happening::Waiting { step, message } => {
            with(of_step("waiting", *step), [("message", value!(message))])
        }
        Happening::Done {
            step,
            message,
            took,
        } => with(
            of_step("done", *step),
            [
                ("message", value!(message)),
                ("seconds", value!(seconds(*took))),
            ],
        ),
        Happening::Retrying {
            step,
            reason,
            after,
        } => with(
            of_step("retrying", *step),
            [
                ("reason", value!(reason)),
                ("pause", value!(seconds(*after))),
            ],
        ),
        Happening::Failed { step, failure } => with(
            of_step("failed", *step),
            [
                ("message", value!(failure.message)),
                ("details", value!(failure.details)),
                ("runbook", value!(failure.runbook)),
                ("moved", value!(failure.moved)),
            ],
        ),
        Happening::Skipped { step, because } => {
            let (reason, needs) = match because {
                Skip::Needs(other) => ("needs", Some(other)),
                Skip::Stopped => ("stopped", None),
                Skip::Blocked => ("blocked", None),
                Skip::FailedFast => ("failFast", None),
            };
            with(
                of_step("skipped", *step),
                [("reason", value!(reason)), ("needs", value!(needs))],
            )
        }
        Happening::Stopping { reason } => value!({"event": "stopping", "reason": reason}),
        Happening::Recorded { serial } => value!({"event": "recorded", "serial": serial}),
    }
}

fn with<const N: usize>(mut shown: Value, fields: [(&str, Value); N]) -> Value {
    for (key, field) in fields {
        shown[key] = field;
    }
    shown
}

fn objects(plan: &Plan, steps: &[usize]) -> Vec<Value> {
    steps
        .iter()
        .map(|step| value!(plan.steps[*step].identity))
        .collect()
}

/// How an apply ended, in one word.
pub fn result(interrupted: bool, succeeded: bool) -> &'static str {
    match (interrupted, succeeded) {
        (true, _) => "interrupted",
        (false, true) => "applied",
        (false, false) => "failed",
    }
}

/// To the millisecond.
pub fn seconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1000.0).round() / 1000.0
}
