//! Pod.

use std::time::Duration;

use super::conditions::{Conditions, Verdict, one_line};
use super::{Context, failed, in_progress, text};
use crate::object::Object;
use crate::yaml::Value;

/// A container that starts badly may find what it needs a moment later.
const GRACE: Duration = Duration::from_mins(1);

pub(super) fn pod(object: &Object, conditions: &Conditions<'_>, context: &Context) -> Verdict {
    match text(object, &["status", "phase"]) {
        "Succeeded" => return Ok("has run".to_owned()),
        "Failed" => return failed(why_failed(object)),
        _ => {}
    }
    let broken = containers(object).find(|container| is_broken(container.waiting()));
    if let Some(container) = broken {
        let message = format!("container {} {}", container.name(), container.waits_for());
        return match context.age < GRACE {
            true => in_progress(message),
            false => failed(message),
        };
    }
    if conditions.is_true("Ready") {
        return Ok(String::new());
    }
    if let Some(unscheduled) = conditions.get("PodScheduled").filter(|c| !c.is_true()) {
        return in_progress(unscheduled.said());
    }
    in_progress(progress(object))
}

/// What stands between the pod and its readiness.
fn progress(object: &Object) -> String {
    let all: Vec<_> = containers(object).collect();
    if let Some(container) = all.iter().find(|c| !c.waiting().is_empty()) {
        return format!("container {} {}", container.name(), container.waits_for());
    }
    let ended =
        |container: &&Container<'_>| !container.is_ready() && container.ended_how().is_some();
    if let Some(container) = all.iter().find(ended) {
        let how = container.ended_how().unwrap_or_default();
        return format!("container {} ended {how}", container.name());
    }
    let own: Vec<_> = all.iter().filter(|container| !container.is_init).collect();
    match own.is_empty() {
        true => "waiting for a node".to_owned(),
        false => {
            let ready = own.iter().filter(|container| container.is_ready()).count();
            format!("{ready} of {} containers ready", own.len())
        }
    }
}

/// The pod's own words, or those of the container that ended badly.
fn why_failed(object: &Object) -> String {
    let (reason, message) = (
        text(object, &["status", "reason"]),
        one_line(text(object, &["status", "message"])),
    );
    match (reason, message.as_str()) {
        ("", "") => {
            let ended = |container: Container<'_>| {
                Some(format!(
                    "container {} ended {}",
                    container.name(),
                    container.ended_how()?
                ))
            };
            let ended = containers(object).find_map(ended);
            ended.unwrap_or_else(|| "it failed".to_owned())
        }
        (reason, "") => reason.to_owned(),
        ("", message) => message.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}

/// Reasons with which a container waits for nothing that will come: `ErrImagePull`,
/// `CreateContainerConfigError`, `CrashLoopBackOff`.
fn is_broken(reason: &str) -> bool {
    reason.starts_with("Err")
        || reason.ends_with("Error")
        || reason.ends_with("BackOff")
        || reason == "InvalidImageName"
}

/// The state of one container.
#[derive(Debug, Clone, Copy)]
struct Container<'o> {
    status: &'o Value,
    is_init: bool,
}

/// The containers that the status knows, in the order in which they start.
fn containers(pod: &Object) -> impl Iterator<Item = Container<'_>> {
    let of = |key, is_init| {
        let list = pod.get(&["status", key]).and_then(Value::as_array);
        let list = list.into_iter().flatten();
        list.map(move |status| Container { status, is_init })
    };
    of("initContainerStatuses", true).chain(of("containerStatuses", false))
}

impl<'o> Container<'o> {
    fn name(self) -> &'o str {
        self.text("/name")
    }

    /// Why it does not run; empty when it does.
    fn waiting(self) -> &'o str {
        self.text("/state/waiting/reason")
    }

    fn is_ready(self) -> bool {
        self.status.get("ready").is_some_and(|ready| ready == true)
    }

    fn restarts(self) -> u64 {
        let count = self.status.get("restartCount").and_then(Value::as_u64);
        count.unwrap_or_default()
    }

    /// `ImagePullBackOff: Back-off pulling image "x" (3 times)`.
    fn waits_for(self) -> String {
        let message = one_line(self.text("/state/waiting/message"));
        let mut text = match message.as_str() {
            "" => self.waiting().to_owned(),
            message => format!("{}: {message}", self.waiting()),
        };
        match self.restarts() {
            0 => {}
            1 => text.push_str(" (restarted once)"),
            times => text.push_str(&format!(" (restarted {times} times)")),
        }
        text
    }

    /// How it ended, where it ended badly: now, or before it was started again.
    fn ended_how(self) -> Option<String> {
        let states = ["/state/terminated", "/lastState/terminated"];
        let state = states.iter().find_map(|way| self.status.pointer(way))?;
        let code = state.get("exitCode").and_then(Value::as_i64);
        let code = code.filter(|code| *code != 0)?;
        let reason = state.get("reason").and_then(Value::as_str);
        Some(match reason.filter(|reason| *reason != "Error") {
            Some(reason) => format!("with exit code {code}: {reason}"),
            None => format!("with exit code {code}"),
        })
    }

    fn text(self, pointer: &str) -> &'o str {
        let value = self.status.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default()
    }
}
