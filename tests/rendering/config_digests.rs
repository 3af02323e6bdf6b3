//! Pods carry the digest of the ConfigMaps that they read at start, so that a change restarts them.

use serde_json::Value;

use super::globals::workload;
use crate::support::{Sandbox, fixtures};

fn annotations(sandbox: &Sandbox, kind: &str) -> Value {
    sandbox.run("render").succeeds();
    let workload = workload(sandbox, kind);
    workload["spec"]["template"]["metadata"]["annotations"].clone()
}

#[test]
fn a_changed_config_map_changes_the_pods_that_read_it() {
    let sandbox = fixtures::workloads();
    let before = annotations(&sandbox, "deployment");
    assert!(
        before["config.kops-stack.io/workloads-config"].is_string(),
        "{before}"
    );
    sandbox.write("environments/one/workloads.yaml", "text: b\n");
    assert_ne!(annotations(&sandbox, "deployment"), before);
    // And the way back leads to the same digest.
    sandbox.write("environments/one/workloads.yaml", "text: a\n");
    assert_eq!(annotations(&sandbox, "deployment"), before);
}

#[test]
fn pods_that_read_no_config_map_stay() {
    let sandbox = fixtures::workloads();
    assert_eq!(annotations(&sandbox, "statefulset"), Value::Null);
    sandbox.write("environments/one/workloads.yaml", "text: b\n");
    assert_eq!(annotations(&sandbox, "statefulset"), Value::Null);
}

#[test]
fn a_config_map_that_the_program_watches_restarts_nothing() {
    let sandbox = fixtures::workloads();
    let before = annotations(&sandbox, "deployment");
    sandbox.write("environments/one/workloads.yaml", "watched: b\n");
    assert_eq!(annotations(&sandbox, "deployment"), before);
}

/// Labels of a ConfigMap are nothing that a program reads.
#[test]
fn labels_of_the_config_map_are_no_change() {
    let sandbox = fixtures::workloads();
    let digest = |value: Value| value["config.kops-stack.io/workloads-config"].clone();
    let before = digest(annotations(&sandbox, "deployment"));
    sandbox.write(
        "environments/one/global.yaml",
        "labels: { owner: platform }\n",
    );
    assert_eq!(digest(annotations(&sandbox, "deployment")), before);
}
