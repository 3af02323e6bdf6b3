//! What kops answers as JSON: machines, what a validation found, and what machines pull.

use serde::Deserialize;

use crate::model::cluster::assets::{AssetFile, AssetImage, Assets};
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
struct Listed {
    #[serde(default)]
    images: Vec<Asset>,
    #[serde(default)]
    files: Vec<Asset>,
}

#[derive(Debug, Deserialize)]
struct Asset {
    canonical: String,
    download: String,
    #[serde(default)]
    sha: String,
}

/// `kops get assets -o json`: one object, on a line of its own behind what kops says to everybody.
pub fn assets(text: &str) -> Result<Assets, serde_json::Error> {
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with('{'));
    let listed: Listed = serde_json::from_str(line.unwrap_or_default())?;
    let images = listed.images.into_iter().map(|asset| AssetImage {
        upstream: asset.canonical,
        image: asset.download,
    });
    let files = listed.files.into_iter().map(|asset| AssetFile {
        upstream: asset.canonical,
        address: asset.download,
        sha256: asset.sha,
    });
    Ok(Assets {
        images: images.collect(),
        files: files.collect(),
    })
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

#[cfg(test)]
mod tests {
    use super::assets;

    #[test]
    fn assets_are_read_behind_what_kops_says_to_everybody() {
        let said = "\
*********************

A new kubernetes version is available: 1.36.4

*********************
{\"images\":[{\"canonical\":\"registry.k8s.io/pause:3.10.1\",\"download\":\"mirror.example.com/pause:3.10.1\"}],\"files\":[{\"canonical\":\"https://dl.k8s.io/kubelet\",\"download\":\"https://mirror.example.com/kubelet\",\"sha\":\"00ff\"}]}";
        let assets = assets(said).expect("it is JSON");
        assert_eq!(assets.images[0].upstream, "registry.k8s.io/pause:3.10.1");
        assert_eq!(assets.images[0].image, "mirror.example.com/pause:3.10.1");
        assert_eq!(
            assets.files[0].address,
            "https://mirror.example.com/kubelet"
        );
        assert_eq!(assets.files[0].sha256, "00ff");
        super::assets("no list").expect_err("nothing is listed");
    }
}
