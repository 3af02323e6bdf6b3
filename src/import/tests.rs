//! What the documents of kops become, in small.

use super::{knobs, patches};
use crate::testing::objects;
use serde_json::json;

const STORED: &str = "\
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: dev.example.com, creationTimestamp: '2026-11-21T15:34:02Z' }
spec:
  cloudProvider: aws
  configBase: s3://state.example.com/dev.example.com
  kubernetesVersion: v1.35.6
  networkCIDR: 10.20.0.0/16
  networking: { cilium: {} }
  nonMasqueradeCIDR: 100.64.0.0/10
  kubernetesApiAccess: [0.0.0.0/0]
  subnets:
  - { name: eu-west-1a, zone: eu-west-1a, type: Public, cidr: 10.20.0.0/20 }
  - { name: eu-west-1b, zone: eu-west-1b, type: Public, cidr: 10.20.16.0/20 }
  topology: { dns: { type: None } }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: control-plane-eu-west-1b }
spec: { role: Master, machineType: m6i.large, minSize: 1, maxSize: 1, subnets: [eu-west-1b], image: ami-1 }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: nodes-eu-west-1a }
spec: { role: Node, machineType: m6i.large, minSize: 1, maxSize: 3, subnets: [eu-west-1a], nodeLabels: { kops.k8s.io/instancegroup: nodes-eu-west-1a } }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: nodes-eu-west-1b }
spec: { role: Node, machineType: m6i.large, minSize: 1, maxSize: 3, subnets: [eu-west-1b] }
";

#[test]
fn documents_become_knobs() {
    let knobs = knobs(&objects(STORED)).expect("a cluster on AWS");
    assert_eq!(knobs["state"], "s3://state.example.com");
    assert_eq!(knobs["region"], "eu-west-1");
    assert_eq!(knobs["zones"], json!(["eu-west-1b", "eu-west-1a"]));
    assert_eq!(knobs["kubernetes"], "1.35.6");
    assert_eq!(
        knobs["controlPlane"],
        json!({"machine": "m6i.large", "count": 1, "image": "ami-1"})
    );
    assert_eq!(
        knobs["nodeGroups"]["nodes"]["perZone"],
        json!({"min": 1, "max": 3})
    );
}

#[test]
fn groups_that_differ_stay_apart() {
    let knobs =
        knobs(&objects(&STORED.replacen("maxSize: 3", "maxSize: 4", 1))).expect("a cluster");
    let groups = knobs["nodeGroups"].as_object().expect("groups");
    assert_eq!(
        groups.keys().collect::<Vec<_>>(),
        ["nodes-eu-west-1a", "nodes-eu-west-1b"]
    );
}

#[test]
fn what_cannot_be_said_is_told() {
    let told = |old: &str, new: &str| {
        knobs(&objects(&STORED.replace(old, new)))
            .expect_err("it is refused")
            .join("\n")
    };
    assert!(told("cloudProvider: aws", "cloudProvider: gce").contains("`gce`"));
    assert!(
        told("name: control-plane-eu-west-1b", "name: master-eu-west-1b")
            .contains("master-eu-west-1b")
    );
    assert!(told("kind: Cluster", "kind: InstanceGroup").contains("0 documents"));
    assert!(told("zone: ", "region: ").contains("names its zone"));
}

#[test]
fn what_differs_becomes_operations() {
    let ours = objects(
        &STORED
            .replace("ami-1", "ami-2")
            .replace("topology: ", "a/b: 1\n  topology: "),
    );
    let (patches, left) = patches(&ours[..3], &objects(STORED)[..3]);
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(
        patches[0].operations,
        [json!({"op": "remove", "path": "/spec/a~1b"})]
    );
    assert_eq!(
        patches[1].operations,
        [json!({"op": "replace", "path": "/spec/image", "value": "ami-1"})]
    );
    let (_, left) = super::patches(&ours[..2], &objects(STORED)[1..3]);
    assert_eq!(
        left,
        [
            "InstanceGroup nodes-eu-west-1a cannot be said by knobs",
            "the knobs make Cluster dev.example.com, which is not there"
        ]
    );
}
