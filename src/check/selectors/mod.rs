//! Selectors that mean nothing.

pub mod pods;

use super::facts::{Fact, Facts};
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::object::{Object, Path, pod_labels, pod_template, selects};
use crate::yaml::Value;
use pods::PodSet;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    facts
        .looked_into()
        .filter_map(|(node, fact)| of_object(facts, node, fact))
        .collect()
}

fn of_object(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Option<Problem> {
    let object: &Object = fact.object;
    let (at, nothing) = match (object.group(), object.kind()) {
        ("", "Service") => (
            Path::of_keys(&["spec", "selector"]),
            selects_none(facts, fact),
        ),
        ("networking.k8s.io", "NetworkPolicy") => (
            Path::of_keys(&["spec", "podSelector"]),
            selects_none(facts, fact),
        ),
        ("policy", "PodDisruptionBudget") => (
            Path::of_keys(&["spec", "selector"]),
            selects_none(facts, fact),
        ),
        _ => return not_its_own(node, fact),
    };
    if !nothing {
        return None;
    }
    let message = "selects no pod that a manifest makes";
    let problem = match object.kind() {
        "Service" => Problem::error(codes::SELECTS_NOTHING, node, &at, message),
        _ => Problem::warning(codes::SELECTS_NOTHING, node, &at, message),
    };
    Some(problem.help("compare the labels of the selector with those of the pod template"))
}

fn selects_none(facts: &Facts<'_>, fact: &Fact<'_>) -> bool {
    let has_selector = match fact.object.kind() {
        // Without a selector, somebody else fills in the endpoints.
        "Service" => labels_of(fact).is_some_and(|labels| !labels.is_empty()),
        _ => true,
    };
    has_selector && selected(facts, fact).next().is_none() && !is_of_control_plane(fact)
}

fn labels_of<'f>(fact: &'f Fact<'_>) -> Option<&'f crate::yaml::Map<String, Value>> {
    fact.object.get(&["spec", "selector"])?.as_object()
}

/// The sets of pods that an object selects in its namespace.
pub fn selected<'f>(facts: &'f Facts<'_>, fact: &'f Fact<'_>) -> impl Iterator<Item = &'f PodSet> {
    let in_place = |set: &&PodSet| set.namespace.as_deref() == fact.namespace();
    facts
        .pods
        .iter()
        .filter(in_place)
        .filter(|set| selects(fact.object, &set.labels()))
}

/// Static pods and DNS, which nobody's manifests make: kubeadm labels them `component`, kops `k8s-app`.
fn is_of_control_plane(fact: &Fact<'_>) -> bool {
    let keys = labels_of(fact).into_iter().flatten();
    let mut keys = keys.map(|(key, _)| key.as_str());
    fact.namespace() == Some("kube-system")
        && keys.all(|key| matches!(key, "component" | "k8s-app" | "tier"))
}

/// A workload that does not select the pods of its own template is refused.
fn not_its_own(node: usize, fact: &Fact<'_>) -> Option<Problem> {
    let object: &Object = fact.object;
    let workload = matches!(
        (object.group(), object.kind()),
        (
            "apps",
            "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"
        )
    );
    let own = || selects(object, &pod_labels(object));
    if !workload || pod_template(object).is_none() || own() {
        return None;
    }
    let at = Path::of_keys(&["spec", "selector"]);
    let message = "does not select the pods of its own template";
    let problem = Problem::error(codes::SELECTS_NOTHING, node, &at, message);
    Some(problem.help("the template's labels must hold all of the selector's"))
}
