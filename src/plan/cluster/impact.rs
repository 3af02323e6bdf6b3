//! What a change of a field means: which machines are replaced for it, and what cannot change.

use crate::model::cluster::change::is_below;
use crate::model::plan::Effect;
use crate::model::version::Version;
use crate::object::{FieldChange, Identity, Object, Path};
use crate::yaml::Value;

/// Which machines must be replaced before a change is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Impact {
    None,
    ControlPlane,
    /// All of them, or all of a group.
    Machines,
}

/// Fields of a Cluster that the cloud takes in without a new machine.
const QUIET: [&str; 11] = [
    "spec.additionalNetworkCIDRs",
    "spec.cloudLabels",
    "spec.kubernetesApiAccess",
    "spec.nodePortAccess",
    "spec.rollingUpdate",
    "spec.sshAccess",
    "spec.subnets",
    "spec.channel",
    "spec.clusterAutoscaler",
    "spec.metricsServer",
    "spec.certManager",
];

/// Fields that only machines of the control plane read.
const CONTROL_PLANE: [&str; 9] = [
    "spec.api",
    "spec.authorization",
    "spec.encryptionConfig",
    "spec.etcdClusters",
    "spec.kubeAPIServer",
    "spec.kubeControllerManager",
    "spec.kubeScheduler",
    "spec.masterPublicName",
    "spec.serviceAccountIssuerDiscovery",
];

/// Fields of an InstanceGroup that its group in the cloud takes in, and no machine reads.
const QUIET_OF_GROUP: [&str; 11] = [
    "spec.autoscale",
    "spec.autoscalePriority",
    "spec.capacityRebalance",
    "spec.externalLoadBalancers",
    "spec.maxInstanceLifetime",
    "spec.maxSize",
    "spec.minSize",
    "spec.mixedInstancesPolicy",
    "spec.rollingUpdate",
    "spec.subnets",
    "spec.suspendProcesses",
];

/// Fields of a Cluster that hold from its creation on.
const FIXED: [(&str, &str); 6] = [
    (
        "spec.cloudProvider",
        "a cluster does not move to another cloud",
    ),
    ("spec.networkCIDR", "machines have their addresses from it"),
    ("spec.networkID", "machines live in it"),
    (
        "spec.nonMasqueradeCIDR",
        "pods and services have their addresses from it",
    ),
    (
        "spec.serviceClusterIPRange",
        "services have their addresses from it",
    ),
    ("spec.configBase", "the state of the cluster is there"),
];

pub fn of_cluster(path: &Path) -> Impact {
    match path.to_string() {
        path if below(&path, &QUIET) => Impact::None,
        path if below(&path, &CONTROL_PLANE) => Impact::ControlPlane,
        _ => Impact::Machines,
    }
}

pub fn of_group(path: &Path) -> Impact {
    match below(&path.to_string(), &QUIET_OF_GROUP) {
        true => Impact::None,
        false => Impact::Machines,
    }
}

fn below(path: &str, fields: &[&str]) -> bool {
    fields.iter().any(|field| is_below(path, field))
}

/// Why a document cannot become the other.
pub fn refusals(
    identity: &Identity,
    old: &Object,
    new: &Object,
    changes: &[FieldChange],
) -> Vec<Effect> {
    if identity.kind != "Cluster" {
        let role = changes
            .iter()
            .filter(|change| change.path.to_string() == "spec.role");
        return role
            .map(|change| {
                immutable(
                    change.path.to_string(),
                    "machines of another role are another group",
                )
            })
            .collect();
    }
    let mut effects = Vec::new();
    for change in changes {
        let path = change.path.to_string();
        let fixed = FIXED.iter().find(|(field, _)| is_below(&path, field));
        effects.extend(fixed.map(|(_, reason)| immutable(path.clone(), reason)));
        if path == "spec.kubernetesVersion" {
            effects.extend(version(change).map(|reason| Effect::Refused { reason }));
        }
    }
    let (old, new) = (&old.value()["spec"], &new.value()["spec"]);
    effects.extend(network(old, new));
    effects.extend(subnets(old, new));
    effects.extend(etcd(old, new));
    effects
}

fn immutable(path: String, reason: &str) -> Effect {
    Effect::Immutable {
        path,
        reason: format!("cannot change: {reason}"),
    }
}

/// kops checks neither a downgrade nor a minor that is left out (`kops.md`, section 5).
fn version(change: &FieldChange) -> Option<String> {
    let version = |value: &Option<Value>| Version::parse(value.as_ref()?.as_str()?);
    let (old, new) = (version(&change.old)?, version(&change.new)?);
    if new < old {
        return Some(format!(
            "Kubernetes {old} cannot go back to {new}: what etcd holds may be of a form that {new} does not read"
        ));
    }
    let (from, to) = (old.minor(), new.minor());
    (to.minor > from.minor + 1).then(|| {
        format!(
            "Kubernetes goes from {old} to {new} by every minor between: first to {}.{}",
            from.major,
            from.minor + 1
        )
    })
}

/// One network plug-in does not take over from another.
fn network(old: &Value, new: &Value) -> Option<Effect> {
    let name = |spec: &Value| spec["networking"].as_object()?.keys().next().cloned();
    let (old, new) = (name(old)?, name(new)?);
    (old != new).then(|| {
        let reason = format!("{new} does not take over the pods of {old}");
        immutable("spec.networking".to_owned(), &reason)
    })
}

/// A subnet keeps its addresses, its zone and its kind, as long as machines are in it.
fn subnets(old: &Value, new: &Value) -> Vec<Effect> {
    let now = items(&new["subnets"]);
    let mut effects = Vec::new();
    for before in items(&old["subnets"]) {
        let Some(after) = named_as(now, before) else {
            continue;
        };
        for key in ["cidr", "zone", "type", "id"] {
            if before.get(key) != after.get(key) {
                let path = format!("spec.subnets[{}].{key}", name_of(before));
                effects.push(immutable(path, "pin what is there under network.subnets"));
            }
        }
    }
    effects
}

/// A member of etcd stays with its group, and no etcd cluster goes (`kops.md`, section 7).
fn etcd(old: &Value, new: &Value) -> Vec<Effect> {
    let now = items(&new["etcdClusters"]);
    let mut effects = Vec::new();
    for before in items(&old["etcdClusters"]) {
        let path = format!("spec.etcdClusters[{}]", name_of(before));
        let Some(after) = named_as(now, before) else {
            effects.push(Effect::Immutable {
                path,
                reason: "cannot be removed".to_owned(),
            });
            continue;
        };
        for member in items(&before["etcdMembers"]) {
            let same = named_as(items(&after["etcdMembers"]), member);
            if same.is_some_and(|now| now["instanceGroup"] != member["instanceGroup"]) {
                let path = format!("{path}.etcdMembers[{}].instanceGroup", name_of(member));
                effects.push(immutable(path, "a member of etcd stays with its group"));
            }
        }
    }
    effects
}

fn items(list: &Value) -> &[Value] {
    list.as_array().map_or(&[], Vec::as_slice)
}

fn named_as<'v>(list: &'v [Value], item: &Value) -> Option<&'v Value> {
    list.iter().find(|other| other["name"] == item["name"])
}

fn name_of(item: &Value) -> &str {
    item["name"].as_str().unwrap_or_default()
}
