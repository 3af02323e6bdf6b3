//! What is rendered for kops: complete, valid for kops' own schema, and unmoved by a change beside.

use std::collections::BTreeMap;
use std::path::Path;

use kops_stack::check::against;
use kops_stack::object::Object;
use serde_json::Value;

use crate::support::{ROOT, Sandbox};

const FOLDER: &str = "environments/prod/manifests/cluster";

/// A repository whose environment `prod` has this cluster.yaml.
fn repository(cluster: &str) -> Sandbox {
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", ""),
        (
            "environments/prod/environment.yaml",
            "stack: reference/2026.12\ncrds: stand-in\ncomponents: { cluster-autoscaler: {} }\n",
        ),
    ]);
    sandbox.write("environments/prod/cluster.yaml", cluster);
    sandbox
}

/// The documents for kops, by file.
fn rendered(sandbox: &Sandbox) -> BTreeMap<String, Value> {
    sandbox.run("render prod").succeeds();
    let files = sandbox.files(FOLDER).into_iter();
    let manifests = files.filter(|(name, _)| name.ends_with(".yaml"));
    let parsed = manifests.map(|(name, bytes)| {
        let source = kops_stack::yaml::decode(&name, bytes).expect("UTF-8");
        let mut documents = kops_stack::yaml::kubernetes_stream(&source).expect("YAML");
        (name, documents.pop().expect("one document").0)
    });
    parsed.collect()
}

fn spec(documents: &BTreeMap<String, Value>, name: &str) -> Value {
    let found = documents
        .values()
        .find(|document| document["metadata"]["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is rendered: {documents:#?}"))["spec"].clone()
}

const SMALL: &str = "\
provider: kops
name: prod.example.com
state: s3://state.example.com
kubernetes: 1.36.3
region: eu-west-1
zones: [eu-west-1a]
network: { cidr: 10.20.0.0/16, cni: cilium }
controlPlane: { machine: m6i.large }
nodeGroups:
  general: { machine: m7g.large, min: 1, max: 3 }
";

/// Every knob that kops' manifests show.
const LARGE: &str = "\
provider: kops
name: prod.example.com
account: '210987654321'
state: s3://state.example.com
kubernetes: 1.35.4
region: eu-west-1
zones: [eu-west-1a, eu-west-1b, eu-west-1c]
dns: private
network:
  cidr: 10.20.0.0/16
  additional: [10.21.0.0/16]
  vpc: vpc-0123
  cni: amazonvpc
  pods: 100.72.0.0/13
  services: 100.72.0.0/20
  subnets:
    eu-west-1a: { cidr: 10.21.0.0/19, egress: nat-0123 }
api: { access: [192.0.2.0/24], loadBalancer: private }
ssh: { access: [192.0.2.0/24], publicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA someone }
image: ami-0123
controlPlane: { machine: m6i.large, count: 3, image: ami-4567, disk: { size: 64, type: gp3 } }
etcd: { version: 3.6.1, kmsKey: 'arn:aws:kms:eu-west-1:210987654321:key/0123', disk: { size: 40, type: gp3, iops: 3000, throughput: 200 } }
serviceAccounts: { discoveryStore: s3://oidc.example.com }
tags: { team: platform }
addons: [metricsServer, externalDns, nodeTerminationHandler]
nodeGroups:
  general: { machine: m6i.large, perZone: { min: 1, max: 3 }, zones: [eu-west-1a, eu-west-1c], labels: { role: general } }
  batch:
    machines: [c6i.2xlarge, c5.2xlarge]
    max: 40
    spot: true
    image: ami-89ab
    taints: ['dedicated=batch:NoSchedule']
    disk: { size: 200, type: gp3, iops: 3000, throughput: 125, encrypted: true }
    tags: { cost: batch }
    autoscale: false
    roll: { surge: 10%, unavailable: '0', drain: true }
";

#[test]
fn what_is_rendered_fits_the_schema_of_kops() {
    let folder = Path::new(ROOT).join("../shared/data/kops/crds");
    if !folder.is_dir() {
        eprintln!("skipped: {} is not there", folder.display());
        return;
    }
    let crd = |file: &str| {
        let bytes = fs_err::read(folder.join(file)).expect("it is in the folder");
        let source = kops_stack::yaml::decode(file, bytes).expect("UTF-8");
        let mut documents = kops_stack::yaml::kubernetes_stream(&source).expect("YAML");
        Object::new(documents.pop().expect("one document").0).expect("a CRD")
    };
    let crds = [crd("clusters.yaml"), crd("instancegroups.yaml")];
    let problems = |value: &Value| {
        let object = Object::new(value.clone()).expect("an object");
        let crd = usize::from(object.kind() == "InstanceGroup");
        against(&crds[crd], &object)
    };
    for cluster in [SMALL, LARGE] {
        for (name, document) in rendered(&repository(cluster)) {
            assert_eq!(problems(&document), Vec::<String>::new(), "{name}");
        }
    }
    // The schema sees what kops itself would drop without a word.
    let documents = rendered(&repository(SMALL));
    let mut wrong = documents
        .into_values()
        .next()
        .expect("the Cluster comes first");
    wrong["spec"]["kubernetesVersoin"] = Value::from("1.36.3");
    assert_eq!(problems(&wrong).len(), 1);
}

#[test]
fn knobs_become_the_manifests_of_kops() {
    let mut text = String::new();
    for (name, document) in rendered(&repository(LARGE)) {
        text.push_str(&format!("# {name}\n{}", kops_stack::yaml::emit(&document)));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_zone_that_comes_moves_no_other() {
    let small = repository(SMALL);
    let before = rendered(&small);
    small.replace(
        "environments/prod/cluster.yaml",
        "[eu-west-1a]",
        "[eu-west-1c, eu-west-1a]",
    );
    let after = rendered(&small);
    let subnets = |documents: &BTreeMap<String, Value>| {
        let list = spec(documents, "prod.example.com")["subnets"].clone();
        let list = list.as_array().cloned().unwrap_or_default();
        list.into_iter()
            .map(|subnet| subnet.to_string())
            .collect::<Vec<_>>()
    };
    let (before, after) = (subnets(&before), subnets(&after));
    assert_eq!((before.len(), after.len()), (2, 4));
    assert!(
        before.iter().all(|subnet| after.contains(subnet)),
        "{before:?} {after:?}"
    );
}

#[test]
fn a_patch_reaches_what_no_knob_covers() {
    let sandbox = repository(SMALL);
    sandbox.write(
        "environments/prod/patches.yaml",
        "max-pods:\n  reason: Small machines hold few pods\n  target: { kind: InstanceGroup, name: general }\n  merge: { spec: { kubelet: { maxPods: 40 } } }\n",
    );
    assert_eq!(
        spec(&rendered(&sandbox), "general")["kubelet"]["maxPods"],
        40
    );
}

#[test]
fn a_cluster_that_something_else_made_has_no_manifests() {
    let sandbox = repository("kubernetes: 1.36.3\nname: prod.example.com\n");
    sandbox.run("render prod").succeeds();
    assert!(!sandbox.exists(FOLDER));
}
