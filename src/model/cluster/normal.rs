//! Documents of kops in one form: what kops adds when it hands one out is no difference
//! (`kops.md`, section 2).

use crate::object::Object;
use crate::yaml::Value;

/// The document without what kops adds, and with its words for the same.
pub fn normal(document: &Object) -> Object {
    let mut normal = document.clone();
    let is_cluster = document.kind() == "Cluster";
    let name = document.name().to_owned();
    let value = normal.value_mut();
    if let Some(metadata) = value["metadata"].as_object_mut() {
        metadata.remove("creationTimestamp");
        metadata.remove("generation");
        if let Some(labels) = metadata.get_mut("labels").and_then(Value::as_object_mut) {
            labels.remove("kops.k8s.io/cluster");
        }
        remove_empty(metadata, "labels");
    }
    if let Some(spec) = value["spec"].as_object_mut() {
        match is_cluster {
            true => cluster(spec),
            false => group(spec, &name),
        }
    }
    normal
}

type Map = crate::yaml::Map<String, Value>;

fn cluster(spec: &mut Map) {
    if let Some(iam) = spec.get_mut("iam").and_then(Value::as_object_mut)
        && iam.get("legacy") == Some(&Value::Bool(false))
    {
        iam.remove("legacy");
    }
    // RBAC is what holds where nothing is said.
    let rbac = serde_json::json!({ "rbac": {} });
    if spec.get("authorization") == Some(&rbac) {
        spec.remove("authorization");
    }
    let public = serde_json::json!({ "dns": { "type": "Public" } });
    if spec.get("topology") == Some(&public) {
        spec.remove("topology");
    }
    if let Some(Value::String(version)) = spec.get_mut("kubernetesVersion")
        && let Some(bare) = version.strip_prefix('v')
    {
        *version = bare.to_owned();
    }
    // By name, in any order.
    if let Some(subnets) = spec.get_mut("subnets").and_then(Value::as_array_mut) {
        subnets.sort_by_key(|subnet| subnet["name"].as_str().unwrap_or_default().to_owned());
    }
}

fn group(spec: &mut Map, name: &str) {
    if spec.get("role").and_then(Value::as_str) == Some("Master") {
        spec.insert("role".to_owned(), "ControlPlane".into());
    }
    if let Some(labels) = spec.get_mut("nodeLabels").and_then(Value::as_object_mut)
        && labels
            .get("kops.k8s.io/instancegroup")
            .and_then(Value::as_str)
            == Some(name)
    {
        labels.remove("kops.k8s.io/instancegroup");
    }
    remove_empty(spec, "nodeLabels");
}

fn remove_empty(map: &mut Map, key: &str) {
    if map
        .get(key)
        .and_then(Value::as_object)
        .is_some_and(Map::is_empty)
    {
        map.remove(key);
    }
}
