//! The InstanceGroups of kops: names and labels are derived, never typed twice.

use std::collections::BTreeMap;

use serde_json::json;

use super::value::{given, joined};
use super::{Complete, document, zones_of};
use crate::model::cluster::kops::AUTOSCALER_TAGS;
use crate::model::cluster::{Disk, NodeGroup, Role, Roll, kops};
use crate::yaml::Value;

/// Where one machine of the control plane stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub group: String,
    pub zone: String,
    /// From 1, over the whole control plane.
    pub number: usize,
}

/// One group for each machine of the control plane.
pub fn places(complete: &Complete<'_>) -> Vec<Place> {
    let groups = kops::control_plane_groups(&complete.cluster.zones, count(complete));
    let places = groups
        .into_iter()
        .zip(1..)
        .map(|((group, zone), number)| Place {
            group,
            zone: zone.to_owned(),
            number,
        });
    places.collect()
}

/// By default one in each zone, of at most three.
pub fn count(complete: &Complete<'_>) -> usize {
    let said = complete.control_plane.count;
    let said = said.and_then(|count| usize::try_from(count).ok());
    said.unwrap_or(match complete.cluster.zones.len() {
        0..=2 => 1,
        _ => 3,
    })
}

/// As kops names them: by the zone's letter, by number where zones hold several.
pub fn etcd_member(complete: &Complete<'_>, place: &Place) -> String {
    if count(complete) > complete.cluster.zones.len() {
        return format!("etcd-{}", place.number);
    }
    let region = complete.cluster.region.as_deref().unwrap_or_default();
    let rest = place.zone.strip_prefix(region).unwrap_or(&place.zone);
    rest.trim_start_matches('-').to_owned()
}

pub fn control_plane(complete: &Complete<'_>) -> Vec<Value> {
    let settings = complete.control_plane;
    let groups = places(complete).into_iter().map(|place| {
        let spec = given([
            (
                "image",
                json!(image(complete, settings.image.as_deref(), complete.machine)),
            ),
            ("machineType", json!(complete.machine)),
            ("maxSize", json!(1)),
            ("minSize", json!(1)),
            ("role", json!("ControlPlane")),
            ("subnets", json!([place.zone])),
        ]);
        let spec = joined(spec, disk(&settings.disk));
        group(complete, &place.group, spec)
    });
    groups.collect()
}

pub fn nodes(complete: &Complete<'_>) -> Vec<Value> {
    let groups = complete.cluster.node_groups.iter();
    let documents = groups.flat_map(|(name, settings)| {
        let zones = zones_of(complete.cluster, settings);
        let sizes = settings.sizes().unwrap_or_default();
        let one =
            |name: &str, zones| group(complete, name, nodes_spec(complete, settings, zones, sizes));
        match settings.per_zone.said() {
            Some(_) => zones
                .chunks(1)
                .map(|zone| one(&format!("{name}-{}", zone[0]), zone))
                .collect(),
            None => vec![one(name, zones)],
        }
    });
    documents.collect()
}

fn nodes_spec(
    complete: &Complete<'_>,
    settings: &NodeGroup,
    zones: &[String],
    (min, max): (i64, i64),
) -> Value {
    let machine = settings.first_machine().unwrap_or_default();
    let spec = given([
        (
            "autoscale",
            if settings.autoscale {
                Value::Null
            } else {
                json!(false)
            },
        ),
        ("cloudLabels", json!(tags(complete, settings))),
        (
            "image",
            json!(image(complete, settings.image.as_deref(), machine)),
        ),
        ("machineType", json!(machine)),
        ("maxSize", json!(max)),
        ("minSize", json!(min)),
        ("mixedInstancesPolicy", mixed(settings)),
        ("nodeLabels", json!(settings.labels)),
        ("role", json!(role(settings.role))),
        ("rollingUpdate", roll(&settings.roll)),
        ("subnets", json!(zones)),
        ("taints", json!(settings.taints)),
    ]);
    joined(spec, disk(&settings.disk))
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Node => "Node",
        Role::Bastion => "Bastion",
        Role::ApiServer => "APIServer",
    }
}

/// Spot machines, and groups of several machine types.
fn mixed(settings: &NodeGroup) -> Value {
    if !settings.spot && settings.machines.len() < 2 {
        return Value::Null;
    }
    let machines = match settings.machines.is_empty() {
        true => settings.first_machine().into_iter().collect(),
        false => settings
            .machines
            .iter()
            .map(String::as_str)
            .collect::<Vec<_>>(),
    };
    let instances = json!({ "instances": machines });
    match settings.spot {
        true => joined(
            instances,
            json!({
                "onDemandAboveBase": 0,
                "onDemandBase": 0,
                "spotAllocationStrategy": "price-capacity-optimized",
            }),
        ),
        false => joined(instances, json!({ "onDemandAboveBase": 100 })),
    }
}

/// The cluster autoscaler finds a group by these tags.
fn tags(complete: &Complete<'_>, settings: &NodeGroup) -> BTreeMap<String, String> {
    let mut tags = settings.tags.clone();
    let mut components = complete.environment.components.iter();
    let scaled = settings.autoscale && settings.role == Role::Node;
    if scaled && components.any(|component| component.module.name == "cluster-autoscaler") {
        tags.insert(format!("{AUTOSCALER_TAGS}enabled"), "true".to_owned());
        let own = format!("{AUTOSCALER_TAGS}{}", complete.name);
        tags.insert(own, "owned".to_owned());
    }
    tags
}

fn image(complete: &Complete<'_>, own: Option<&str>, machine: &str) -> String {
    let said = own.or(complete.cluster.image.as_deref());
    said.map_or_else(|| kops::image(machine), str::to_owned)
}

fn disk(disk: &Disk) -> Value {
    given([
        ("rootVolumeEncryption", json!(disk.encrypted)),
        ("rootVolumeEncryptionKey", json!(disk.kms_key)),
        ("rootVolumeIops", json!(disk.iops)),
        ("rootVolumeSize", json!(disk.size)),
        ("rootVolumeThroughput", json!(disk.throughput)),
        ("rootVolumeType", json!(disk.kind)),
    ])
}

fn roll(roll: &Roll) -> Value {
    given([
        ("drainAndTerminate", json!(roll.drain)),
        (
            "maxSurge",
            roll.surge
                .as_deref()
                .map_or(Value::Null, number_or_percentage),
        ),
        (
            "maxUnavailable",
            roll.unavailable
                .as_deref()
                .map_or(Value::Null, number_or_percentage),
        ),
    ])
}

fn number_or_percentage(text: &str) -> Value {
    text.parse::<u64>()
        .map_or_else(|_| json!(text), |number| json!(number))
}

fn group(complete: &Complete<'_>, name: &str, spec: Value) -> Value {
    let labels = BTreeMap::from([("kops.k8s.io/cluster", complete.name)]);
    document("InstanceGroup", name, labels, spec)
}
