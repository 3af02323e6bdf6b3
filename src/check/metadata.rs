//! Names, namespaces, labels and annotations that the API server refuses.
//!
//! The rules are those of `k8s.io/apimachinery/pkg/util/validation` and of each kind's validation.

use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::object::{Path, is_cluster_scoped};
use crate::yaml::Value;

/// Where labels stand in objects of all kinds.
const LABELS: [&[&str]; 6] = [
    &["metadata", "labels"],
    &["spec", "selector", "matchLabels"],
    &["spec", "template", "metadata", "labels"],
    &["spec", "jobTemplate", "metadata", "labels"],
    &[
        "spec",
        "jobTemplate",
        "spec",
        "template",
        "metadata",
        "labels",
    ],
    &["spec", "podSelector", "matchLabels"],
];

const ANNOTATIONS: [&[&str]; 3] = [
    &["metadata", "annotations"],
    &["spec", "template", "metadata", "annotations"],
    &[
        "spec",
        "jobTemplate",
        "spec",
        "template",
        "metadata",
        "annotations",
    ],
];

/// All annotations of an object together, in bytes (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS_LIMIT: usize = 256 * 1024;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        let mut refuse = |at: &Path, message: String| {
            problems.push(Problem::error(codes::METADATA_INVALID, node, at, message));
        };
        name(fact, &mut refuse);
        namespace(facts, fact, &mut refuse);
        let root = Place::root(fact.value());
        for labels in LABELS.iter().filter_map(|keys| root.at(keys)) {
            self::labels(&labels, &mut refuse);
        }
        for annotations in ANNOTATIONS.iter().filter_map(|keys| root.at(keys)) {
            self::annotations(&annotations, &mut refuse);
        }
    }
    problems
}

fn name(fact: &Fact<'_>, refuse: &mut impl FnMut(&Path, String)) {
    let name = fact.identity.name.as_str();
    let at = Path::of_keys(&["metadata", "name"]);
    match fact.object.kind() {
        // Any path segment will do, which every object's name is.
        "Role" | "ClusterRole" | "RoleBinding" | "ClusterRoleBinding" | "FlowSchema" => {}
        "Service" | "Namespace" if !is_label(name) => refuse(
            &at,
            "has a name that is no label of DNS: lower-case letters, digits and `-`, at most 63"
                .to_owned(),
        ),
        // The controller adds eleven characters to the names of its Jobs.
        "CronJob" if name.len() > 52 => {
            refuse(
                &at,
                "has a name of more than 52 characters, the most for a CronJob".to_owned(),
            );
        }
        _ if !is_subdomain(name) => refuse(
            &at,
            "has a name that is no name of DNS: lower-case letters, digits, `-` and `.`".to_owned(),
        ),
        _ => {}
    }
}

fn namespace(facts: &Facts<'_>, fact: &Fact<'_>, refuse: &mut impl FnMut(&Path, String)) {
    let (group, kind) = (fact.object.group(), fact.object.kind());
    let of_crd = || {
        let scope = facts.crd(group, kind)?.get(&["spec", "scope"])?;
        Some(scope == "Cluster")
    };
    let at = Path::of_keys(&["metadata", "namespace"]);
    match (
        is_cluster_scoped(group, kind).or_else(of_crd),
        fact.namespace(),
    ) {
        (Some(true), Some(_)) => {
            refuse(
                &at,
                "has a namespace, and its kind stands outside of them".to_owned(),
            );
        }
        (Some(false), None) => refuse(&at, "has no namespace, and its kind needs one".to_owned()),
        (_, Some(name)) if !is_label(name) => {
            refuse(
                &at,
                format!("lies in `{name}`, which is no name of a namespace"),
            );
        }
        _ => {}
    }
}

fn labels(labels: &Place<'_>, refuse: &mut impl FnMut(&Path, String)) {
    for (key, label) in labels.entries() {
        if !is_qualified(key) {
            refuse(
                &label.path,
                format!("has the label `{key}`, which is no name of a label"),
            );
        }
        if let Some(value) = label.value.as_str().filter(|value| !is_label_value(value)) {
            let message = format!(
                "has the label `{key}` with `{value}`: at most 63 letters, digits, `-`, `_` and `.`, with letters or digits at both ends"
            );
            refuse(&label.path, message);
        }
    }
}

fn annotations(annotations: &Place<'_>, refuse: &mut impl FnMut(&Path, String)) {
    let mut size = 0;
    for (key, annotation) in annotations.entries() {
        size += key.len() + annotation.value.as_str().map_or(0, str::len);
        if !is_qualified(&key.to_lowercase()) {
            refuse(
                &annotation.path,
                format!("has the annotation `{key}`, which is no name of one"),
            );
        }
        let sound = matches!(annotation.value, Value::String(_) | Value::Null);
        if !sound {
            refuse(
                &annotation.path,
                format!("has the annotation `{key}` with a value that is not text"),
            );
        }
    }
    if size > ANNOTATIONS_LIMIT {
        let message =
            format!("has {size} bytes of annotations, and {ANNOTATIONS_LIMIT} are allowed");
        refuse(&annotations.path, message);
    }
}

fn is_label(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !text.starts_with('-') && !text.ends_with('-');
    (1..=63).contains(&text.len()) && ends && text.bytes().all(allowed)
}

/// Unlike labels, the parts of a name may be longer than 63 characters.
fn is_subdomain(text: &str) -> bool {
    let part = |part: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty()
            && !part.starts_with('-')
            && !part.ends_with('-')
            && part.bytes().all(allowed)
    };
    text.len() <= 253 && text.split('.').all(part)
}

/// A name of at most 63 characters, with the name of a domain and `/` before it.
fn is_qualified(key: &str) -> bool {
    let (prefix, name) = match key.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, key),
    };
    !name.is_empty() && is_label_value(name) && prefix.is_none_or(is_subdomain)
}

fn is_label_value(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let end = |byte: Option<&u8>| byte.is_none_or(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    bytes.len() <= 63
        && end(bytes.first())
        && end(bytes.last())
        && bytes.iter().copied().all(allowed)
}
