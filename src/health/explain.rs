//! Pods and events, to the lines that say why a workload does not get ready.
//!
//! They end on a terminal and in the logs of CI, so values of variables are never in them.

use std::collections::BTreeMap;

use super::conditions::{Conditions, one_line};
use super::pod::{containers, is_broken};
use super::text;
use crate::object::Object;
use crate::yaml::Value;

/// Pods beyond these are counted.
const PODS: usize = 5;

/// The last warnings are shown.
const WARNINGS: usize = 20;

/// Shorter values are words such as `true` or `info` that stand everywhere.
const SHORTEST_VALUE: usize = 8;

/// What is wrong with `pods`, and the last warnings among `events` (of either events API), of which
/// each is one line. Empty where all is well.
///
/// Pods in one state are one line, `pod web-6c9f-x2x1z (and 2 more)  container web
/// ImagePullBackOff: …`; warnings of one text too, with how often they came.
pub fn explain(pods: &[Object], events: &[Object]) -> Vec<String> {
    let values = values(pods);
    let mut lines = states(pods, &values);
    lines.extend(warnings(events, &values));
    lines
}

fn states(pods: &[Object], values: &[&str]) -> Vec<String> {
    // By state, in the order in which the pods come.
    let mut states: Vec<(String, Vec<&str>)> = Vec::new();
    for pod in pods {
        let Some(state) = state(pod) else { continue };
        let state = without(state, values);
        match states.iter_mut().find(|(other, _)| *other == state) {
            Some((_, names)) => names.push(pod.name()),
            None => states.push((state, vec![pod.name()])),
        }
    }
    let more = states.len().saturating_sub(PODS);
    let line = |(state, names): (String, Vec<&str>)| match names.as_slice() {
        [name] => format!("pod {name}  {state}"),
        [name, others @ ..] => format!("pod {name} (and {} more)  {state}", others.len()),
        [] => state,
    };
    let mut lines: Vec<_> = states.into_iter().take(PODS).map(line).collect();
    if more > 0 {
        lines.push(format!("{more} more pods are not ready"));
    }
    lines
}

/// Why a pod is not ready; nothing for one that is, or has run.
fn state(pod: &Object) -> Option<String> {
    let conditions = Conditions::of(pod, &["status", "conditions"]);
    let phase = text(pod, &["status", "phase"]);
    if phase == "Succeeded" || (conditions.is_true("Ready") && phase != "Failed") {
        return None;
    }
    if pod.get(&["metadata", "deletionTimestamp"]).is_some() {
        return Some("is being deleted".to_owned());
    }
    if let Some(unscheduled) = conditions
        .get("PodScheduled")
        .filter(|c| c.status() == "False")
    {
        return Some(unscheduled.said());
    }
    let all: Vec<_> = containers(pod).collect();
    let broken = all.iter().find(|container| is_broken(container.waiting()));
    if let Some(container) = broken {
        let state = format!("container {} {}", container.name(), container.waits_for());
        return Some(match container.ended_how() {
            Some(end) => format!("{state}; it ended {end}"),
            None => state,
        });
    }
    let reason = text(pod, &["status", "reason"]);
    let message = one_line(text(pod, &["status", "message"]));
    Some(match (phase, reason, message.as_str()) {
        ("Failed", "", "") => "failed".to_owned(),
        ("Failed", reason, message) => format!("{reason}: {message}"),
        _ => super::pod::progress(pod),
    })
}

/// Warnings of one reason and one text, of whatever objects.
struct Warning<'e> {
    object: String,
    others: usize,
    times: u64,
    last: &'e str,
}

fn warnings(events: &[Object], values: &[&str]) -> Vec<String> {
    let mut warnings: BTreeMap<(&str, String), Warning<'_>> = BTreeMap::new();
    for event in events
        .iter()
        .filter(|event| text(event, &["type"]) == "Warning")
    {
        let message = one_line(first(event, &[&["message"], &["note"]]));
        let message = without(message, values);
        let object = regarding(event);
        let (times, last) = (times(event), last(event));
        let key = (text(event, &["reason"]), message);
        let known = warnings.entry(key).or_insert_with(|| Warning {
            object: object.clone(),
            others: 0,
            times: 0,
            last,
        });
        known.others += usize::from(known.object != object);
        known.times += times;
        known.last = known.last.max(last);
    }
    let mut warnings: Vec<_> = warnings.into_iter().collect();
    warnings.sort_by(|(_, a), (_, b)| a.last.cmp(b.last));
    let older = warnings.len().saturating_sub(WARNINGS);
    let recent = warnings.into_iter().skip(older);
    recent
        .map(|((reason, message), warning)| shown(reason, &message, &warning))
        .collect()
}

/// `warning FailedMount of Pod web-1 (3 times)  secret "x" not found`.
fn shown(reason: &str, message: &str, warning: &Warning<'_>) -> String {
    let others = match warning.others {
        0 => String::new(),
        others => format!(" and {others} more"),
    };
    let times = match warning.times {
        1 => String::new(),
        times => format!(" ({times} times)"),
    };
    format!(
        "warning {reason} of {}{others}{times}  {message}",
        warning.object
    )
}

fn regarding(event: &Object) -> String {
    let of = |key| first(event, &[&["involvedObject", key], &["regarding", key]]);
    format!("{} {}", of("kind"), of("name"))
}

fn times(event: &Object) -> u64 {
    let ways: [&[&str]; 3] = [&["series", "count"], &["count"], &["deprecatedCount"]];
    let mut counts = ways.iter().filter_map(|way| event.get(way)?.as_u64());
    counts.find(|count| *count > 0).unwrap_or(1)
}

/// Times of the API sort as text.
fn last(event: &Object) -> &str {
    first(
        event,
        &[
            &["series", "lastObservedTime"],
            &["lastTimestamp"],
            &["deprecatedLastTimestamp"],
            &["eventTime"],
            &["metadata", "creationTimestamp"],
        ],
    )
}

fn first<'o>(object: &'o Object, ways: &[&[&str]]) -> &'o str {
    let found = ways.iter().map(|way| text(object, way));
    let mut said = found.filter(|text| !text.is_empty());
    said.next().unwrap_or_default()
}

/// Values of variables that the pods have in clear. Errors of hooks and of starts may repeat them.
fn values(pods: &[Object]) -> Vec<&str> {
    let mut values: Vec<_> = pods.iter().flat_map(values_of).collect();
    // What holds another value goes first.
    values.sort_by_key(|value| std::cmp::Reverse(value.len()));
    values.dedup();
    values
}

fn values_of(pod: &Object) -> impl Iterator<Item = &str> {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let containers = lists
        .into_iter()
        .filter_map(|list| pod.get(&["spec", list])?.as_array())
        .flatten();
    let variables = containers.filter_map(|container| container.get("env")?.as_array());
    let values = variables
        .flatten()
        .filter_map(|variable| variable.get("value"));
    let values = values.filter_map(Value::as_str);
    values.filter(|value| value.len() >= SHORTEST_VALUE)
}

fn without(line: String, values: &[&str]) -> String {
    let hide = |line: String, value: &&str| match line.contains(*value) {
        true => line.replace(*value, "…"),
        false => line,
    };
    values.iter().fold(line, hide)
}
