//! Clusters that the tests make: small, with one control plane and groups of nodes.

pub const NAME: &str = "life.example.com";

/// The arguments of a call about the cluster.
pub fn about<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut arguments = words.to_vec();
    arguments.extend(["--name", NAME]);
    arguments
}

/// The cluster of a Kubernetes version, and its group of the control plane.
pub fn cluster(version: &str) -> String {
    let control_plane = group("control-plane-test-1a", "ControlPlane", "small", 1, 1);
    format!(
        "apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: {{name: {NAME}}}
spec:
  api: {{loadBalancer: {{class: Network, type: Public}}}}
  cloudProvider: aws
  etcdClusters:
  - {{name: main, etcdMembers: [{{name: a, instanceGroup: control-plane-test-1a}}]}}
  kubelet: {{anonymousAuth: false}}
  kubernetesApiAccess: [0.0.0.0/0]
  kubernetesVersion: {version}
  networkCIDR: 10.30.0.0/16
  networking: {{cilium: {{}}}}
  subnets:
  - {{name: test-1a, type: Public, zone: test-1a}}
  topology: {{dns: {{type: None}}}}
{control_plane}"
    )
}

/// A document of one group, to be added to others.
pub fn group(name: &str, role: &str, machine: &str, least: u32, most: u32) -> String {
    format!(
        "---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata:
  name: {name}
  labels: {{kops.k8s.io/cluster: {NAME}}}
spec:
  image: an-image
  machineType: {machine}
  minSize: {least}
  maxSize: {most}
  role: {role}
  subnets: [test-1a]
"
    )
}

/// A group of nodes.
pub fn nodes(name: &str, machine: &str, count: u32) -> String {
    group(name, "Node", machine, count, count + 1)
}
