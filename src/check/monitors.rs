//! ServiceMonitors, PodMonitors and rules that no Prometheus selects, or that select nothing.
//!
//! After the operator's `pkg/prometheus/resource_selector.go`: a selector that is not there selects
//! nothing, an empty one everything; a namespace selector that is not there means the server's own
//! namespace.

use std::collections::BTreeMap;

use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::object::{Identity, Path, selector_matches};
use crate::yaml::Value;

const GROUP: &str = "monitoring.coreos.com";

/// What is selected: its kind, the prefix of both selectors, and the kinds of servers that do.
const SELECTED: [(&str, &str, &[&str]); 6] = [
    (
        "ServiceMonitor",
        "serviceMonitor",
        &["Prometheus", "PrometheusAgent"],
    ),
    (
        "PodMonitor",
        "podMonitor",
        &["Prometheus", "PrometheusAgent"],
    ),
    ("Probe", "probe", &["Prometheus", "PrometheusAgent"]),
    (
        "ScrapeConfig",
        "scrapeConfig",
        &["Prometheus", "PrometheusAgent"],
    ),
    ("PrometheusRule", "rule", &["Prometheus", "ThanosRuler"]),
    (
        "AlertmanagerConfig",
        "alertmanagerConfig",
        &["Alertmanager"],
    ),
];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (kind, prefix, servers) in SELECTED {
        let servers: Vec<&Fact<'_>> = servers
            .iter()
            .flat_map(|server| facts.of_kind(GROUP, server))
            .map(|(_, fact)| fact)
            .collect();
        // A server outside of the environment may select what it likes.
        if servers.is_empty() && facts.has_outside(GROUP) {
            continue;
        }
        for (node, fact) in facts.of_kind(GROUP, kind) {
            let selected = servers
                .iter()
                .any(|server| selects(facts, server, fact, prefix));
            if !selected {
                problems.push(unselected(node, &servers));
            }
        }
    }
    for (node, fact) in facts.of_kind(GROUP, "ServiceMonitor") {
        problems.extend(of_services(facts, node, fact));
    }
    problems
}

fn unselected(node: usize, servers: &[&Fact<'_>]) -> Problem {
    let at = Path::of_keys(&["metadata", "labels"]);
    let names: Vec<String> = servers
        .iter()
        .map(|server| server.identity.to_string())
        .collect();
    match names.as_slice() {
        [] => {
            let message = "is read by nobody: the environment has no server for it";
            let problem = Problem::warning(codes::MONITOR_UNSELECTED, node, &at, message);
            problem.help(format!(
                "add `kube-prometheus`; where something else has the CRDs and reads it, list `crd:{GROUP}` under `external`"
            ))
        }
        names => {
            let message = format!("is selected by nobody, not by {}", names.join(" or "));
            let problem = Problem::error(codes::MONITOR_UNSELECTED, node, &at, message);
            problem.help("give it, or its namespace, the labels that the server selects")
        }
    }
}

fn selects(facts: &Facts<'_>, server: &Fact<'_>, fact: &Fact<'_>, prefix: &str) -> bool {
    let field = |suffix: &str| {
        let key = format!("{prefix}{suffix}");
        server
            .object
            .get(&["spec", &key])
            .cloned()
            .unwrap_or_default()
    };
    let in_place = match field("NamespaceSelector") {
        Value::Null => server.namespace() == fact.namespace(),
        selector => selector_matches(&selector, &namespace_labels(facts, fact.namespace())),
    };
    in_place && selector_matches(&field("Selector"), &fact.object.labels())
}

/// The labels of a Namespace, with the one that the server gives to each.
fn namespace_labels<'f>(facts: &'f Facts<'_>, name: Option<&'f str>) -> BTreeMap<&'f str, &'f str> {
    let name = name.unwrap_or_default();
    let identity = Identity {
        namespace: None,
        kind: "Namespace".to_owned(),
        group: String::new(),
        name: name.to_owned(),
    };
    let labels = facts.find(&identity).map(|fact| fact.object.labels());
    let mut labels = labels.unwrap_or_default();
    labels.insert("kubernetes.io/metadata.name", name);
    labels
}

/// A monitor whose Services, or their ports, are not there.
fn of_services(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    let root = Place::root(fact.value());
    let Some(selector) = root.at(&["spec", "selector"]) else {
        return Vec::new();
    };
    let services: Vec<&Fact<'_>> = facts
        .of_kind("", "Service")
        .map(|(_, service)| service)
        .filter(|service| is_meant(&root, fact, service))
        .filter(|service| selector_matches(selector.value, &service.object.labels()))
        .collect();
    if services.is_empty() {
        if is_of_cluster(selector.value) {
            return Vec::new();
        }
        let message = "selects no Service that a manifest makes";
        let problem = Problem::warning(codes::SELECTS_NOTHING, node, &selector.path, message);
        return vec![problem.help("compare its labels with those of the Service, not of the pods")];
    }
    let endpoints = root.list(&["spec", "endpoints"]);
    let ports = endpoints
        .iter()
        .filter_map(|endpoint| endpoint.at(&["port"]));
    let lacking = ports.filter_map(|port| {
        let name = port.value.as_str()?;
        let known = services.iter().any(|service| has_port(service, name));
        let message = format!("scrapes a port `{name}`, which none of its Services has");
        (!known).then(|| Problem::error(codes::PORT_MISSING, node, &port.path, message))
    });
    lacking.collect()
}

fn is_meant(monitor: &Place<'_>, fact: &Fact<'_>, service: &Fact<'_>) -> bool {
    let selector = monitor.at(&["spec", "namespaceSelector"]);
    let any = selector
        .as_ref()
        .is_some_and(|selector| selector.is_true(&["any"]));
    let names = selector.and_then(|selector| selector.at(&["matchNames"]));
    let Some(names) = names else {
        return any || service.namespace() == fact.namespace();
    };
    let mut names = names.value.as_array().into_iter().flatten();
    any || names.any(|name| name.as_str() == service.namespace())
}

/// Services that the control plane and the operator make: of the API server, the kubelets and DNS.
fn is_of_cluster(selector: &Value) -> bool {
    let labels = selector.get("matchLabels").and_then(Value::as_object);
    let mut labels = labels.into_iter().flatten();
    labels.any(|(key, value)| {
        matches!(
            (key.as_str(), value.as_str()),
            ("component", Some("apiserver"))
                | ("k8s-app", Some("kubelet" | "kube-dns"))
                | ("app.kubernetes.io/name", Some("kubelet"))
        )
    })
}

fn has_port(service: &Fact<'_>, name: &str) -> bool {
    let ports = service
        .object
        .get(&["spec", "ports"])
        .and_then(Value::as_array);
    ports
        .into_iter()
        .flatten()
        .any(|port| port.get("name").and_then(Value::as_str) == Some(name))
}
