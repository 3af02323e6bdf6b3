//! The Cluster of kops.

use std::collections::BTreeMap;

use serde_json::json;

use super::groups::{etcd_member, places};
use super::value::{given, joined};
use super::{Complete, document};
use crate::model::cluster::{Dns, Reach};
use crate::yaml::Value;

/// What pods and services have their addresses from, where nobody says: kops' own default.
pub const PODS: &str = "100.64.0.0/10";

/// Days for which kops keeps backups of etcd, by its own default.
const BACKUP_DAYS: u32 = 90;

pub fn cluster(complete: &Complete<'_>) -> Value {
    let (cluster, name) = (complete.cluster, complete.name);
    let network = &cluster.network;
    let spec = given([
        ("additionalNetworkCIDRs", json!(network.additional)),
        ("api", api(complete)),
        ("authorization", json!({ "rbac": {} })),
        ("channel", json!("stable")),
        ("cloudLabels", json!(cluster.tags)),
        ("cloudProvider", json!("aws")),
        ("configBase", json!(format!("{}/{name}", complete.state))),
        (
            "etcdClusters",
            json!([etcd(complete, "main"), etcd(complete, "events")]),
        ),
        ("iam", iam(complete)),
        ("kubelet", json!({ "anonymousAuth": false })),
        ("kubernetesApiAccess", json!(cluster.api.access)),
        (
            "kubernetesVersion",
            json!(complete.kubernetes.trim_start_matches('v')),
        ),
        ("masterPublicName", public_name(complete)),
        ("networkCIDR", json!(network.cidr)),
        ("networkID", json!(network.vpc)),
        (
            "networking",
            json!({ network.cni.as_deref().unwrap_or_default(): {} }),
        ),
        (
            "nonMasqueradeCIDR",
            json!(network.pods.as_deref().unwrap_or(PODS)),
        ),
        ("serviceAccountIssuerDiscovery", discovery(complete)),
        ("serviceClusterIPRange", json!(network.services)),
        ("sshAccess", json!(cluster.ssh.access)),
        ("sshKeyName", ssh_key(complete)),
        ("subnets", subnets(complete)),
        ("topology", topology(cluster.dns)),
    ]);
    let addons = cluster.addons.iter().map(|addon| addon.as_str());
    let spec = joined(
        spec,
        addons.map(|addon| addon_of(complete, addon)).collect(),
    );
    document("Cluster", name, BTreeMap::new(), spec)
}

/// Without a class, kops up to 1.36 makes a Classic load balancer, which 1.37 removes.
fn api(complete: &Complete<'_>) -> Value {
    let kind = match complete.cluster.api.load_balancer {
        Some(Reach::Private) => "Internal",
        _ => "Public",
    };
    json!({ "loadBalancer": { "class": "Network", "type": kind } })
}

fn topology(dns: Dns) -> Value {
    let kind = match dns {
        Dns::None => "None",
        Dns::Public => "Public",
        Dns::Private => "Private",
    };
    json!({ "dns": { "type": kind } })
}

/// kops names the API server by itself where a zone of DNS holds it.
fn public_name(complete: &Complete<'_>) -> Value {
    match complete.cluster.dns {
        Dns::None => Value::Null,
        Dns::Public | Dns::Private => json!(format!("api.{}", complete.name)),
    }
}

fn etcd(complete: &Complete<'_>, name: &str) -> Value {
    let settings = &complete.cluster.etcd;
    let disk = &settings.disk;
    let members = places(complete).into_iter().map(|place| {
        given([
            ("encryptedVolume", json!(disk.encrypted.unwrap_or(true))),
            ("instanceGroup", json!(place.group)),
            ("kmsKeyId", json!(settings.kms_key)),
            ("name", json!(etcd_member(complete, &place))),
            ("volumeIops", json!(disk.iops)),
            ("volumeSize", json!(disk.size)),
            ("volumeThroughput", json!(disk.throughput)),
            ("volumeType", json!(disk.kind)),
        ])
    });
    given([
        (
            "cpuRequest",
            json!(if name == "main" { "200m" } else { "100m" }),
        ),
        ("etcdMembers", members.collect()),
        ("manager", json!({ "backupRetentionDays": BACKUP_DAYS })),
        ("memoryRequest", json!("100Mi")),
        ("name", json!(name)),
        ("version", json!(settings.version)),
    ])
}

fn iam(complete: &Complete<'_>) -> Value {
    let mut iam = json!({ "allowContainerRegistry": true, "legacy": false });
    if complete.cluster.service_accounts.discovery_store.is_some() {
        iam["useServiceAccountExternalPermissions"] = json!(true);
    }
    iam
}

fn discovery(complete: &Complete<'_>) -> Value {
    match &complete.cluster.service_accounts.discovery_store {
        Some(store) => json!({
            "discoveryStore": format!("{store}/{}", complete.name),
            "enableAWSOIDCProvider": true,
        }),
        None => Value::Null,
    }
}

/// An empty name keeps kops from asking for a key: machines then have none.
fn ssh_key(complete: &Complete<'_>) -> Value {
    let ssh = &complete.cluster.ssh;
    match (&ssh.key_name, &ssh.public_key) {
        (Some(name), _) => json!(name),
        (None, Some(_)) => Value::Null,
        (None, None) => json!(""),
    }
}

fn subnets(complete: &Complete<'_>) -> Value {
    let subnets = complete.subnets.0.iter().map(|subnet| {
        given([
            ("cidr", json!(subnet.cidr)),
            ("egress", json!(subnet.egress)),
            ("id", json!(subnet.id)),
            ("name", json!(subnet.name)),
            ("type", json!(subnet.kind)),
            ("zone", json!(subnet.zone)),
        ])
    });
    subnets.collect()
}

/// An addon of kops, by its name in the Cluster.
fn addon_of(complete: &Complete<'_>, addon: &str) -> (String, Value) {
    let certificates = complete
        .cluster
        .addons
        .iter()
        .any(|addon| addon == "certManager");
    let value = match addon {
        "externalDns" => json!({ "provider": "external-dns" }),
        "metricsServer" if !certificates => json!({ "enabled": true, "insecure": true }),
        _ => json!({ "enabled": true }),
    };
    (addon.to_owned(), value)
}
