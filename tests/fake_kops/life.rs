//! The life of a cluster by the fake kops alone: made, grown, rolled, upgraded, shrunk, deleted.

use std::collections::BTreeMap;

use super::specs::{NAME, about, cluster, nodes};
use crate::support::fake_kops::FakeKops;
use crate::support::oracle;

/// kubectl by the kubeconfig that kops has written; nothing where there is none.
fn kubectl(kops: &FakeKops, arguments: &[&str]) -> Option<String> {
    let output = oracle::kubectl()?
        .arg("--context")
        .arg(NAME)
        .args(arguments)
        .env("KUBECONFIG", kops.path("kubeconfig"))
        .env("HOME", kops.path("work"))
        .output()
        .expect("kubectl runs");
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    Some(String::from_utf8(output.stdout).expect("it is text"))
}

/// The nodes' versions, by group.
fn versions(kops: &FakeKops) -> Option<BTreeMap<String, Vec<String>>> {
    let template = r#"{range .items[*]}{.metadata.labels.kops\.k8s\.io/instancegroup} {.status.nodeInfo.kubeletVersion}{"\n"}{end}"#;
    let said = kubectl(
        kops,
        &["get", "nodes", "-o", &format!("jsonpath={template}")],
    )?;
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in said.lines() {
        let (group, version) = line.split_once(' ').expect("there are two words");
        found.entry(group.into()).or_default().push(version.into());
    }
    Some(found)
}

fn expected(groups: &[(&str, &str, usize)]) -> BTreeMap<String, Vec<String>> {
    let versions = |(group, version, count): &(&str, &str, usize)| {
        ((*group).to_owned(), vec![(*version).to_owned(); *count])
    };
    groups.iter().map(versions).collect()
}

fn server(kops: &FakeKops) -> Option<String> {
    let said = kubectl(kops, &["get", "--raw", "/version"])?;
    let said: serde_json::Value = serde_json::from_str(&said).expect("it is JSON");
    Some(said["gitVersion"].as_str().expect("it says so").to_owned())
}

#[test]
fn a_cluster_is_made_grown_upgraded_shrunk_and_deleted() {
    let Some(kops) = FakeKops::with_machines() else {
        return;
    };
    kops.file(
        "first.yaml",
        &(cluster("1.35.4") + &nodes("web", "large", 2)),
    );
    kops.done(&["create", "-f", "first.yaml"]);
    let refused = kops.call(&about(&["validate", "cluster"]));
    assert_eq!(refused.code, Some(1), "there is no API server yet");
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
    ]));
    kops.done(&about(&["export", "kubeconfig", "--admin"]));
    let healthy = kops.done(&about(&["validate", "cluster", "--wait", "1m"]));
    assert!(
        healthy.ends_with("Your cluster life.example.com is ready\n"),
        "{healthy}"
    );
    let Some(found) = versions(&kops) else { return };
    let control = ("control-plane-test-1a", "v1.35.4", 1);
    assert_eq!(found, expected(&[control, ("web", "v1.35.4", 2)]));
    assert_eq!(server(&kops).as_deref(), Some("v1.35.4"));
    kubectl(
        &kops,
        &["create", "configmap", "kept", "--from-literal=a=b"],
    );

    // A group more, and other machines in the one that is there: only these are rolled.
    let grown = nodes("web", "larger", 2) + &nodes("batch", "large", 1);
    kops.file("grown.yaml", &(cluster("1.35.4") + &grown));
    kops.done(&["replace", "--force", "-f", "grown.yaml"]);
    let dry = kops.done(&about(&["update", "cluster"]));
    assert!(
        dry.contains("  LaunchTemplate/web.life.example.com\n"),
        "{dry}"
    );
    assert!(
        dry.contains("InstanceType        \t large -> larger\n"),
        "{dry}"
    );
    assert!(
        dry.ends_with("Must specify --yes to apply changes\n"),
        "{dry}"
    );
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
    ]));
    assert_eq!(
        stale(&kops),
        ["web.life.example.com", "web.life.example.com"]
    );
    kops.done(&about(&["rolling-update", "cluster", "--yes"]));
    assert_eq!(stale(&kops), [""; 0]);
    let dry = kops.done(&about(&["update", "cluster"]));
    assert_eq!(dry, "No changes need to be applied\n");

    // The control plane first: its API server is another one, and what it holds is the same.
    kops.file("newer.yaml", &(cluster("1.36.3") + &grown));
    kops.done(&["replace", "--force", "-f", "newer.yaml"]);
    let roles = "--instance-group-roles=control-plane,apiserver";
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
        roles,
    ]));
    assert_eq!(
        server(&kops).as_deref(),
        Some("v1.35.4"),
        "nothing is restarted before the roll"
    );
    kops.done(&about(&["rolling-update", "cluster", "--yes", roles]));
    assert_eq!(server(&kops).as_deref(), Some("v1.36.3"));
    assert!(kubectl(&kops, &["get", "configmap", "kept"]).is_some());
    let control = ("control-plane-test-1a", "v1.36.3", 1);
    let old = [control, ("web", "v1.35.4", 2), ("batch", "v1.35.4", 1)];
    assert_eq!(versions(&kops), Some(expected(&old)));
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
    ]));
    kops.done(&about(&["rolling-update", "cluster", "--yes"]));
    let new = [control, ("web", "v1.36.3", 2), ("batch", "v1.36.3", 1)];
    assert_eq!(versions(&kops), Some(expected(&new)));

    kops.done(&about(&["delete", "ig", "batch", "--yes"]));
    assert_eq!(
        versions(&kops),
        Some(expected(&[control, ("web", "v1.36.3", 2)]))
    );
    let gone = kops.done(&about(&["delete", "cluster", "--yes"]));
    assert!(
        gone.ends_with("\nDeleted cluster: \"life.example.com\"\n"),
        "{gone}"
    );
    assert!(!kops.path("state").join(NAME).exists(), "the state is gone");
    assert!(
        !kops.path("cloud").join(NAME).join("plane").exists(),
        "the control plane is gone"
    );
}

/// The groups of the machines that are to be replaced.
fn stale(kops: &FakeKops) -> Vec<String> {
    let said = kops.done(&about(&["get", "instances", "-o", "json"]));
    let all: Vec<serde_json::Value> = serde_json::from_str(&said).expect("it is JSON");
    all.iter()
        .filter(|one| one["status"] == "NeedsUpdate")
        .map(|one| {
            one["instanceGroup"]
                .as_str()
                .expect("it says so")
                .to_owned()
        })
        .collect()
}

/// A Deployment whose budget lets no pod go.
const GUARDED: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: guarded}
spec:
  replicas: 1
  selector: {matchLabels: {app: guarded}}
  template:
    metadata: {labels: {app: guarded}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: 'an-image:1'}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: guarded}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: guarded}}
";

#[test]
fn a_roll_asks_disruption_budgets_and_goes_on_where_it_stopped() {
    let Some(kops) = FakeKops::with_machines() else {
        return;
    };
    kops.file(
        "first.yaml",
        &(cluster("1.36.3") + &nodes("web", "large", 1)),
    );
    kops.done(&["create", "-f", "first.yaml"]);
    kops.done(&about(&["update", "cluster", "--yes", "--admin"]));
    kops.file("guarded.yaml", GUARDED);
    let guarded = kops.path("work/guarded.yaml").display().to_string();
    if kubectl(&kops, &["apply", "-f", &guarded]).is_none() {
        return;
    }
    kubectl(
        &kops,
        &["rollout", "status", "deployment/guarded", "--timeout=300s"],
    );
    kops.file(
        "first.yaml",
        &(cluster("1.36.3") + &nodes("web", "larger", 1)),
    );
    kops.done(&["replace", "-f", "first.yaml"]);
    kops.done(&about(&[
        "update",
        "cluster",
        "--yes",
        "--create-kube-config=false",
    ]));
    let words = [
        "rolling-update",
        "cluster",
        "--yes",
        "--drain-timeout",
        "2s",
    ];
    let blocked = kops.call(&about(&words));
    assert_eq!(blocked.code, Some(1), "{blocked:#?}");
    assert!(
        blocked
            .stderr
            .contains("would violate the pod's disruption budget"),
        "{blocked:#?}"
    );
    let last = blocked.stderr.lines().last().expect("it said something");
    assert!(last.starts_with("Error: failed to drain node \""), "{last}");
    assert!(
        last.ends_with(" -n \"default\": global timeout reached: 2s"),
        "{last}"
    );
    // The successor is there, and the old machine, whose node is cordoned, as well.
    assert_eq!(stale(&kops).len(), 1);
    let groups = versions(&kops).expect("kubectl was there");
    assert_eq!(groups["web"].len(), 2, "{groups:?}");
    kubectl(&kops, &["delete", "poddisruptionbudget", "guarded"]);
    kops.done(&about(&words));
    assert_eq!(stale(&kops), [""; 0]);
    let groups = versions(&kops).expect("kubectl was there");
    assert_eq!(groups["web"].len(), 1, "{groups:?}");
    kops.done(&about(&["delete", "cluster", "--yes"]));
}
