//! What modules know of the cluster: the part of `cluster.yaml` that they read.

use std::collections::BTreeMap;

use serde_json::json;

use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::model::version::Version;

/// The values of `cluster.yaml`.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    pub provider: String,
    pub name: Option<String>,
    pub kubernetes: Option<String>,
    pub region: Option<String>,
    pub zones: Vec<String>,
    /// ARN of the identity provider of IAM that vouches for the cluster's service accounts.
    pub oidc_provider: Option<String>,
    pub network: Network,
    pub control_plane: ControlPlane,
    pub node_groups: BTreeMap<String, NodeGroup>,
    /// Addons of kops that are on.
    pub addons: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    pub cidr: Option<String>,
    pub cni: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlPlane {
    pub machine: Option<String>,
    pub count: Option<i64>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeGroup {
    pub machine: Option<String>,
    pub machines: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    pub spot: bool,
    pub labels: BTreeMap<String, String>,
    pub taints: Vec<String>,
}

/// Addons that kops 1.36 can install itself, by their names in its Cluster (`kops.md`, section 8).
pub const KOPS_ADDONS: [&str; 9] = [
    "certManager",
    "metricsServer",
    "clusterAutoscaler",
    "awsLoadBalancerController",
    "nodeProblemDetector",
    "nodeTerminationHandler",
    "externalDns",
    "snapshotController",
    "karpenter",
];

impl Cluster {
    /// Shape of `cluster.yaml`.
    pub fn shape() -> Fields {
        let count = |least| KnobType::Integer {
            minimum: Some(least),
            maximum: None,
        };
        let texts = || KnobType::list(KnobType::string());
        let taints = KnobType::list(KnobType::String {
            pattern: Some("[^=:]+(=[^:]*)?:(NoSchedule|PreferNoSchedule|NoExecute)".to_owned()),
            min_length: None,
            max_length: None,
        });
        let group = Shape::new()
            .optional("machine", KnobType::string(), "Machine type")
            .default(
                "machines",
                texts(),
                json!([]),
                "Machine types, where several will do",
            )
            .optional("min", count(0), "Least number of machines")
            .optional("max", count(0), "Greatest number of machines")
            .default(
                "spot",
                KnobType::Boolean,
                json!(false),
                "Whether spare capacity is used, which may be taken away",
            )
            .default("labels", KnobType::Labels, json!({}), "Labels of the nodes")
            .default(
                "taints",
                taints,
                json!([]),
                "Taints of the nodes, as `key=value:effect`",
            )
            .object();
        let provider = KnobType::String {
            pattern: Some(
                "arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/[A-Za-z0-9._~/:-]+".to_owned(),
            ),
            min_length: None,
            max_length: None,
        };
        let network = Shape::new()
            .optional(
                "cidr",
                KnobType::Text(Text::Cidr),
                "Network of the cluster, from which subnets are derived",
            )
            .optional("cni", KnobType::string(), "Network plug-in")
            .object();
        let control_plane = Shape::new()
            .optional("machine", KnobType::string(), "Machine type")
            .optional("count", count(1), "Number of machines, odd")
            .object();
        Shape::new()
            .default(
                "provider",
                KnobType::of(&["kops", "existing"]),
                json!("existing"),
                "What makes the cluster; `existing` is any that is there already",
            )
            .optional("name", KnobType::Text(Text::Host), "Name of the cluster")
            .required(
                "kubernetes",
                KnobType::Text(Text::Version),
                "Version of Kubernetes",
            )
            .optional("region", KnobType::string(), "Region of the cloud")
            .default("zones", texts(), json!([]), "Zones of the region")
            .optional(
                "oidcProvider",
                provider,
                "ARN of the IAM OIDC provider that vouches for the service accounts",
            )
            .optional("network", network, "Network of the cluster")
            .optional(
                "controlPlane",
                control_plane,
                "Machines of the control plane",
            )
            .default(
                "nodeGroups",
                KnobType::map(group),
                json!({}),
                "Groups of machines that run pods",
            )
            .default(
                "addons",
                KnobType::list(KnobType::of(&KOPS_ADDONS)),
                json!([]),
                "Addons that kops installs itself",
            )
            .fields()
    }

    pub fn kubernetes(&self) -> Option<Version> {
        Version::parse(self.kubernetes.as_deref()?)
    }

    /// The partition of AWS that the region belongs to, as ARNs name it.
    pub fn partition(&self) -> &'static str {
        match self.region.as_deref() {
            Some(region) if region.starts_with("cn-") => "aws-cn",
            Some(region) if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// What the cluster itself brings: kops sets up network, volumes and load balancers.
    pub fn provides(&self) -> Vec<String> {
        let kops: &[&str] = match self.provider.as_str() {
            "kops" => &["cni", "storage", "loadbalancer"],
            _ => &[],
        };
        let addons = self
            .addons
            .iter()
            .map(|addon| format!("kops-addon:{addon}"));
        kops.iter()
            .map(|name| (*name).to_owned())
            .chain(addons)
            .collect()
    }
}
