//! Both sides brought to a form in which they can be compared, by rules that hold for all modules.
//!
//! - A null is nothing, and so is an empty map of labels, annotations or data: the server keeps none.
//! - Texts in ConfigMaps and Secrets that hold YAML or INI are compared by what they say.
//! - Objects that we call otherwise are called as ours, wherever their name is a whole value.
//! - Rules of roles are compared by what they grant: how they are grouped and ordered says nothing,
//!   and a grant on what no API serves grants nothing.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kops_stack::diagnostic::Source;
use kops_stack::object::Object;
use kops_stack::yaml::{Value, kubernetes, parse_one};
use serde_json::json;

use super::chart::{Chart, Name, TextFormat};
use crate::support::catalogue::told;

/// What charts grant although no API serves it: the group that is gone since Kubernetes 1.22, and
/// products of a rule with two groups.
const NOT_SERVED: [&str; 3] = [
    ".extensions",
    "horizontalpodautoscalers.policy",
    "poddisruptionbudgets.autoscaling",
];

/// Ours as it is, but for the rules.
pub fn ours(object: Object, chart: &Chart) -> Object {
    plain(object, &chart.texts)
}

/// Theirs with the names that we give.
pub fn theirs(mut object: Object, chart: &Chart, version: &str) -> Object {
    let kind = object.kind().to_owned();
    for name in &chart.names {
        let ours = name.ours.replace("{version}", &version.replace('.', "-"));
        rename(object.value_mut(), &kind, name, &ours);
    }
    plain(object, &chart.texts)
}

fn rename(value: &mut Value, kind: &str, name: &Name, ours: &str) {
    match &name.kind {
        Some(of) if of == kind => {
            let own = &mut value["metadata"]["name"];
            if *own == name.theirs {
                *own = json!(ours);
            }
        }
        Some(_) => {}
        None => rename_everywhere(value, &name.theirs, ours),
    }
}

fn rename_everywhere(value: &mut Value, theirs: &str, ours: &str) {
    match value {
        Value::String(text) if text == theirs => *text = ours.to_owned(),
        Value::Array(items) => {
            for item in items {
                rename_everywhere(item, theirs, ours);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                // A label says which program it is, not which object.
                if key != "labels" && key != "matchLabels" && key != "selector" {
                    rename_everywhere(value, theirs, ours);
                }
            }
        }
        _ => {}
    }
}

/// An object of either side, by the rules alone.
pub fn plain(mut object: Object, texts: &BTreeMap<String, TextFormat>) -> Object {
    let kind = object.kind().to_owned();
    let value = object.value_mut();
    drop_nulls(value);
    drop_empty(value);
    if kind == "Secret" {
        decode(value);
    }
    if kind == "Role" || kind == "ClusterRole" {
        read_rules(value);
    }
    let holds_texts = kind == "Secret" || kind == "ConfigMap";
    if holds_texts && let Some(data) = value.get_mut("data") {
        read_texts(data, texts);
    }
    object
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        _ => {}
    }
}

fn drop_empty(object: &mut Value) {
    let is_empty = |value: &Value| value.as_object().is_some_and(|map| map.is_empty());
    let metadata = ["/metadata", "/spec/template/metadata"];
    for (parent, keys) in metadata
        .map(|parent| (parent, &["labels", "annotations"][..]))
        .into_iter()
        .chain([("", &["data"][..])])
    {
        if let Some(Value::Object(map)) = object.pointer_mut(parent) {
            map.retain(|key, value| !(keys.contains(&key.as_str()) && is_empty(value)));
        }
    }
}

/// `stringData` and `data` of a Secret are the same to whoever reads it.
fn decode(secret: &mut Value) {
    let mut texts = json!({});
    for (key, value) in secret["data"].as_object().into_iter().flatten() {
        let bytes = STANDARD.decode(value.as_str().unwrap_or_default());
        let text = bytes.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        texts[key] = text.map_or_else(|| value.clone(), Value::from);
    }
    for (key, value) in secret["stringData"].as_object().into_iter().flatten() {
        texts[key] = value.clone();
    }
    let map = secret.as_object_mut().expect("an object is a mapping");
    map.remove("stringData");
    map.insert("data".to_owned(), texts);
}

/// Rules as a map of what, with the verbs that are granted on it: one leaf for each grant.
fn read_rules(role: &mut Value) {
    let Some(rules) = role["rules"].as_array() else {
        return;
    };
    let mut grants = json!({});
    for rule in rules {
        for verb in texts(&rule["verbs"]) {
            for what in granted(rule) {
                grants[what][verb] = json!(true);
            }
        }
    }
    role["rules"] = grants;
}

/// `deployments.apps`, `leases.coordination.k8s.io/NAME`, `/metrics`.
fn granted(rule: &Value) -> Vec<String> {
    let mut granted: Vec<String> = texts(&rule["nonResourceURLs"]).map(str::to_owned).collect();
    for group in texts(&rule["apiGroups"]) {
        for resource in texts(&rule["resources"]) {
            let what = match group {
                "" => resource.to_owned(),
                group => format!("{resource}.{group}"),
            };
            if NOT_SERVED.iter().any(|end| what.ends_with(end)) {
                continue;
            }
            let names: Vec<&str> = texts(&rule["resourceNames"]).collect();
            match names.is_empty() {
                true => granted.push(what),
                false => granted.extend(names.iter().map(|name| format!("{what} {name}"))),
            }
        }
    }
    granted
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn read_texts(data: &mut Value, texts: &BTreeMap<String, TextFormat>) {
    for (key, value) in data.as_object_mut().into_iter().flatten() {
        if let (Some(format), Value::String(text)) = (texts.get(key), &*value) {
            *value = match format {
                TextFormat::Yaml => yaml(key, text),
                TextFormat::Ini => ini(text),
            };
        }
    }
}

fn yaml(key: &str, text: &str) -> Value {
    let document = parse_one(&Source::new(key.to_owned(), text.to_owned()));
    let value = document.and_then(|document| kubernetes(&document));
    value.unwrap_or_else(|problems| panic!("{key}: {}", told(&problems)))
}

/// Sections of `name = value`; what stands before the first section belongs to none.
fn ini(text: &str) -> Value {
    let mut sections = json!({});
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if let Some((name, value)) = line.split_once('=') {
            sections[section][name.trim()] = json!(value.trim());
        }
    }
    sections
}
