//! Why a workload does not get well: its pods, warnings about them, and their last words.

use serde_json::Value;

use super::address::{self, escape};
use super::cluster::Cluster;
use super::pods::{self, Wrong};
use super::request::Request;
use crate::model::api::Kind;
use crate::object::{Identity, Object};

/// Of many that fail alike, these say it.
const PODS: usize = 3;
const WARNINGS: usize = 5;
const LINES: usize = 20;

/// No line of a log is shown longer.
const WIDTH: usize = 300;

impl Cluster {
    /// What can be found out, most telling first; every part is left out that cannot be read.
    pub(super) async fn reasons(&self, object: &Object) -> Vec<String> {
        let (pods, mut events) = futures::join!(self.pods_of(object), self.warnings_near(object));
        let mut wrong: Vec<Wrong> = pods.iter().flat_map(pods::wrong).collect();
        wrong.sort_by_key(|wrong| wrong.rank);
        let mut told: Vec<String> = Vec::new();
        for (number, one) in wrong.iter().enumerate() {
            // Pods of one workload mostly fail alike.
            let same = |other: &&Wrong| other.says == one.says;
            let first = wrong.iter().position(|other| same(&other)) == Some(number);
            let count = wrong.iter().filter(same).count();
            if !first || told.len() >= PODS {
                continue;
            }
            told.push(match count {
                1 => format!("pod {}: {}", one.pod, one.says),
                count => format!("pod {} and {} more: {}", one.pod, count - 1, one.says),
            });
        }
        let names: Vec<String> = pods.iter().map(|pod| pod.name().to_owned()).collect();
        events.retain(|event| concerns(event, object, &names));
        told.extend(warnings(&events));
        let crashed = wrong.iter().find(|wrong| wrong.crashed.is_some());
        if let Some((wrong, (container, previous))) =
            crashed.and_then(|wrong| Some((wrong, wrong.crashed.as_ref()?)))
        {
            let namespace = object.namespace().unwrap_or_default();
            let lines = self
                .last_lines(namespace, &wrong.pod, container, *previous)
                .await;
            if !lines.is_empty() {
                let when = if *previous {
                    " before it restarted"
                } else {
                    ""
                };
                told.push(format!("last lines of {}/{container}{when}:", wrong.pod));
                told.extend(lines.into_iter().map(|line| format!("  {line}")));
            }
        }
        told
    }

    async fn pods_of(&self, object: &Object) -> Vec<Object> {
        if object.is("", "Pod") {
            return vec![object.clone()];
        }
        let Some(selector) = object.get(&["spec", "selector"]).and_then(pods::selector) else {
            return Vec::new();
        };
        let kind = Kind::new("", "v1", "Pod");
        let Ok(served) = self.served(&kind) else {
            return Vec::new();
        };
        let path = address::collection(&kind, &served, object.namespace());
        let path = format!("{path}?limit=100&labelSelector={}", escape(&selector));
        self.items(path, "v1", "Pod").await
    }

    /// Warnings of its namespace; those about cluster-wide objects stand in `default`.
    async fn warnings_near(&self, object: &Object) -> Vec<Object> {
        let namespace = escape(object.namespace().unwrap_or("default"));
        let path =
            format!("/api/v1/namespaces/{namespace}/events?fieldSelector=type%3DWarning&limit=500");
        self.items(path, "v1", "Event").await
    }

    async fn items(&self, path: String, api_version: &str, kind: &str) -> Vec<Object> {
        let Ok(reply) = self.connection.send(&Request::get(path)).await else {
            return Vec::new();
        };
        let mut list = reply.read::<Value>().unwrap_or_default();
        let Value::Array(items) = list["items"].take() else {
            return Vec::new();
        };
        let whole = items.into_iter().filter_map(|mut item| {
            item["apiVersion"] = api_version.into();
            item["kind"] = kind.into();
            Object::new(item).ok()
        });
        whole.collect()
    }

    async fn last_lines(
        &self,
        namespace: &str,
        pod: &str,
        container: &str,
        previous: bool,
    ) -> Vec<String> {
        let path = format!(
            "/api/v1/namespaces/{}/pods/{}/log?container={}&tailLines={LINES}&limitBytes=65536&previous={previous}",
            escape(namespace),
            escape(pod),
            escape(container)
        );
        let request = Request::get(path).accept("*/*");
        let Ok(reply) = self.connection.send(&request).await else {
            return Vec::new();
        };
        let text = reply.text();
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim().is_empty())
            .collect();
        let from = lines.len().saturating_sub(LINES);
        lines[from..].iter().map(|line| shown(line)).collect()
    }
}

/// Whether an event is about the object, its pods, or what stands between: a Deployment's
/// ReplicaSets are named after it.
fn concerns(event: &Object, object: &Object, pods: &[String]) -> bool {
    let about = |key: &str| {
        let value = event.get(&["involvedObject", key]).and_then(Value::as_str);
        value.unwrap_or_default()
    };
    let (kind, name) = (about("kind"), about("name"));
    let itself = kind == object.kind() && name == object.name();
    let pod = kind == "Pod" && pods.iter().any(|pod| pod == name);
    let below = ["ReplicaSet", "Job", "Pod", "PersistentVolumeClaim"].contains(&kind)
        && name
            .strip_prefix(object.name())
            .is_some_and(|rest| rest.starts_with('-'));
    let uid = object.get(&["metadata", "uid"]).and_then(Value::as_str);
    let another_life =
        itself && uid.is_some_and(|uid| !about("uid").is_empty() && about("uid") != uid);
    (itself || pod || below) && !another_life
}

/// The last warnings, one line for each reason and text.
fn warnings(events: &[Object]) -> Vec<String> {
    let text = |event: &Object, keys: &[&str]| {
        let value = event.get(keys).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let time = |event: &Object| {
        let times = [["lastTimestamp"], ["eventTime"]].map(|keys| text(event, &keys));
        times.into_iter().max().unwrap_or_default()
    };
    let mut events: Vec<&Object> = events.iter().collect();
    events.sort_by_cached_key(|event| std::cmp::Reverse(time(event)));
    let mut lines: Vec<String> = Vec::new();
    for event in events {
        let about = Identity {
            namespace: None,
            kind: text(event, &["involvedObject", "kind"]),
            group: String::new(),
            name: text(event, &["involvedObject", "name"]),
        };
        let count = event.get(&["count"]).and_then(Value::as_u64).unwrap_or(1);
        let times = if count > 1 {
            format!(" ({count} times)")
        } else {
            String::new()
        };
        let message = shown(&text(event, &["message"]));
        let reason = text(event, &["reason"]);
        let line = format!("{} {}: {reason}: {message}{times}", about.kind, about.name);
        let told = format!("{reason}: {message}");
        if lines.len() < WARNINGS && !lines.iter().any(|line| line.contains(&told)) {
            lines.push(line);
        }
    }
    lines
}

/// A line without control characters, not too long, and without what looks like a credential.
fn shown(line: &str) -> String {
    let plain: String = line
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let masked = pods::masked(plain.trim());
    match masked.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("{}…", &masked[..end]),
        None => masked,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(kind: &str, name: &str, reason: &str, message: &str, time: &str) -> Object {
        Object::new(json!({
            "apiVersion": "v1", "kind": "Event", "metadata": {"name": "e", "namespace": "n"},
            "involvedObject": {"kind": kind, "name": name, "uid": "u"},
            "reason": reason, "message": message, "lastTimestamp": time, "count": 3,
        }))
        .unwrap()
    }

    fn deployment() -> Object {
        Object::new(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "web", "namespace": "n", "uid": "v"},
        }))
        .unwrap()
    }

    #[test]
    fn events_of_what_stands_between_count_and_of_namesakes_do_not() {
        let of = |kind: &str, name: &str| {
            concerns(
                &event(kind, name, "", "", ""),
                &deployment(),
                &["web-1-a".to_owned()],
            )
        };
        assert!(of("ReplicaSet", "web-1"));
        assert!(of("Pod", "web-1-a"));
        assert!(!of("Pod", "website-1"));
        assert!(
            !of("Deployment", "web"),
            "one of the same name that was deleted"
        );
        assert!(!of("Service", "web-1"));
    }

    #[test]
    fn the_last_warning_comes_first_and_equal_ones_are_told_once() {
        let events = [
            event("Pod", "web-1", "Old", "a", "2026-01-01T00:00:00Z"),
            event("Pod", "web-2", "New", "b", "2026-01-02T00:00:00Z"),
            event("Pod", "web-3", "Old", "a", "2026-01-01T00:00:01Z"),
        ];
        assert_eq!(
            warnings(&events),
            ["Pod web-2: New: b (3 times)", "Pod web-3: Old: a (3 times)"]
        );
    }

    #[test]
    fn lines_are_cut_and_cleaned() {
        assert_eq!(shown("a\tb\u{1b}[0m "), "a b [0m");
        assert_eq!(shown(&"x".repeat(400)).chars().count(), WIDTH + 1);
    }
}
