//! The way between two clusters.

use super::plan;
use crate::model::cluster::change::ClusterPlan;
use crate::model::plan::Action;
use crate::model::rendering::RenderedComponent;
use crate::testing::{objects, rendered};

const CLUSTER: &str = "\
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: dev.example.com }
spec:
  kubernetesVersion: 1.35.4
  networkCIDR: 10.20.0.0/16
  networking: { cilium: {} }
  sshKeyName: ''
  kubernetesApiAccess: [0.0.0.0/0]
  etcdClusters:
  - name: main
    etcdMembers: [{ name: a, instanceGroup: control-plane-a }]
  subnets: [{ name: a, cidr: 10.20.32.0/19, zone: a, type: Private }]
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: control-plane-a, labels: { kops.k8s.io/cluster: dev.example.com } }
spec: { role: ControlPlane, machineType: m6i.large, minSize: 1, maxSize: 1, subnets: [a] }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: general, labels: { kops.k8s.io/cluster: dev.example.com } }
spec: { role: Node, machineType: m6i.large, minSize: 2, maxSize: 4, subnets: [a] }
";

const BATCH: &str = "\
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: batch, labels: { kops.k8s.io/cluster: dev.example.com } }
spec: { role: Node, machineType: x1.large, minSize: 0, maxSize: 9, subnets: [a] }
";

fn desired(text: &str) -> RenderedComponent {
    RenderedComponent {
        module: "kops".to_owned(),
        version: "1.36.2".to_owned(),
        ..rendered(text)
    }
}

/// Plans the way to the cluster in which some text stands in the place of another.
fn after(changes: &[(&str, &str)]) -> ClusterPlan {
    let mut text = CLUSTER.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    plan(&desired(&text), Some(&objects(CLUSTER)))
}

fn steps(plan: &ClusterPlan) -> Vec<String> {
    plan.steps.iter().map(ToString::to_string).collect()
}

fn rolls(plan: &ClusterPlan) -> Vec<&str> {
    plan.rolls.iter().map(|roll| roll.group.as_str()).collect()
}

#[test]
fn a_cluster_comes_from_nothing() {
    let plan = plan(&desired(CLUSTER), None);
    assert!(plan.creates());
    assert!(
        plan.changes
            .iter()
            .all(|change| change.action == Action::Create)
    );
    assert_eq!(
        steps(&plan),
        ["create from 3 documents", "update the cloud", "validate"]
    );
    let after = plan.after.expect("it has machines");
    assert_eq!(
        (after.least.machines, after.least.cpus, after.least.memory),
        (3, 6, 24 * 1024)
    );
}

#[test]
fn what_kops_adds_is_no_difference() {
    let stored = CLUSTER
        .replace("kubernetesVersion: 1.35.4", "kubernetesVersion: v1.35.4\n  authorization: { rbac: {} }\n  iam: { legacy: false }")
        .replace("role: ControlPlane", "role: Master")
        .replace("metadata: { name: dev.example.com }", "metadata: { name: dev.example.com, creationTimestamp: '2026-11-21T15:34:02Z', generation: 3 }");
    let wanted = CLUSTER.replace("networking:", "iam: {}\n  networking:");
    let plan = plan(&desired(&wanted), Some(&objects(&stored)));
    assert!(plan.is_empty(), "{:#?}", plan.changes);
    assert!(plan.steps.is_empty());
    assert_eq!(plan.unchanged, 3);
}

#[test]
fn sizes_need_no_new_machine_and_another_type_does() {
    let plan = after(&[("maxSize: 4", "maxSize: 6")]);
    assert!(plan.rolls.is_empty());
    assert_eq!(
        steps(&plan),
        [
            "replace InstanceGroup general",
            "update the cloud",
            "validate",
            "prune what is no longer used",
            "validate"
        ]
    );
    let plan = after(&[(
        "Node, machineType: m6i.large",
        "Node, machineType: m6i.xlarge",
    )]);
    assert_eq!(rolls(&plan), ["general"]);
    assert_eq!(plan.rolls[0].reasons, ["spec.machineType"]);
    assert!(steps(&plan).contains(&"roll general".to_owned()));
}

#[test]
fn the_control_plane_goes_first() {
    let plan = after(&[("1.35.4", "1.36.3")]);
    assert_eq!(rolls(&plan), ["control-plane-a", "general"]);
    assert_eq!(
        steps(&plan),
        [
            "replace Cluster dev.example.com",
            "update the cloud, control plane first",
            "validate",
            "roll control-plane-a",
            "update the cloud",
            "validate",
            "roll general",
            "prune what is no longer used",
            "validate",
        ]
    );
}

#[test]
fn what_only_the_control_plane_reads_leaves_nodes_alone() {
    let plan = after(&[(
        "etcdClusters:",
        "api: { loadBalancer: { class: Network } }\n  etcdClusters:",
    )]);
    assert_eq!(rolls(&plan), ["control-plane-a"]);
    let plan = after(&[("[0.0.0.0/0]", "[192.0.2.0/24]")]);
    assert!(plan.rolls.is_empty());
}

#[test]
fn what_cannot_change_is_blocked() {
    let blocked = [
        ("10.20.0.0/16", "10.21.0.0/16"),
        ("cilium", "calico"),
        ("1.35.4", "1.34.9"),
        ("1.35.4", "1.37.1"),
        ("10.20.32.0/19", "10.20.64.0/19"),
        (
            "instanceGroup: control-plane-a",
            "instanceGroup: control-plane-b",
        ),
        ("role: Node", "role: Bastion"),
        ("name: main", "name: cilium"),
    ];
    for (old, new) in blocked {
        let plan = after(&[(old, new)]);
        assert!(plan.is_blocked(), "{old} -> {new}: {:#?}", plan.changes);
    }
    assert!(!after(&[("1.35.4", "1.35.6")]).is_blocked());
}

#[test]
fn a_group_that_the_files_leave_out_is_emptied_and_removed() {
    let there = objects(&format!("{CLUSTER}{BATCH}"));
    let plan = plan(&desired(CLUSTER), Some(&there));
    assert_eq!(plan.changes[0].action, Action::Delete);
    assert_eq!(
        steps(&plan),
        [
            "empty and remove batch",
            "prune what is no longer used",
            "validate"
        ]
    );
    assert_eq!(plan.before.expect("there was one").unknown, ["x1.large"]);
}

#[test]
fn the_control_plane_keeps_its_last_group() {
    let without: Vec<&str> = CLUSTER.split("---\n").collect();
    let wanted = format!("{}---\n{}", without[0], without[2]);
    let plan = plan(&desired(&wanted), Some(&objects(CLUSTER)));
    assert!(plan.is_blocked());
}
