//! From what kops has stored of a cluster to knobs: the other way round than `render`.
//!
//! Pure. What no knob says is left: rendered with these knobs, the documents differ from those that
//! are stored, and [`patch`] says how.

mod groups;
mod patch;
mod settings;
#[cfg(test)]
mod tests;

use crate::model::cluster::normal::normal;
use crate::object::Object;
use crate::yaml::{Map, Value};
use serde_json::json;

pub use patch::{Patch, patches};

/// The keys of a mapping and their values.
type Knobs = Map<String, Value>;

/// What `cluster.yaml` says of these documents, by key; or why it cannot say it.
pub fn knobs(documents: &[Object]) -> Result<Knobs, Vec<String>> {
    let documents: Vec<Object> = documents.iter().map(normal).collect();
    let clusters: Vec<&Object> = documents
        .iter()
        .filter(|document| document.kind() == "Cluster")
        .collect();
    let [cluster] = clusters.as_slice() else {
        return Err(vec![format!(
            "there are {} documents of kind Cluster, and one is wanted",
            clusters.len()
        )]);
    };
    let spec = &cluster.value()["spec"];
    // `cloudProvider` is a word, or in newer versions of the format a mapping.
    let cloud = spec["cloudProvider"].as_str().unwrap_or_default();
    if cloud != "aws" {
        return Err(vec![format!(
            "the cluster is made in the cloud `{cloud}`, and kops-stack drives kops on AWS: an environment with `provider: existing` has everything but the steps of the cluster"
        )]);
    }
    let groups: Vec<&Object> = documents
        .iter()
        .filter(|document| document.kind() == "InstanceGroup")
        .collect();
    let zones = settings::zones(spec, &groups);
    if zones.is_empty() {
        return Err(vec![
            "no subnet of it names its zone, from which groups and networks get their names"
                .to_owned(),
        ]);
    }
    let mut knobs = settings::knobs(cluster.name(), spec, &zones);
    let mut problems = Vec::new();
    groups::knobs(&mut knobs, &groups, &zones, &mut problems);
    match problems.is_empty() {
        true => Ok(knobs),
        false => Err(problems),
    }
}

/// Sets a knob, unless there is nothing to say.
fn say(knobs: &mut Knobs, key: &str, value: Value) {
    let nothing = match &value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    if !nothing {
        knobs.insert(key.to_owned(), value);
    }
}

/// The entries whose values are text: tags and labels are nothing else.
fn texts(value: &Value) -> Value {
    let entries = value.as_object().into_iter().flatten();
    let texts = entries.filter(|(_, value)| value.is_string());
    texts
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// A list where it is one; a single value or none otherwise.
fn list(value: &Value) -> Vec<Value> {
    value.as_array().cloned().unwrap_or_default()
}

/// Without the name of the cluster at its end: `s3://state` of `s3://state/dev.example.com`.
fn store(path: &Value, name: &str) -> Value {
    let path = path.as_str().unwrap_or_default();
    match path
        .strip_suffix(name)
        .and_then(|path| path.strip_suffix('/'))
    {
        Some(store) => json!(store),
        None => Value::Null,
    }
}
