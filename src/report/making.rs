//! The steps of the cluster itself while they go on, and when they have ended.

use std::path::Path;
use std::time::Duration;

use serde_json::json as value;

use super::apply::{FORMAT, duration, result, seconds};
use super::cluster;
use super::line::printable;
use super::paper::Paper;
use super::style::{Ink, Style};
use crate::model::cluster::change::ClusterPlan;
use crate::model::cluster::making::{Event, Failure, Happening, Outcome};
use crate::model::cluster::rolls::Hold;
use crate::yaml::Value;

/// In a log, what kops says while it works is told this often at most.
const SELDOM: Duration = Duration::from_secs(30);

/// What is known so far.
#[derive(Debug)]
pub struct Telling<'a> {
    plan: &'a ClusterPlan,
    style: Style,
    /// When something was told last.
    told: Duration,
    said: String,
}

/// How it ended, and what belongs to it.
#[derive(Debug)]
pub struct Ended<'a> {
    pub outcome: &'a Outcome,
    /// What somebody types to go on.
    pub command: &'a str,
    /// Where what kops was given and said is kept.
    pub folder: &'a Path,
}

impl<'a> Telling<'a> {
    pub fn new(plan: &'a ClusterPlan, style: Style) -> Self {
        Self {
            plan,
            style,
            told: Duration::ZERO,
            said: String::new(),
        }
    }

    /// Takes note of an event; gives the line of a log for it, where it is worth one.
    pub fn hear(&mut self, event: &Event) -> Option<String> {
        let mut paper = Paper::new(self.style);
        match &event.what {
            Happening::Started { step: 0 } => {
                let head = format!("Cluster {}", printable(&self.plan.name));
                paper.line(Ink::Heading, &head);
                return self.tell(event, paper);
            }
            Happening::Started { .. } => {
                self.told = event.after;
                return None;
            }
            Happening::Said { step, message } => {
                let early = event.after < self.told + SELDOM;
                if early || *message == self.said {
                    return None;
                }
                self.said.clone_from(message);
                let head = format!("… {}", self.name(*step));
                paper.wrapped(Ink::Quiet, &head, &printable(message));
            }
            Happening::Done { step, took } => {
                let head = format!("✔ {}", self.name(*step));
                paper.wrapped(Ink::Added, &head, &duration(*took));
            }
            Happening::Failed { step, failure } => {
                let head = format!("x {}", self.name(*step));
                let words = format!("failed: {}", printable(&failure.sentence()));
                paper.wrapped(Ink::Danger, &head, &words);
                if let Failure::Provider(error) = failure {
                    for detail in &error.details {
                        paper.wrapped(Ink::Quiet, "   ", &printable(detail));
                    }
                }
            }
            Happening::Stopping { reason } => {
                let words = format!(
                    "stopping: {}; the call under way is waited for, and no other begins",
                    printable(reason)
                );
                paper.wrapped(Ink::Danger, "!", &words);
            }
        }
        self.tell(event, paper)
    }

    fn tell(&mut self, event: &Event, paper: Paper) -> Option<String> {
        self.told = event.after;
        Some(paper.text.trim_end().to_owned())
    }

    fn name(&self, step: usize) -> String {
        name(self.plan, step)
    }
}

/// Why a group is not rolled, and what would allow it.
pub fn hold(hold: Hold) -> &'static str {
    cluster::hold_words(hold)
}

/// What is about to be done where no document changes: the groups, and the way.
pub fn announcement(plan: &ClusterPlan, style: Style) -> String {
    let mut paper = Paper::new(style);
    let head = format!("Cluster {} · {}", plan.name, plan.program);
    paper.line(Ink::Heading, &printable(&head));
    for danger in cluster::dangers(plan) {
        let head = format!("  {} {} {}", danger.mark, danger.word, danger.object);
        paper.wrapped(danger.ink, &head, &danger.reason);
    }
    paper.wrapped(Ink::Quiet, "  way", &cluster::way(plan));
    paper.text
}

/// `3/7 roll general`
fn name(plan: &ClusterPlan, step: usize) -> String {
    let words = printable(&plan.steps[step].to_string());
    format!("{}/{} {words}", step + 1, plan.steps.len())
}

/// What was done, what was not and why, and what to type to go on; nothing where all is well.
pub fn summary(plan: &ClusterPlan, ended: &Ended<'_>, style: Style) -> String {
    let outcome = ended.outcome;
    let mut paper = Paper::new(style);
    let took = duration(outcome.took);
    let (done, all) = (outcome.done, plan.steps.len());
    if outcome.succeeded() {
        let steps = super::words::counted(all, "step");
        let end = match plan.goes() {
            true => "is gone",
            false => "is as it should be",
        };
        let line = format!("The cluster {end}: {steps} in {took}");
        paper.line(Ink::Heading, &line);
        return paper.text;
    }
    let word = match outcome.interrupted {
        true => "Stopped",
        false => "Failed",
    };
    let counts = format!("{word} in {took}: {done} of {all} steps of the cluster done");
    paper.line(Ink::Danger, &counts);
    for line in advice(ended) {
        paper.wrapped(Ink::Quiet, "  ", &line);
    }
    paper.line(Ink::Heading, &format!("To go on: {}", ended.command));
    paper.text
}

/// The way on, and the way back.
fn advice(ended: &Ended<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let folder = ended.folder.display();
    if let Some(Failure::Undeclared(_) | Failure::Stored(_)) = &ended.outcome.failed {
        lines.push("nothing but what is stored was changed. Way on: plan again, which shows all that the update would do, have that reviewed, and apply".to_owned());
        lines.push(format!(
            "way back: kops replace --force -f {folder}/before.yaml"
        ));
    }
    lines.push(format!("what kops was given and said: {folder}"));
    lines
}

/// One event for machines; the events of objects have the same format.
pub fn json(plan: &ClusterPlan, event: &Event) -> Value {
    let of_step = |event: &str, step: usize| {
        value!({
            "event": event,
            "step": step,
            "do": plan.steps[step].name(),
            "text": plan.steps[step].to_string(),
        })
    };
    let mut shown = match &event.what {
        Happening::Started { step } => of_step("cluster-started", *step),
        Happening::Said { step, message } => {
            let mut shown = of_step("cluster-said", *step);
            shown["message"] = value!(message);
            shown
        }
        Happening::Done { step, took } => {
            let mut shown = of_step("cluster-done", *step);
            shown["seconds"] = value!(seconds(*took));
            shown
        }
        Happening::Failed { step, failure } => {
            let mut shown = of_step("cluster-failed", *step);
            shown["message"] = value!(failure.sentence());
            if let Failure::Provider(error) = failure {
                shown["details"] = value!(error.details);
            }
            shown
        }
        Happening::Stopping { reason } => value!({"event": "stopping", "reason": reason}),
    };
    shown["format"] = value!(FORMAT);
    shown["after"] = value!(seconds(event.after));
    shown
}

/// The last line of the cluster's part.
pub fn json_end(plan: &ClusterPlan, ended: &Ended<'_>) -> Value {
    let outcome = ended.outcome;
    value!({
        "format": FORMAT,
        "after": seconds(outcome.took),
        "event": "cluster-ended",
        "result": result(outcome.interrupted, outcome.succeeded()),
        "done": outcome.done,
        "steps": plan.steps.len(),
        "next": (!outcome.succeeded()).then_some(ended.command),
    })
}
