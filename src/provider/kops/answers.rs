//! What kops answers as JSON: machines, and what a validation found.

use serde::Deserialize;

use crate::model::cluster::cloud::{Machine, group_of};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Instance {
    id: String,
    #[serde(default)]
    node_name: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    roles: Vec<String>,
    /// Name of the group in the cloud, not of the InstanceGroup.
    #[serde(default)]
    instance_group: String,
}

/// `kops get instances -o json`
pub fn machines(text: &str, cluster: &str) -> Result<Vec<Machine>, serde_json::Error> {
    let instances: Vec<Instance> = match text.trim() {
        "" => Vec::new(),
        text => serde_json::from_str(text)?,
    };
    let machines = instances.into_iter().map(|instance| Machine {
        group: group_of(&instance.instance_group, cluster).to_owned(),
        control_plane: instance.roles.iter().any(|role| role == "control-plane"),
        is_old: instance.status == "NeedsUpdate",
        id: instance.id,
        node: instance.node_name,
    });
    Ok(machines.collect())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Key {
    #[serde(default)]
    public_key: String,
}

/// `kops get sshpublickeys -o json`: a list, or `null` where there are none.
pub fn keys(text: &str) -> Result<Vec<String>, serde_json::Error> {
    let keys: Option<Vec<Key>> = match text.trim() {
        "" => None,
        text => serde_json::from_str(text)?,
    };
    let keys = keys.into_iter().flatten();
    Ok(keys.map(|key| key.public_key).collect())
}

#[derive(Debug, Default, Deserialize)]
struct Validation {
    #[serde(default)]
    failures: Vec<Failure>,
}

#[derive(Debug, Deserialize)]
struct Failure {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
}

/// What did not get well until the end: `kops validate cluster -o json` writes a document for each look,
/// one after the other with nothing between.
pub fn failures(text: &str) -> Vec<String> {
    let looks = serde_json::Deserializer::from_str(text).into_iter::<Validation>();
    let last = looks.map_while(Result::ok).last().unwrap_or_default();
    let words = last
        .failures
        .into_iter()
        .map(|failure| match failure.name.is_empty() {
            true => format!("{}: {}", failure.kind, failure.message),
            false => format!("{} {}: {}", failure.kind, failure.name, failure.message),
        });
    words.collect()
}
