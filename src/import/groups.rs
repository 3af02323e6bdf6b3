//! The knobs that the InstanceGroups answer.

use serde_json::json;

use super::{Knobs, list, say, texts};
use crate::model::cluster::kops;
use crate::object::Object;
use crate::yaml::{Map, Value};

pub fn knobs(knobs: &mut Knobs, groups: &[&Object], zones: &[String], problems: &mut Vec<String>) {
    let (control, nodes): (Vec<&Object>, Vec<&Object>) = groups
        .iter()
        .partition(|group| group.value()["spec"]["role"] == "ControlPlane");
    say(
        knobs,
        "controlPlane",
        control_plane(&control, zones, problems),
    );
    let mut groups = Map::new();
    for group in nodes {
        say(
            &mut groups,
            group.name(),
            node_group(&group.value()["spec"], zones),
        );
    }
    say(knobs, "nodeGroups", Value::Object(per_zone(groups, zones)));
}

fn control_plane(groups: &[&Object], zones: &[String], problems: &mut Vec<String>) -> Value {
    let Some(first) = groups.first() else {
        problems.push("it has no group of the control plane".to_owned());
        return Value::Null;
    };
    let expected = kops::control_plane_groups(zones, groups.len());
    let expected: Vec<String> = expected.into_iter().map(|(name, _)| name).collect();
    for group in groups {
        if !expected.iter().any(|name| name == group.name()) {
            problems.push(format!(
                "the control plane's group `{}` would be called one of {}: groups cannot change their name in place",
                group.name(),
                expected.join(", ")
            ));
        }
    }
    let spec = &first.value()["spec"];
    let mut knobs = Map::new();
    say(&mut knobs, "machine", spec["machineType"].clone());
    say(&mut knobs, "count", json!(groups.len()));
    say(&mut knobs, "image", own_image(spec));
    say(&mut knobs, "disk", disk(spec));
    Value::Object(knobs)
}

fn node_group(spec: &Value, zones: &[String]) -> Value {
    let mut knobs = Map::new();
    let role = spec["role"].as_str().unwrap_or("Node");
    if role != "Node" {
        say(&mut knobs, "role", json!(role.to_lowercase()));
    }
    let mixed = &spec["mixedInstancesPolicy"];
    let machines = list(&mixed["instances"]);
    match machines.first() == Some(&spec["machineType"]) && machines.len() > 1 {
        true => say(&mut knobs, "machines", json!(machines)),
        false => say(&mut knobs, "machine", spec["machineType"].clone()),
    }
    say(&mut knobs, "min", spec["minSize"].clone());
    say(&mut knobs, "max", spec["maxSize"].clone());
    let subnets = list(&spec["subnets"]);
    let own: Vec<&String> = zones
        .iter()
        .filter(|zone| subnets.contains(&json!(zone)))
        .collect();
    if own.len() < zones.len() && !own.is_empty() {
        say(&mut knobs, "zones", json!(own));
    }
    if mixed["onDemandBase"] == 0 && mixed["onDemandAboveBase"] == 0 {
        say(&mut knobs, "spot", json!(true));
    }
    say(&mut knobs, "image", own_image(spec));
    say(&mut knobs, "labels", texts(&spec["nodeLabels"]));
    say(&mut knobs, "taints", spec["taints"].clone());
    say(&mut knobs, "disk", disk(spec));
    let mut tags = texts(&spec["cloudLabels"]);
    if let Some(tags) = tags.as_object_mut() {
        tags.retain(|key, _| !key.starts_with(kops::AUTOSCALER_TAGS));
    }
    say(&mut knobs, "tags", tags);
    if spec["autoscale"] == false {
        say(&mut knobs, "autoscale", json!(false));
    }
    say(&mut knobs, "roll", roll(&spec["rollingUpdate"]));
    Value::Object(knobs)
}

/// An image that the machine type does not ask for anyway.
fn own_image(spec: &Value) -> Value {
    let machine = spec["machineType"].as_str().unwrap_or_default();
    match spec["image"] == kops::image(machine) {
        true => Value::Null,
        false => spec["image"].clone(),
    }
}

fn disk(spec: &Value) -> Value {
    let mut disk = Map::new();
    for (knob, field) in [
        ("size", "rootVolumeSize"),
        ("type", "rootVolumeType"),
        ("iops", "rootVolumeIops"),
        ("throughput", "rootVolumeThroughput"),
        ("encrypted", "rootVolumeEncryption"),
    ] {
        say(&mut disk, knob, spec[field].clone());
    }
    Value::Object(disk)
}

fn roll(update: &Value) -> Value {
    let text = |value: &Value| match value {
        Value::Null => Value::Null,
        Value::String(text) => json!(text),
        other => json!(other.to_string()),
    };
    let mut roll = Map::new();
    say(&mut roll, "surge", text(&update["maxSurge"]));
    say(&mut roll, "unavailable", text(&update["maxUnavailable"]));
    say(&mut roll, "drain", update["drainAndTerminate"].clone());
    Value::Object(roll)
}

/// Groups that are the same in every zone become one with `perZone`.
fn per_zone(groups: Map<String, Value>, zones: &[String]) -> Map<String, Value> {
    let mut joined: Map<String, Value> = Map::new();
    for (name, knobs) in &groups {
        let base = zones
            .iter()
            .find_map(|zone| name.strip_suffix(zone.as_str())?.strip_suffix('-'));
        let siblings: Vec<&Value> = match base {
            Some(base) => zones
                .iter()
                .filter_map(|zone| groups.get(&format!("{base}-{zone}")))
                .collect(),
            None => Vec::new(),
        };
        let alike = siblings.len() == zones.len()
            && zones.iter().zip(&siblings).all(|(zone, knobs)| {
                in_zone(knobs, zone, zones) && without_zone(knobs) == without_zone(siblings[0])
            });
        match base.filter(|base| alike && !groups.contains_key(*base)) {
            Some(base) => {
                let mut knobs = without_zone(knobs);
                if let Some(knobs) = knobs.as_object_mut() {
                    let sizes = json!({ "min": knobs.remove("min"), "max": knobs.remove("max") });
                    knobs.insert("perZone".to_owned(), sizes);
                }
                joined.insert(base.to_owned(), knobs);
            }
            None => {
                joined.insert(name.clone(), knobs.clone());
            }
        }
    }
    joined
}

fn in_zone(knobs: &Value, zone: &str, zones: &[String]) -> bool {
    match zones {
        [_] => knobs.get("zones").is_none(),
        _ => knobs["zones"] == json!([zone]),
    }
}

fn without_zone(knobs: &Value) -> Value {
    let mut knobs = knobs.clone();
    if let Some(knobs) = knobs.as_object_mut() {
        knobs.remove("zones");
    }
    knobs
}
