//! What is wrong with a pod, in one line.

use std::sync::LazyLock;

use regex_lite::Regex;
use serde_json::Value;

use crate::object::Object;

/// One thing that is wrong with one pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wrong {
    pub pod: String,
    pub says: String,
    /// What tells most comes first.
    pub rank: u8,
    /// A container whose log says why, and whether that is the log of before its restart.
    pub crashed: Option<(String, bool)>,
}

/// What keeps a pod from being ready; nothing where it is, or has ended well.
pub(super) fn wrong(pod: &Object) -> Vec<Wrong> {
    let status = |key: &str| pod.get(&["status", key]);
    let text = |key: &str| status(key).and_then(Value::as_str).unwrap_or_default();
    let of = |says: String, rank: u8, crashed| Wrong {
        pod: pod.name().to_owned(),
        says,
        rank,
        crashed,
    };
    if text("phase") == "Succeeded" {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let lists = ["initContainerStatuses", "containerStatuses"];
    let containers = lists.into_iter().filter_map(|key| status(key)?.as_array());
    for container in containers.flatten() {
        if let Some((says, rank, crashed)) = container_wrong(container) {
            let name = container["name"].as_str().unwrap_or_default();
            let crashed = crashed.map(|previous| (name.to_owned(), previous));
            wrong.push(of(format!("container {name} {says}"), rank, crashed));
        }
    }
    let conditions = status("conditions").and_then(Value::as_array);
    for condition in conditions.into_iter().flatten() {
        let unscheduled = condition["type"] == "PodScheduled" && condition["status"] == "False";
        if unscheduled {
            let message = condition["message"].as_str().unwrap_or_default();
            wrong.push(of(format!("not scheduled: {message}"), 1, None));
        }
    }
    if text("phase") == "Failed" && wrong.is_empty() {
        wrong.push(of(
            format!("failed: {} {}", text("reason"), text("message")),
            0,
            None,
        ));
    }
    if wrong.is_empty() && !text("phase").is_empty() && !is_ready(pod) {
        wrong.push(of(
            format!("{}, not ready", text("phase").to_lowercase()),
            4,
            None,
        ));
    }
    wrong
}

fn is_ready(pod: &Object) -> bool {
    let conditions = pod.get(&["status", "conditions"]).and_then(Value::as_array);
    let mut conditions = conditions.into_iter().flatten();
    conditions.any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// What it does, how telling that is, and the log to look into: of now or of before.
fn container_wrong(status: &Value) -> Option<(String, u8, Option<bool>)> {
    let restarts = status["restartCount"].as_u64().unwrap_or(0);
    let state = &status["state"];
    let ended = |ended: &Value| {
        let code = ended["exitCode"].as_i64().unwrap_or(0);
        let reason = ended["reason"].as_str().unwrap_or("Error");
        (code != 0).then(|| format!("exit code {code} ({reason})"))
    };
    let again = |restarts: u64| match restarts {
        0 => String::new(),
        1 => ", restarted once".to_owned(),
        times => format!(", restarted {times} times"),
    };
    if let Some(how) = ended(&state["terminated"]) {
        return Some((
            format!("ended with {how}{}", again(restarts)),
            0,
            Some(false),
        ));
    }
    let last = ended(&status["lastState"]["terminated"]);
    if let Some(reason) = state["waiting"]["reason"].as_str() {
        if let (Some(how), "CrashLoopBackOff") = (&last, reason) {
            let says = format!("crashes: {how}{}", again(restarts));
            return Some((says, 0, Some(true)));
        }
        let message = state["waiting"]["message"].as_str().unwrap_or_default();
        let says = match message {
            "" => format!("waits: {reason}"),
            message => format!("waits: {reason}: {}", masked(message)),
        };
        let starting = ["ContainerCreating", "PodInitializing"].contains(&reason);
        return Some((says, if starting { 3 } else { 0 }, None));
    }
    if state["running"].is_object() && status["ready"] == false && status["started"] != Value::Null
    {
        return Some(match last {
            Some(how) => (
                format!("runs and is not ready; before: {how}{}", again(restarts)),
                1,
                Some(true),
            ),
            None => ("runs and is not ready".to_owned(), 2, Some(false)),
        });
    }
    None
}

/// A label selector as a query wants it: of labels alone, as Services have it, or with expressions.
pub(super) fn selector(selector: &Value) -> Option<String> {
    let selector = selector.as_object()?;
    let structured =
        selector.contains_key("matchLabels") || selector.contains_key("matchExpressions");
    let labels = match structured {
        true => selector.get("matchLabels").and_then(Value::as_object),
        false => Some(selector),
    };
    let mut parts: Vec<String> = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        parts.push(format!("{key}={}", value.as_str()?));
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for expression in expressions.into_iter().flatten() {
        let key = expression["key"].as_str()?;
        let values = expression["values"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let values: Vec<&str> = values.iter().filter_map(Value::as_str).collect();
        let values = values.join(",");
        parts.push(match expression["operator"].as_str()? {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => return None,
        });
    }
    (!parts.is_empty()).then(|| parts.join(","))
}

/// The text with `***` in place of what looks like a credential.
pub(super) fn masked(text: &str) -> String {
    static KEYED: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r#"(?i)([\w.-]*(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential)[\w.-]*["']?\s*[=:]\s*["']?)([^\s"',;&]+)"#;
        Regex::new(pattern).expect("it is a pattern")
    });
    static BEARER: LazyLock<Regex> = LazyLock::new(|| {
        let pattern = r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{8,}";
        Regex::new(pattern).expect("it is a pattern")
    });
    static IN_URL: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(://[^\s:/@]*:)[^\s@/]+@").expect("it is a pattern"));
    static JWT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_.-]+").expect("it is a pattern")
    });
    let text = KEYED.replace_all(text, "$1***");
    let text = BEARER.replace_all(&text, "$1 ***");
    let text = IN_URL.replace_all(&text, "$1***@");
    JWT.replace_all(&text, "***").into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pod(status: Value) -> Object {
        Object::new(
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "status": status}),
        )
        .unwrap()
    }

    fn says(status: Value) -> Vec<String> {
        wrong(&pod(status))
            .into_iter()
            .map(|wrong| wrong.says)
            .collect()
    }

    #[test]
    fn states_are_told_in_words() {
        let container = |rest: Value| {
            let mut container =
                json!({"name": "c", "ready": false, "started": false, "restartCount": 0});
            for (key, value) in rest.as_object().unwrap() {
                container[key] = value.clone();
            }
            json!({"phase": "Running", "containerStatuses": [container]})
        };
        let cases = [
            (
                json!({"state": {"waiting": {"reason": "ImagePullBackOff", "message": "Back-off pulling image \"x\""}}}),
                "container c waits: ImagePullBackOff: Back-off pulling image \"x\"",
            ),
            (
                json!({"restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}},
                    "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}),
                "container c crashes: exit code 137 (OOMKilled), restarted 4 times",
            ),
            (
                json!({"state": {"terminated": {"exitCode": 1, "reason": "Error"}}}),
                "container c ended with exit code 1 (Error)",
            ),
            (
                json!({"state": {"running": {}}}),
                "container c runs and is not ready",
            ),
        ];
        for (status, expected) in cases {
            assert_eq!(says(container(status)), [expected]);
        }
    }

    #[test]
    fn what_works_or_has_ended_well_is_not_wrong() {
        assert!(says(json!({"phase": "Succeeded"})).is_empty());
        let ready = json!({"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
            "containerStatuses": [{"name": "c", "ready": true, "state": {"running": {}}}]});
        assert!(says(ready).is_empty());
        assert_eq!(
            says(json!({"phase": "Pending", "conditions": [
                {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}]})),
            ["not scheduled: 0/1 nodes"]
        );
    }

    #[test]
    fn the_log_of_before_is_the_one_that_says_why() {
        let crashing = pod(
            json!({"containerStatuses": [{"name": "c", "restartCount": 1,
            "state": {"waiting": {"reason": "CrashLoopBackOff"}},
            "lastState": {"terminated": {"exitCode": 1}}}]}),
        );
        assert_eq!(wrong(&crashing)[0].crashed, Some(("c".to_owned(), true)));
    }

    #[test]
    fn selectors_of_both_forms_are_written() {
        assert_eq!(selector(&json!({"app": "a"})).as_deref(), Some("app=a"));
        let full = json!({"matchLabels": {"app": "a"}, "matchExpressions": [
            {"key": "b", "operator": "In", "values": ["x", "y"]}, {"key": "c", "operator": "DoesNotExist"}]});
        assert_eq!(selector(&full).as_deref(), Some("app=a,b in (x,y),!c"));
        assert_eq!(selector(&json!({})), None);
    }

    #[test]
    fn what_looks_like_a_credential_is_masked() {
        let cases = [
            ("DB_PASSWORD=hunter2 user=a", "DB_PASSWORD=*** user=a"),
            ("\"token\": \"abcdef\", b", "\"token\": \"***\", b"),
            (
                "Authorization: Bearer abcdefghijk",
                "Authorization: Bearer ***",
            ),
            (
                "dial postgres://app:hunter2@db:5432/x failed",
                "dial postgres://app:***@db:5432/x failed",
            ),
            ("got eyJhbGciOiJI.eyJzdWIiOiIx.abc", "got ***"),
            ("connect: connection refused", "connect: connection refused"),
        ];
        for (text, expected) in cases {
            assert_eq!(masked(text), expected);
        }
    }
}
