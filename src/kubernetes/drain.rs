//! The nodes of a group are emptied before it goes: no new pods, and those that are there are evicted, as
//! far as disruption budgets let them.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::address::escape;
use super::connect::Connection;
use super::request::Request;
use crate::model::api::ApiError;
use crate::model::refusal;

/// How long is waited before a pod that may not go is asked to go again, as kubectl does.
const PAUSE: Duration = Duration::from_secs(5);

/// Why nodes do not get empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DrainError {
    #[error("the nodes cannot be emptied: {}", refusal::sentence(.0))]
    Refused(ApiError),
    /// Pods, each with the reason that was given last.
    #[error("after {seconds} s these pods are still there: {}", .pods.join("; "))]
    Stuck { seconds: u64, pods: Vec<String> },
}

/// Cordons the nodes that carry a label, evicts their pods, and waits until they are gone.
///
/// Pods of DaemonSets and static pods stay: they go with their machine. What has ended is no
/// obstacle.
pub async fn drain(
    connection: &Connection,
    selector: &str,
    patience: Duration,
) -> Result<usize, DrainError> {
    let began = Instant::now();
    let query = format!("labelSelector={}", escape(selector));
    let nodes = list(connection, "nodes", &query).await?;
    let nodes: Vec<&str> = nodes.iter().map(name).collect();
    for node in &nodes {
        let cordon = json!([{"op": "add", "path": "/spec/unschedulable", "value": true}]);
        let request = Request::json_patch(format!("/api/v1/nodes/{node}"), &cordon);
        connection
            .ask(&request)
            .await
            .map_err(DrainError::Refused)?;
    }
    loop {
        let mut left = Vec::new();
        for node in &nodes {
            let query = format!("fieldSelector={}", escape(&format!("spec.nodeName={node}")));
            for pod in list(connection, "pods", &query).await? {
                if !stays(&pod) {
                    left.push(evict(connection, &pod).await?);
                }
            }
        }
        if left.is_empty() {
            return Ok(nodes.len());
        }
        if began.elapsed() >= patience {
            return Err(DrainError::Stuck {
                seconds: began.elapsed().as_secs(),
                pods: left,
            });
        }
        sleep(PAUSE.min(patience.saturating_sub(began.elapsed()))).await;
    }
}

/// Nodes and pods of one node are few: they come in one answer.
async fn list(
    connection: &Connection,
    collection: &str,
    query: &str,
) -> Result<Vec<Value>, DrainError> {
    let request = Request::get(format!("/api/v1/{collection}?{query}"));
    let reply = connection.ask(&request).await;
    let mut list: Value = reply
        .and_then(|reply| reply.read())
        .map_err(DrainError::Refused)?;
    match list["items"].take() {
        Value::Array(items) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or_default()
}

/// Whether a pod goes with its machine, or is over.
fn stays(pod: &Value) -> bool {
    let metadata = &pod["metadata"];
    let owners = metadata["ownerReferences"].as_array();
    let of_daemon_set =
        owners.is_some_and(|owners| owners.iter().any(|owner| owner["kind"] == "DaemonSet"));
    let is_static = !metadata["annotations"]["kubernetes.io/config.mirror"].is_null();
    let phase = pod["status"]["phase"].as_str();
    of_daemon_set || is_static || matches!(phase, Some("Succeeded" | "Failed"))
}

/// Asks a pod to go; gives its name, and why it does not where it does not.
async fn evict(connection: &Connection, pod: &Value) -> Result<String, DrainError> {
    let namespace = pod["metadata"]["namespace"].as_str().unwrap_or_default();
    let shown = format!("{namespace}/{}", name(pod));
    if !pod["metadata"]["deletionTimestamp"].is_null() {
        return Ok(format!("{shown} is going"));
    }
    let eviction = json!({
        "apiVersion": "policy/v1",
        "kind": "Eviction",
        "metadata": {"name": name(pod), "namespace": namespace},
    });
    let path = format!("/api/v1/namespaces/{namespace}/pods/{}/eviction", name(pod));
    match connection.send(&Request::post(path, &eviction)).await {
        Ok(_) => Ok(format!("{shown} is going")),
        Err(error) if error.is_not_found() => Ok(format!("{shown} is going")),
        // A disruption budget says no, for now.
        Err(error) if error.code == 429 => Ok(format!("{shown}: {}", refusal::sentence(&error))),
        Err(error) => Err(DrainError::Refused(error)),
    }
}
