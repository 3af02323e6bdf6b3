//! Pods that the objects of a rendering make, directly or by an operator.

use std::collections::BTreeMap;

use crate::check::facts::{Fact, Facts};
use crate::check::place::Place;
use crate::object::{Object, pod_labels, pod_spec};

/// The pods of one workload.
#[derive(Debug)]
pub struct PodSet {
    /// The object that makes them.
    pub node: usize,
    pub namespace: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub replicas: Replicas,
    /// Named ports of all containers; none where an operator makes the pods.
    pub ports: Option<Vec<String>>,
}

/// How many pods there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    Fixed(u64),
    /// An autoscaler keeps at least so many, and may add some where `grows`.
    Scaled {
        least: u64,
        grows: bool,
    },
    /// As many as nodes, or as jobs: no drain waits for them.
    Other,
}

impl PodSet {
    pub fn labels(&self) -> BTreeMap<&str, &str> {
        let labels = self.labels.iter();
        labels
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect()
    }
}

pub fn pod_sets(facts: &Facts<'_>) -> Vec<PodSet> {
    let sets = facts.looked_into();
    sets.filter_map(|(node, fact)| {
        of_workload(facts, node, fact).or_else(|| of_operator(node, fact))
    })
    .collect()
}

fn of_workload(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Option<PodSet> {
    let object: &Object = fact.object;
    let spec = Place::root(pod_spec(object)?);
    let labels = pod_labels(object).into_iter();
    // Init containers count: a sidecar is one that goes on.
    let containers = ["containers", "initContainers"]
        .into_iter()
        .flat_map(|key| spec.list(&[key]));
    let ports = containers.flat_map(|container| container.list(&["ports"]));
    let names = ports.filter_map(|port| port.text(&["name"]).map(str::to_owned));
    Some(PodSet {
        node,
        namespace: fact.namespace().map(str::to_owned),
        labels: labels
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect(),
        replicas: replicas(facts, fact),
        ports: Some(names.collect()),
    })
}

fn replicas(facts: &Facts<'_>, fact: &Fact<'_>) -> Replicas {
    if !matches!(
        fact.object.kind(),
        "Deployment" | "StatefulSet" | "ReplicaSet"
    ) {
        return Replicas::Other;
    }
    let number = |object: &Object, keys: &[&str]| object.get(keys)?.as_u64();
    let scales = |other: &&Fact<'_>| {
        let mut references = other.references.iter();
        other.object.kind() == "HorizontalPodAutoscaler"
            && references.any(|reference| reference.to == fact.identity)
    };
    match facts.looked_into().map(|(_, other)| other).find(scales) {
        Some(autoscaler) => {
            let least = number(autoscaler.object, &["spec", "minReplicas"]).unwrap_or(1);
            let most = number(autoscaler.object, &["spec", "maxReplicas"]).unwrap_or(least);
            Replicas::Scaled {
                least,
                grows: most > least,
            }
        }
        None => Replicas::Fixed(number(fact.object, &["spec", "replicas"]).unwrap_or(1)),
    }
}

/// The operator of Prometheus labels the pods that it makes so (`pkg/prometheus/server` and
/// `pkg/alertmanager`).
fn of_operator(node: usize, fact: &Fact<'_>) -> Option<PodSet> {
    if fact.identity.group != "monitoring.coreos.com" {
        return None;
    }
    let (program, key) = match fact.identity.kind.as_str() {
        "Prometheus" => ("prometheus", "prometheus"),
        "PrometheusAgent" => ("prometheus-agent", "prometheus"),
        "Alertmanager" => ("alertmanager", "alertmanager"),
        "ThanosRuler" => ("thanos-ruler", "thanos-ruler"),
        _ => return None,
    };
    let name = fact.identity.name.as_str();
    let own = [
        ("app.kubernetes.io/name", program),
        ("app.kubernetes.io/instance", name),
        ("app.kubernetes.io/managed-by", "prometheus-operator"),
        ("operator.prometheus.io/name", name),
        (key, name),
    ];
    let given = fact.object.get(&["spec", "podMetadata", "labels"]);
    let given = given
        .and_then(|labels| labels.as_object())
        .into_iter()
        .flatten();
    let given = given.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
    let own = own.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let replicas = fact.object.get(&["spec", "replicas"]);
    Some(PodSet {
        node,
        namespace: fact.namespace().map(str::to_owned),
        labels: given.chain(own).collect(),
        replicas: Replicas::Fixed(replicas.and_then(|count| count.as_u64()).unwrap_or(1)),
        ports: None,
    })
}
