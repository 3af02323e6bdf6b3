//! Every ServiceMonitor, PodMonitor, Probe and PrometheusRule of a stack release is selected by the
//! Prometheus of the same environment: one that is not would be there and do nothing.

use std::collections::BTreeMap;

use kops_stack::model::rendering::Rendering;
use kops_stack::model::tree::FileTree;
use kops_stack::object::Object;
use serde_json::{Value, json};

use crate::support::catalogue::{CATALOGUE, FILES, rendered};

/// Kinds, and how a Prometheus selects them and their namespaces.
const SELECTORS: [(&str, &str, &str); 4] = [
    (
        "ServiceMonitor",
        "serviceMonitorSelector",
        "serviceMonitorNamespaceSelector",
    ),
    (
        "PodMonitor",
        "podMonitorSelector",
        "podMonitorNamespaceSelector",
    ),
    ("Probe", "probeSelector", "probeNamespaceSelector"),
    ("PrometheusRule", "ruleSelector", "ruleNamespaceSelector"),
];

/// An environment with all modules of the newest release, and these knobs of kube-prometheus.
fn environment(knobs: &Value) -> Rendering {
    let releases = &CATALOGUE.stacks["reference"];
    let stack = releases.values().next_back().expect("there is a release");
    let components: BTreeMap<&String, Value> = stack
        .modules
        .keys()
        .map(|module| (module, json!({})))
        .collect();
    let mut files = FileTree::default();
    for (name, value) in [
        (
            "environment",
            json!({"stack": stack.title(), "crds": "stand-in", "components": components}),
        ),
        (
            "cluster",
            json!({
                "provider": "kops",
                "name": "monitored.example.com",
                "region": "eu-west-1",
                "kubernetes": "1.36.3",
                "nodeGroups": {"general": {"machine": "m6i.large", "min": 1, "max": 5}},
            }),
        ),
        ("global", json!({"domain": "example.com"})),
        ("kube-prometheus", knobs.clone()),
    ] {
        let path = format!("environments/monitored/{name}.yaml");
        files.insert(path, value.to_string().into_bytes());
    }
    rendered(&files, &FILES, "monitored").unwrap_or_else(|problem| panic!("{problem}"))
}

fn objects(rendering: &Rendering) -> impl Iterator<Item = &Object> {
    let components = rendering.components.values();
    components.flat_map(|component| component.objects.iter().map(|rendered| &*rendered.object))
}

/// How many are selected, and those that no Prometheus selects.
fn selected(rendering: &Rendering) -> (usize, Vec<String>) {
    let of_kind =
        |kind: &'static str| objects(rendering).filter(move |object| object.kind() == kind);
    let namespaces: BTreeMap<&str, &Value> = of_kind("Namespace")
        .map(|namespace| (namespace.name(), &namespace.value()["metadata"]["labels"]))
        .collect();
    let mut count = 0;
    let mut missed = Vec::new();
    for (kind, selector, namespace_selector) in SELECTORS {
        for object in of_kind(kind) {
            let namespace = object.namespace().expect("monitors have a namespace");
            let selects = |prometheus: &Object| {
                let spec = &prometheus.value()["spec"];
                let own = prometheus.namespace() == Some(namespace);
                // Without a selector of namespaces it looks at its own alone.
                let there = match &spec[namespace_selector] {
                    Value::Null => own,
                    of => matches(of, namespaces.get(namespace).unwrap_or(&&Value::Null)),
                };
                there && matches(&spec[selector], &object.value()["metadata"]["labels"])
            };
            match of_kind("Prometheus").any(selects) {
                true => count += 1,
                false => missed.push(object.identity().to_string()),
            }
        }
    }
    (count, missed)
}

/// Whether a label selector takes these labels; null takes nothing, an empty one everything.
fn matches(selector: &Value, labels: &Value) -> bool {
    let Some(selector) = selector.as_object() else {
        return false;
    };
    for key in selector.keys() {
        let known = ["matchLabels", "matchExpressions"];
        assert!(known.contains(&key.as_str()), "a selector has `{key}`");
    }
    let by_labels = selector.get("matchLabels").and_then(Value::as_object);
    let by_expressions = selector.get("matchExpressions").and_then(Value::as_array);
    by_labels
        .into_iter()
        .flatten()
        .all(|(key, value)| labels[key] == *value)
        && by_expressions.into_iter().flatten().all(|expression| {
            let label = &labels[expression["key"].as_str().expect("an expression has a key")];
            let values = expression["values"].as_array();
            let listed = values.is_some_and(|values| values.contains(label));
            match expression["operator"].as_str() {
                Some("In") => listed,
                Some("NotIn") => !listed,
                Some("Exists") => !label.is_null(),
                Some("DoesNotExist") => label.is_null(),
                other => panic!("an expression has the operator {other:?}"),
            }
        })
}

#[test]
fn every_monitor_and_rule_of_the_stack_is_selected() {
    let (count, missed) = selected(&environment(&json!({})));
    assert!(missed.is_empty(), "no Prometheus selects {missed:#?}");
    assert!(count > 20, "only {count} monitors and rules were seen");
    eprintln!("{count} monitors and rules are selected");
}

/// The other way round: a Prometheus that wants a label finds those that lack it missing.
#[test]
fn a_monitor_without_the_label_that_is_asked_for_is_seen() {
    let (_, missed) = selected(&environment(&json!({"prometheus": {"selects": "release"}})));
    let other = "ServiceMonitor.monitoring.coreos.com cert-manager/cert-manager";
    assert!(missed.iter().any(|missed| missed == other), "{missed:#?}");
    let own = "kube-prometheus";
    assert!(
        !missed.iter().any(|missed| missed.contains(own)),
        "{missed:#?}"
    );
}

#[test]
fn selectors_mean_what_kubernetes_means() {
    let labels = json!({"a": "b"});
    for (selector, taken) in [
        (json!(null), false),
        (json!({}), true),
        (json!({"matchLabels": {"a": "b"}}), true),
        (json!({"matchLabels": {"a": "c"}}), false),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}),
            true,
        ),
        (
            json!({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}),
            false,
        ),
        (
            json!({"matchExpressions": [{"key": "x", "operator": "NotIn", "values": ["b"]}]}),
            true,
        ),
    ] {
        assert_eq!(matches(&selector, &labels), taken, "{selector}");
    }
}
