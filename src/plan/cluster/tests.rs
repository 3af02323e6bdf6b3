//! The way between two clusters.

use super::{There, ages, plan};
use crate::model::cluster::Cluster;
use crate::model::cluster::change::ClusterPlan;
use crate::model::cluster::cloud::{CloudChanges, Machine, Task};
use crate::model::cluster::rolls::{Hold, RollKnobs, Rolls};
use crate::model::plan::Action;
use crate::model::rendering::RenderedComponent;
use crate::object::Object;
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

/// Plans the way from these documents, or from nothing.
fn from(wanted: &RenderedComponent, documents: Option<&[Object]>) -> ClusterPlan {
    let there = There {
        documents,
        ..There::default()
    };
    plan(wanted, there)
}

/// Plans the way to the cluster in which some text stands in the place of another.
fn after(changes: &[(&str, &str)]) -> ClusterPlan {
    let mut text = CLUSTER.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    from(&desired(&text), Some(&objects(CLUSTER)))
}

fn steps(plan: &ClusterPlan) -> Vec<String> {
    plan.steps.iter().map(ToString::to_string).collect()
}

fn rolls(plan: &ClusterPlan) -> Vec<&str> {
    plan.rolls.iter().map(|roll| roll.group.as_str()).collect()
}

#[test]
fn a_cluster_comes_from_nothing() {
    let plan = from(&desired(CLUSTER), None);
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
    let plan = from(&desired(&wanted), Some(&objects(&stored)));
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
    let plan = from(&desired(CLUSTER), Some(&there));
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
    let plan = from(&desired(&wanted), Some(&objects(CLUSTER)));
    assert!(plan.is_blocked());
}

fn machine(group: &str, is_old: bool) -> Machine {
    Machine {
        id: format!("i-{group}"),
        node: group.to_owned(),
        group: group.to_owned(),
        control_plane: group.starts_with("control-plane"),
        is_old,
    }
}

/// Plans where the documents are stored already.
fn settled(cloud: &CloudChanges, machines: &[Machine], unfinished: Option<&str>) -> ClusterPlan {
    let stored = objects(CLUSTER);
    let there = There {
        documents: Some(&stored),
        cloud: Some(cloud),
        machines: Some(machines),
        unfinished,
        in_the_making: false,
        other_key: false,
        rolls: None,
    };
    plan(&desired(CLUSTER), there)
}

fn template(name: &str) -> Task {
    Task {
        kind: "LaunchTemplate".to_owned(),
        name: name.to_owned(),
        fields: Vec::new(),
    }
}

#[test]
fn what_a_run_left_in_the_cloud_is_finished_from_where_it_is() {
    let all = [machine("control-plane-a", false), machine("general", false)];
    let nothing = settled(&CloudChanges::default(), &all, None);
    assert!(nothing.is_empty(), "{nothing:?}");

    // Stored, and not updated.
    let cloud = CloudChanges {
        modifies: vec![
            template("control-plane-a.masters.dev.example.com"),
            template("general.dev.example.com"),
        ],
        ..CloudChanges::default()
    };
    let left = settled(&cloud, &all, None);
    let whole = [
        "update the cloud, control plane first",
        "validate",
        "roll control-plane-a",
        "update the cloud",
        "validate",
        "roll general",
        "prune what is no longer used",
        "validate",
    ];
    assert_eq!(steps(&left), whole);

    // The control plane is updated, and not rolled: no node may be newer than it.
    let cloud = CloudChanges {
        modifies: vec![template("general.dev.example.com")],
        ..CloudChanges::default()
    };
    let old = [machine("control-plane-a", true), machine("general", false)];
    let left = settled(&cloud, &old, None);
    assert_eq!(rolls(&left), ["control-plane-a", "general"]);
    let roll = steps(&left)
        .iter()
        .position(|step| step == "roll control-plane-a");
    let update = steps(&left)
        .iter()
        .position(|step| step == "update the cloud");
    assert!(roll < update, "{:?}", steps(&left));

    // Updated, and half rolled.
    let old = [machine("control-plane-a", false), machine("general", true)];
    let left = settled(&CloudChanges::default(), &old, None);
    assert_eq!(
        steps(&left),
        [
            "validate",
            "roll general",
            "prune what is no longer used",
            "validate"
        ]
    );

    // All is done but the last look.
    let left = settled(&CloudChanges::default(), &all, Some("apply of somebody"));
    assert_eq!(steps(&left), ["validate"]);
    assert!(!left.is_empty());

    let cloud = CloudChanges {
        deferred: vec!["TargetGroup tcp-dev".to_owned()],
        ..CloudChanges::default()
    };
    let left = settled(&cloud, &all, None);
    assert_eq!(steps(&left), ["prune what is no longer used", "validate"]);
}

#[test]
fn a_cluster_without_a_control_plane_is_still_to_come() {
    let stored = objects(CLUSTER);
    let there = There {
        documents: Some(&stored[..2]),
        machines: Some(&[]),
        ..There::default()
    };
    let plan = plan(&desired(CLUSTER), there);
    assert!(plan.comes);
    assert_eq!(
        steps(&plan),
        [
            "replace InstanceGroup general",
            "update the cloud",
            "validate"
        ]
    );
}

fn allowing(names: &[&str]) -> Rolls {
    let allow = names.iter().map(|name| (*name).to_owned()).collect();
    let rolls = RollKnobs {
        allow: Some(allow),
        ..RollKnobs::default()
    };
    let cluster = Cluster {
        rolls,
        ..Cluster::default()
    };
    Rolls::of(&cluster, false)
}

/// The way to another version of Kubernetes, for which all machines are replaced, where only some may be.
fn upgraded(allowed: &[&str]) -> ClusterPlan {
    let wanted = CLUSTER.replace("1.35.4", "1.36.3");
    let there = There {
        documents: Some(&objects(CLUSTER)),
        rolls: Some(&allowing(allowed)),
        ..There::default()
    };
    plan(&desired(&wanted), there)
}

#[test]
fn machines_that_may_not_be_replaced_stay_and_nothing_else_waits_for_them() {
    let plan = upgraded(&["control-plane"]);
    let held: Vec<_> = plan.rolls.iter().map(|roll| roll.held).collect();
    assert_eq!(held, [None, Some(Hold::LeftOut)]);
    // What machines of before still use is not pruned.
    assert_eq!(
        steps(&plan),
        [
            "replace Cluster dev.example.com",
            "update the cloud, control plane first",
            "validate",
            "roll control-plane-a",
            "update the cloud",
            "validate"
        ]
    );
}

#[test]
fn nodes_wait_for_a_control_plane_that_may_not_be_rolled() {
    let plan = upgraded(&["general"]);
    let held: Vec<_> = plan.rolls.iter().map(|roll| roll.held).collect();
    assert_eq!(held, [Some(Hold::LeftOut), Some(Hold::ControlPlane)]);
    assert!(!steps(&plan).iter().any(|step| step.starts_with("roll")));
}

#[test]
fn old_machines_that_may_not_be_replaced_are_told_and_nothing_is_to_be_done() {
    let stored = objects(CLUSTER);
    let machines = [machine("control-plane-a", false), machine("general", true)];
    let allowed = allowing(&[]);
    let there = There {
        documents: Some(&stored),
        cloud: Some(&CloudChanges::default()),
        machines: Some(&machines),
        rolls: Some(&allowed),
        ..There::default()
    };
    let plan = plan(&desired(CLUSTER), there);
    assert!(plan.is_empty(), "{:?}", plan.steps);
    assert_eq!(rolls(&plan), ["general"]);
}

#[test]
fn a_group_is_as_old_as_its_oldest_machine_until_it_is_rolled() {
    let named = |(group, days): (&str, u64)| (group.to_owned(), days);
    let old = ages([("general", 2), ("general", 400), ("control-plane-a", 364)].map(named));
    let aged = |mut plan: ClusterPlan| {
        plan.ages.clone_from(&old);
        let aged = plan.aged().map(|age| (age.group.clone(), age.days));
        aged.collect::<Vec<_>>()
    };
    let unchanged = aged(from(&desired(CLUSTER), Some(&objects(CLUSTER))));
    assert_eq!(unchanged, [("general".to_owned(), 400)]);
    assert_eq!(aged(upgraded(&["all"])), []);
    assert_eq!(aged(upgraded(&[])), [("general".to_owned(), 400)]);
}

#[test]
fn another_key_is_handed_over_and_all_machines_are_replaced_for_it() {
    let stored = objects(CLUSTER);
    let there = There {
        documents: Some(&stored),
        other_key: true,
        ..There::default()
    };
    let plan = plan(&desired(CLUSTER), there);
    assert_eq!(
        steps(&plan),
        [
            "hand over the SSH key",
            "update the cloud, control plane first",
            "validate",
            "roll control-plane-a",
            "update the cloud",
            "validate",
            "roll general",
            "prune what is no longer used",
            "validate"
        ]
    );
    assert!(
        plan.rolls
            .iter()
            .all(|roll| roll.reasons == ["ssh.publicKey"])
    );
}
