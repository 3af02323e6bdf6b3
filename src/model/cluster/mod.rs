//! The values of `cluster.yaml`: what makes the cluster, and what modules know of it.

pub mod assets;
pub mod change;
pub mod cloud;
pub mod journal;
pub mod kops;
pub mod making;
pub mod normal;
pub mod provider;
pub mod rolls;
mod shape;

use std::collections::BTreeMap;

use crate::model::version::Version;

pub use kops::KOPS_ADDONS;

/// The values of `cluster.yaml`.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    pub provider: String,
    pub name: Option<String>,
    /// Account of the cloud in which the cluster lives.
    pub account: Option<String>,
    pub roles: Roles,
    /// Where kops keeps what it knows of its clusters.
    pub state: Option<String>,
    pub kubernetes: Option<String>,
    pub region: Option<String>,
    pub zones: Vec<String>,
    /// Who resolves the name of the API server.
    pub dns: Dns,
    /// ARN of the identity provider of IAM that vouches for the cluster's service accounts.
    pub oidc_provider: Option<String>,
    pub network: Network,
    pub api: Api,
    pub ssh: Ssh,
    /// Image of all machines that name none of their own.
    pub image: Option<String>,
    pub control_plane: ControlPlane,
    pub etcd: Etcd,
    pub service_accounts: ServiceAccounts,
    pub node_groups: BTreeMap<String, NodeGroup>,
    /// Whose machines may be replaced, and how long that may take.
    pub rolls: rolls::RollKnobs,
    /// Addons of kops that are on.
    pub addons: Vec<String>,
    /// Tags of everything that the cluster has in the cloud.
    pub tags: BTreeMap<String, String>,
}

/// The roles of the account by which each command works, as ARNs.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Roles {
    /// May read.
    pub plan: Option<String>,
    /// May read and write.
    pub apply: Option<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Dns {
    /// Nobody: the address of the load balancer is used.
    #[default]
    None,
    Public,
    Private,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    #[default]
    Private,
    Public,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    pub cidr: Option<String>,
    /// CIDRs beside the first.
    pub additional: Vec<String>,
    /// A VPC that is there already.
    pub vpc: Option<String>,
    pub cni: Option<String>,
    /// Whether machines have addresses of their own on the internet.
    pub topology: Reach,
    /// What pods and services have their addresses from.
    pub pods: Option<String>,
    pub services: Option<String>,
    /// Subnets that are not derived, by name.
    pub subnets: BTreeMap<String, PinnedSubnet>,
}

/// A subnet with a given network, or one that is there already.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PinnedSubnet {
    pub cidr: Option<String>,
    pub id: Option<String>,
    /// What leaves the subnet goes this way: a NAT gateway, an instance, `External`.
    pub egress: Option<String>,
}

/// How the API server is reached.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Api {
    /// Networks that may reach it.
    pub access: Vec<String>,
    pub load_balancer: Option<Reach>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ssh {
    /// Networks that may reach the machines.
    pub access: Vec<String>,
    pub public_key: Option<String>,
    /// A key pair that is there already.
    pub key_name: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ControlPlane {
    pub machine: Option<String>,
    pub count: Option<i64>,
    pub image: Option<String>,
    pub disk: Disk,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Disk {
    /// GiB.
    pub size: Option<i64>,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub iops: Option<i64>,
    /// MiB/s.
    pub throughput: Option<i64>,
    pub encrypted: Option<bool>,
    /// ARN of the key that encrypts it; of the disks of machines alone.
    pub kms_key: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Etcd {
    pub version: Option<String>,
    pub disk: Disk,
    /// ARN of the key that encrypts its volumes.
    pub kms_key: Option<String>,
}

/// How service accounts become known outside the cluster.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceAccounts {
    /// Where the issuer's keys are published.
    pub discovery_store: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeGroup {
    pub role: Role,
    pub machine: Option<String>,
    pub machines: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// A group of its own in each zone, of these sizes.
    pub per_zone: Sizes,
    pub zones: Vec<String>,
    pub image: Option<String>,
    pub spot: bool,
    pub labels: BTreeMap<String, String>,
    pub taints: Vec<String>,
    pub disk: Disk,
    pub tags: BTreeMap<String, String>,
    /// Whether the cluster autoscaler may change its size.
    pub autoscale: bool,
    pub roll: Roll,
}

#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sizes {
    pub min: Option<i64>,
    pub max: Option<i64>,
}

impl Sizes {
    /// Least and greatest number, where one of both is said.
    pub fn said(&self) -> Option<(i64, i64)> {
        let least = self.min.or(self.max.map(|_| 0))?;
        Some((least, self.max.unwrap_or(least)))
    }
}

impl NodeGroup {
    /// Least and greatest number of machines: in each zone, or in all.
    pub fn sizes(&self) -> Option<(i64, i64)> {
        let all = Sizes {
            min: self.min,
            max: self.max,
        };
        self.per_zone.said().or_else(|| all.said())
    }

    /// The groups of kops that it becomes: itself, or one in each zone. `zones` are the cluster's.
    pub fn names(&self, name: &str, zones: &[String]) -> Vec<String> {
        let zones = match self.zones.is_empty() {
            true => zones,
            false => &self.zones,
        };
        match self.per_zone.said() {
            Some(_) => zones.iter().map(|zone| format!("{name}-{zone}")).collect(),
            None => vec![name.to_owned()],
        }
    }

    /// The machine type: the only one, or the first of several.
    pub fn first_machine(&self) -> Option<&str> {
        let several = self.machines.first().map(String::as_str);
        self.machine.as_deref().or(several)
    }
}

/// What the machines of a group are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// They run pods.
    #[default]
    Node,
    /// People reach the other machines over them.
    Bastion,
    /// They run API servers, and no etcd.
    ApiServer,
}

/// How the machines of a group are replaced.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Roll {
    /// A number or a percentage.
    pub surge: Option<String>,
    pub unavailable: Option<String>,
    pub drain: Option<bool>,
}

impl Cluster {
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
