//! What health says of objects of a real API server.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kops_stack::health::{Context, health};
use kops_stack::model::health::Status;
use kops_stack::object::Object;
use kops_stack::yaml::Value;

use crate::support::control_plane::{ControlPlane, shared};

/// Every object of `manifests` gets healthy, and none of them fails on the way.
pub fn all_get_healthy(plane: &ControlPlane, manifests: &str) -> Option<()> {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let objects = read(plane, &["get", "-f", "-"], manifests)?;
        let ready_addresses = ready_addresses(plane)?;
        let context = Context {
            age: Duration::from_mins(1),
            ready_addresses,
            ..Context::default()
        };
        let mut waits = Vec::new();
        for object in &objects {
            let health = health(object, &context);
            let line = format!("{}: {}", object.identity(), health.message);
            match health.status {
                Status::Current => {}
                Status::InProgress => waits.push(line),
                _ => panic!("{:?} {line}", health.status),
            }
        }
        if waits.is_empty() {
            assert!(objects.len() > 50, "only {} objects", objects.len());
            eprintln!("{} objects are healthy", objects.len());
            return Some(());
        }
        assert!(Instant::now() < deadline, "{}", waits.join("\n"));
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// What kubectl gives as a list.
fn read(plane: &ControlPlane, arguments: &[&str], input: &str) -> Option<Vec<Object>> {
    let arguments = [arguments, &["--output=json"]].concat();
    let said = plane.ask(&arguments, input)?;
    let said = said.unwrap_or_else(|refused| panic!("{arguments:?}: {refused}"));
    let list: Value = serde_json::from_str(&said).expect("kubectl writes JSON");
    let items = list["items"].as_array().expect("a list").iter();
    let object = |item: &Value| Object::new(item.clone()).expect("an object");
    Some(items.map(object).collect())
}

fn ready_addresses(plane: &ControlPlane) -> Option<BTreeMap<(String, String), usize>> {
    let slices = read(plane, &["get", "endpointslices", "--all-namespaces"], "")?;
    let mut ready = BTreeMap::new();
    for slice in slices {
        let service = slice
            .label("kubernetes.io/service-name")
            .unwrap_or_default();
        let key = (
            slice.namespace().unwrap_or_default().to_owned(),
            service.to_owned(),
        );
        let endpoints = slice.get(&["endpoints"]).and_then(Value::as_array);
        let is_ready = |endpoint: &&Value| endpoint["conditions"]["ready"] == true;
        let count = endpoints.map_or(0, |all| all.iter().filter(is_ready).count());
        *ready.entry(key).or_default() += count;
    }
    Some(ready)
}

/// A Deployment of one pod, in a namespace of its own.
fn deployment(namespace: &str, pod: &str) -> String {
    format!(
        r#"
apiVersion: v1
kind: Namespace
metadata: {{ name: {namespace} }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web, namespace: {namespace} }}
spec:
  progressDeadlineSeconds: 3
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} }}
    spec: {pod}
"#
    )
}

/// Waits until health says this of the Deployment; each message that came before.
fn until(plane: &ControlPlane, namespace: &str, wanted: &str) -> Option<Vec<String>> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut before = Vec::new();
    loop {
        let within = format!("--namespace={namespace}");
        let found = read(plane, &["get", "deployments", &within], "")?;
        let health = health(&found[0], &Context::default());
        let line = format!("{:?}: {}", health.status, health.message);
        if line.starts_with(wanted) {
            return Some(before);
        }
        if before.last() != Some(&line) {
            before.push(line);
        }
        assert!(Instant::now() < deadline, "{before:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The message before the deadline says what the pods lack, and the deadline is a failure.
#[test]
fn a_pod_whose_secret_is_missing_is_not_ready() {
    let namespace = "health-secret";
    let pod = r#"{ containers: [{ name: web, image: "web:1", envFrom: [{ secretRef: { name: keys } }] }] }"#;
    let Some(plane) = shared() else { return };
    if plane.apply(&deployment(namespace, pod)).is_none() {
        return;
    }
    let before = until(plane, namespace, "Failed: ProgressDeadlineExceeded: ");
    let before = before.expect("kubectl is there");
    let waits = "InProgress: 0 of 1 pod ready";
    assert!(before.iter().any(|line| line == waits), "{before:?}");
    let within = format!("--namespace={namespace}");
    let pods = read(plane, &["get", "pods", &within], "").expect("kubectl is there");
    let context = Context {
        age: Duration::from_mins(1),
        ..Context::default()
    };
    let health = health(&pods[0], &context);
    assert_eq!(health.status, Status::Failed);
    let message = "container web CreateContainerConfigError: secret \"keys\" not found";
    assert_eq!(health.message, message);
}

/// apiserver.md section 14: this would be in progress until the deadline, ten minutes by default.
#[test]
fn a_service_account_that_is_missing_is_told_at_once() {
    let namespace = "health-account";
    let pod = r#"{ serviceAccountName: nobody, containers: [{ name: web, image: "web:1" }] }"#;
    let Some(plane) = shared() else { return };
    if plane.apply(&deployment(namespace, pod)).is_none() {
        return;
    }
    until(plane, namespace, "InProgress: ReplicaFailure: pods \"web-");
    until(
        plane,
        namespace,
        "Failed: ProgressDeadlineExceeded: FailedCreate: pods \"web-",
    );
}

#[test]
fn a_pod_that_fits_no_node_says_so() {
    let namespace = "health-node";
    let pod = r#"{ nodeSelector: { zone: nowhere }, containers: [{ name: web, image: "web:1" }] }"#;
    let Some(plane) = shared() else { return };
    if plane.apply(&deployment(namespace, pod)).is_none() {
        return;
    }
    until(plane, namespace, "Failed: ProgressDeadlineExceeded: ");
    let within = format!("--namespace={namespace}");
    let pods = read(plane, &["get", "pods", &within], "").expect("kubectl is there");
    let health = health(&pods[0], &Context::default());
    assert_eq!(health.status, Status::InProgress);
    let start = "Unschedulable: 0/1 nodes are available: ";
    assert!(health.message.starts_with(start), "{}", health.message);
}
