//! The knobs that the Cluster answers.

use serde_json::json;

use super::{Knobs, list, say, store, texts};
use crate::model::block::Block;
use crate::model::cluster::kops::{KOPS_ADDONS, NETWORKS, PODS};
use crate::object::Object;
use crate::yaml::{Map, Value};

/// The zones: those of the control plane in the order of its groups, then the others.
pub fn zones(spec: &Value, groups: &[&Object]) -> Vec<String> {
    let subnets = list(&spec["subnets"]);
    let zone_of = |subnet: &Value| {
        let named = subnets.iter().find(|known| known["name"] == *subnet)?;
        named["zone"].as_str().map(str::to_owned)
    };
    let of_role = |group: &&&Object| group.value()["spec"]["role"] == "ControlPlane";
    let control_plane = groups.iter().filter(of_role);
    let first = control_plane.flat_map(|group| list(&group.value()["spec"]["subnets"]));
    let first = first.filter_map(|subnet| zone_of(&subnet));
    let others = subnets
        .iter()
        .filter_map(|subnet| subnet["zone"].as_str().map(str::to_owned));
    let mut zones: Vec<String> = Vec::new();
    for zone in first.chain(others) {
        if !zones.contains(&zone) {
            zones.push(zone);
        }
    }
    zones
}

pub fn knobs(name: &str, spec: &Value, zones: &[String]) -> Knobs {
    let mut knobs = Map::new();
    let version = spec["kubernetesVersion"].as_str().unwrap_or_default();
    say(&mut knobs, "provider", json!("kops"));
    say(&mut knobs, "name", json!(name));
    say(&mut knobs, "state", store(&spec["configBase"], name));
    say(&mut knobs, "kubernetes", json!(version));
    say(&mut knobs, "region", json!(region(zones)));
    say(&mut knobs, "zones", json!(zones));
    let dns = spec["topology"]["dns"]["type"].as_str().unwrap_or("Public");
    if dns != "None" {
        say(&mut knobs, "dns", json!(dns.to_lowercase()));
    }
    say(&mut knobs, "network", network(spec, zones));
    say(&mut knobs, "api", api(spec));
    let mut ssh = Map::new();
    say(&mut ssh, "access", spec["sshAccess"].clone());
    say(&mut ssh, "keyName", spec["sshKeyName"].clone());
    say(&mut knobs, "ssh", Value::Object(ssh));
    say(&mut knobs, "etcd", etcd(spec));
    let discovery = store(
        &spec["serviceAccountIssuerDiscovery"]["discoveryStore"],
        name,
    );
    if !discovery.is_null() {
        say(
            &mut knobs,
            "serviceAccounts",
            json!({ "discoveryStore": discovery }),
        );
    }
    let on = KOPS_ADDONS.iter().filter(|addon| {
        spec[**addon]["enabled"] == true || spec[**addon]["provider"] == "external-dns"
    });
    say(&mut knobs, "addons", on.map(|addon| json!(addon)).collect());
    say(&mut knobs, "tags", texts(&spec["cloudLabels"]));
    knobs
}

/// `eu-west-1` of `eu-west-1a`.
fn region(zones: &[String]) -> &str {
    let zone = zones.first().map_or("", String::as_str);
    zone.trim_end_matches(|c: char| c.is_ascii_lowercase())
}

fn network(spec: &Value, zones: &[String]) -> Value {
    let mut network = Map::new();
    say(&mut network, "cidr", spec["networkCIDR"].clone());
    say(
        &mut network,
        "additional",
        spec["additionalNetworkCIDRs"].clone(),
    );
    say(&mut network, "vpc", spec["networkID"].clone());
    let mut names = spec["networking"]
        .as_object()
        .into_iter()
        .flat_map(Map::keys);
    let known = names.find(|name| NETWORKS.contains(&name.as_str()));
    // Another one becomes a patch over this.
    say(
        &mut network,
        "cni",
        json!(known.map_or("cni", String::as_str)),
    );
    let subnets = list(&spec["subnets"]);
    let private = subnets.iter().any(|subnet| subnet["type"] == "Private");
    if !private {
        say(&mut network, "topology", json!("public"));
    }
    if spec["nonMasqueradeCIDR"] != PODS {
        say(&mut network, "pods", spec["nonMasqueradeCIDR"].clone());
    }
    say(
        &mut network,
        "services",
        spec["serviceClusterIPRange"].clone(),
    );
    let mut pinned = Map::new();
    for subnet in &subnets {
        let name = subnet["name"].as_str().unwrap_or_default();
        // A name that is not derived from a zone cannot be said; the list becomes a patch.
        let ours = zones
            .iter()
            .any(|zone| name == zone || (private && name == format!("utility-{zone}")));
        let mut pin = Map::new();
        for key in ["cidr", "id", "egress"] {
            say(&mut pin, key, subnet[key].clone());
        }
        let is_block = subnet["cidr"]
            .as_str()
            .is_none_or(|cidr| Block::parse(cidr).is_some());
        if ours && is_block {
            say(&mut pinned, name, Value::Object(pin));
        }
    }
    say(&mut network, "subnets", Value::Object(pinned));
    Value::Object(network)
}

fn api(spec: &Value) -> Value {
    let mut api = Map::new();
    let access = &spec["kubernetesApiAccess"];
    if *access != json!(["0.0.0.0/0"]) {
        // Nobody is not the same as not said.
        api.insert("access".to_owned(), json!(list(access)));
    }
    if spec["api"]["loadBalancer"]["type"] == "Internal" {
        say(&mut api, "loadBalancer", json!("private"));
    }
    Value::Object(api)
}

/// Of the first member: one that differs becomes a patch.
fn etcd(spec: &Value) -> Value {
    let first = &spec["etcdClusters"][0];
    let member = &first["etcdMembers"][0];
    let mut disk = Map::new();
    for (knob, field) in [
        ("size", "volumeSize"),
        ("type", "volumeType"),
        ("iops", "volumeIops"),
        ("throughput", "volumeThroughput"),
    ] {
        say(&mut disk, knob, member[field].clone());
    }
    if member["encryptedVolume"] == false {
        say(&mut disk, "encrypted", json!(false));
    }
    let mut etcd = Map::new();
    say(&mut etcd, "version", first["version"].clone());
    say(&mut etcd, "kmsKey", member["kmsKeyId"].clone());
    say(&mut etcd, "disk", Value::Object(disk));
    Value::Object(etcd)
}
