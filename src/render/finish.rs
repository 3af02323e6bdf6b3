//! What every object gets whatever its module: so that no template can forget it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::json;

use super::draft::DraftObject;
use crate::model::digest::sha256;
use crate::model::globals::Globals;
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::object::{Object, pod_template, pod_template_mut};
use crate::yaml::{self, Value};

/// Prefix of the annotations of pods that hold the digest of a ConfigMap.
pub const DIGEST_PREFIX: &str = "config.kops-stack.io/";

/// Puts the globals into the objects of a component.
pub fn globals(environment: &ResolvedEnvironment, objects: &mut [Object]) {
    let globals = &environment.globals;
    for object in objects.iter_mut() {
        let kind = object.kind().to_owned();
        common(globals, &mut object.value_mut()["metadata"]);
        if let Some(template) = template_mut(object) {
            common(globals, &mut template["metadata"]);
            pull_secrets(globals, &mut template["spec"]);
            // A DaemonSet runs where its module says: on all nodes, mostly.
            if kind != "DaemonSet" {
                scheduling(globals, &mut template["spec"]);
            }
        }
    }
}

/// Whether it is a workload with a pod template: not a bare pod, whose metadata is its own.
fn has_template(object: &Object) -> bool {
    matches!(object.group(), "apps" | "batch")
}

fn template_mut(object: &mut Object) -> Option<&mut Value> {
    match has_template(object) {
        true => pod_template_mut(object),
        false => None,
    }
}

/// Common labels and annotations; what the template says itself wins. Selectors and claim
/// templates are not touched: both are immutable.
fn common(globals: &Globals, metadata: &mut Value) {
    for (field, values) in [
        ("labels", &globals.labels),
        ("annotations", &globals.annotations),
    ] {
        for (key, value) in values {
            let known = &mut metadata[field];
            if known.get(key).is_none() {
                known[key] = json!(value);
            }
        }
    }
}

fn pull_secrets(globals: &Globals, pod: &mut Value) {
    let items = globals
        .pull_secrets
        .iter()
        .map(|name| json!({"name": name}));
    append(pod, "imagePullSecrets", items);
}

fn scheduling(globals: &Globals, pod: &mut Value) {
    for (key, value) in &globals.node_selector {
        let known = &mut pod["nodeSelector"];
        if known.get(key).is_none() {
            known[key] = json!(value);
        }
    }
    append(pod, "tolerations", globals.tolerations.iter().cloned());
}

/// Adds items that are not in the list yet.
fn append(pod: &mut Value, field: &str, items: impl Iterator<Item = Value>) {
    for item in items {
        match pod[field].as_array_mut() {
            Some(list) if list.contains(&item) => {}
            Some(list) => list.push(item),
            None => pod[field] = json!([item]),
        }
    }
}

/// What an object has to do with configurations that restart pods.
#[derive(Debug)]
pub enum Config {
    /// It is a ConfigMap; its digest is worked out when a pod may carry it.
    Map(OnceLock<String>),
    /// Its pods read ConfigMaps of these names.
    Reads(Vec<String>),
    None,
}

impl Config {
    pub fn of(object: &Object) -> Self {
        if object.is("", "ConfigMap") {
            return Self::Map(OnceLock::new());
        }
        let template = pod_template(object).filter(|_| has_template(object));
        match template.map(|template| config_maps(&template["spec"])) {
            Some(names) if !names.is_empty() => Self::Reads(names),
            _ => Self::None,
        }
    }
}

/// Digests by the annotation that holds them.
pub type Digests = BTreeMap<String, String>;

/// A pod that reads a ConfigMap at its start carries its digest, so that a new configuration
/// restarts it. ConfigMaps that the program watches are left alone. This comes after the patches, so
/// that a patched configuration counts too.
pub fn config_digests(component: &ResolvedComponent, objects: &mut [DraftObject]) {
    let watched: Vec<String> = component
        .module
        .reloads
        .iter()
        .map(|suffix| match suffix.as_str() {
            "" => component.prefix.clone(),
            suffix => format!("{}-{suffix}", component.prefix),
        })
        .collect();
    let mut known: BTreeMap<(Option<String>, String), String> = BTreeMap::new();
    for object in objects.iter() {
        if let Config::Map(digest) = object.config()
            && !watched.iter().any(|name| name == object.name())
        {
            let place = (
                object.namespace().map(str::to_owned),
                object.name().to_owned(),
            );
            let digest = digest.get_or_init(|| self::digest(object.value()));
            known.insert(place, digest.clone());
        }
    }
    if known.is_empty() {
        return;
    }
    for object in objects {
        let Config::Reads(names) = object.config() else {
            continue;
        };
        let namespace = object.namespace().map(str::to_owned);
        let found = names.iter().filter_map(|name| {
            let digest = known.get(&(namespace.clone(), name.clone()))?;
            Some((annotation(name), digest.clone()))
        });
        let digests: Digests = found.collect();
        if !digests.is_empty() {
            *object = object.with_digests(digests);
        }
    }
}

/// The object with digests in the annotations of its pods.
pub fn with_digests(object: &Object, digests: &Digests) -> Object {
    let mut object = object.clone();
    if let Some(template) = pod_template_mut(&mut object) {
        for (annotation, digest) in digests {
            template["metadata"]["annotations"][annotation] = json!(digest);
        }
    }
    object
}

/// The name of an annotation has 63 characters at most, after its prefix; that of a ConfigMap 253.
fn annotation(name: &str) -> String {
    match name.len() {
        0..=63 => format!("{DIGEST_PREFIX}{name}"),
        _ => format!(
            "{DIGEST_PREFIX}{}-{}",
            &name[..46],
            &sha256(name.as_bytes())[..16]
        ),
    }
}

/// Of what the pod reads, not of labels: sixteen digits tell two configurations apart.
fn digest(config_map: &Value) -> String {
    let read = json!({"data": config_map.get("data"), "binaryData": config_map.get("binaryData")});
    sha256(yaml::emit(&read).as_bytes())[..16].to_owned()
}

/// Names of ConfigMaps in volumes (projected ones too) and environments of containers.
fn config_maps(pod: &Value) -> Vec<String> {
    fn collect(value: &Value, names: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let named = matches!(
                        key.as_str(),
                        "configMap" | "configMapRef" | "configMapKeyRef"
                    );
                    if let (true, Some(name)) = (named, value.get("name").and_then(Value::as_str)) {
                        names.push(name.to_owned());
                    }
                    collect(value, names);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
            _ => {}
        }
    }
    let mut names = Vec::new();
    collect(pod, &mut names);
    names.sort();
    names.dedup();
    names
}
