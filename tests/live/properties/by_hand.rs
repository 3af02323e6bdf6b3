//! What people make beside the manifests: whatever these name and `check` says that nothing makes.

use std::collections::{BTreeMap, BTreeSet};

use kops_stack::object::{How, Identity, Object, Reference, references};
use kops_stack::yaml::Value;
use serde_json::json;

use super::bed::Bed;

/// Makes in the cluster what the manifests name and neither they nor the cluster hold, of the kinds that
/// people make.
pub fn make(bed: &Bed<'_>) {
    let desired = bed.desired();
    let checked = bed.raw("check {} --format json");
    let said: Value = serde_json::from_str(&checked.stdout).expect("a check is JSON");
    let findings = said["environments"][0]["findings"].as_array();
    let findings = findings.into_iter().flatten();
    let told: BTreeSet<&str> = findings
        .filter_map(|finding| finding["message"].as_str())
        .collect();
    let is_missing = |to: &Identity| {
        let words = format!("names {to}, which nothing makes");
        told.iter().any(|message| message.ends_with(&words))
    };
    let mut keys: BTreeMap<Identity, BTreeSet<String>> = BTreeMap::new();
    let mut pulled: BTreeSet<Identity> = BTreeSet::new();
    for object in desired.values() {
        for reference in references(object) {
            if reference.optional || !is_missing(&reference.to) {
                continue;
            }
            if reference.how == How::ImagePullSecret {
                pulled.insert(reference.to.clone());
            }
            keys.entry(reference.to.clone())
                .or_default()
                .extend(wanted_keys(object, &reference));
        }
    }
    let missing = keys.iter().filter(|(name, _)| !desired.contains_key(*name));
    let made = missing.filter_map(|(name, keys)| made(name, keys, pulled.contains(name)));
    let made: Vec<Value> = made.collect();
    // Where these lie, and where manifests lie that bring no namespace of their own.
    let lacking = desired.values().filter_map(Object::namespace);
    let lacking = lacking.filter(|name| !desired.contains_key(&namespace_of(name)));
    let within = made
        .iter()
        .filter_map(|made| made["metadata"]["namespace"].as_str());
    let namespaces: BTreeSet<&str> = lacking.chain(within).collect();
    let namespaces = namespaces
        .into_iter()
        .filter_map(|name| self::made(&namespace_of(name), &BTreeSet::new(), false));
    for object in namespaces.chain(made.iter().cloned()) {
        let said = bed.plane.ask(&["create", "-f", "-"], &object.to_string());
        if let Some(Err(refused)) = said {
            let is_there = refused.contains("AlreadyExists") || refused.contains("already exists");
            assert!(is_there, "{object}: {refused}");
        }
    }
}

fn namespace_of(name: &str) -> Identity {
    Identity {
        group: String::new(),
        kind: "Namespace".to_owned(),
        namespace: None,
        name: name.to_owned(),
    }
}

/// The keys that a reference reads: one beside the name, or those of a volume.
fn wanted_keys(object: &Object, reference: &Reference) -> Vec<String> {
    let beside = reference.at.parent();
    let Some(beside) = beside.as_ref().and_then(|path| path.get(object.value())) else {
        return Vec::new();
    };
    let items = beside["items"].as_array().into_iter().flatten();
    let keys = items.map(|item| &item["key"]).chain([&beside["key"]]);
    keys.filter_map(|key| key.as_str().map(str::to_owned))
        .collect()
}

fn made(name: &Identity, keys: &BTreeSet<String>, is_pulled: bool) -> Option<Value> {
    let texts: BTreeMap<&str, &str> = keys.iter().map(|key| (key.as_str(), "{}")).collect();
    let (version, rest) = match (name.group.as_str(), name.kind.as_str()) {
        ("", "Namespace" | "ServiceAccount") => ("v1", json!({})),
        ("", "ConfigMap") => ("v1", json!({ "data": texts })),
        ("", "Secret") if is_pulled => (
            "v1",
            json!({
                "type": "kubernetes.io/dockerconfigjson",
                "stringData": { ".dockerconfigjson": "{\"auths\":{}}" },
            }),
        ),
        ("", "Secret") => ("v1", json!({ "stringData": texts })),
        ("", "PersistentVolumeClaim") => (
            "v1",
            json!({"spec": {
                "accessModes": ["ReadWriteOnce"],
                "resources": { "requests": { "storage": "1Gi" } },
            }}),
        ),
        ("storage.k8s.io", "StorageClass") => (
            "storage.k8s.io/v1",
            json!({ "provisioner": "example.com/disks" }),
        ),
        ("scheduling.k8s.io", "PriorityClass") => {
            ("scheduling.k8s.io/v1", json!({ "value": 1000 }))
        }
        ("node.k8s.io", "RuntimeClass") => ("node.k8s.io/v1", json!({ "handler": "runc" })),
        _ => return None,
    };
    let mut made = json!({
        "apiVersion": version,
        "kind": name.kind,
        "metadata": { "name": name.name, "namespace": name.namespace },
    });
    for (key, value) in rest.as_object().into_iter().flatten() {
        made[key] = value.clone();
    }
    Some(made)
}
