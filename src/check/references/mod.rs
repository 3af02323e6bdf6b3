//! Objects that are named and not there.
//!
//! There is what a manifest renders, what programs make while they run ([`made`]), what every cluster
//! has, and what the environment lists under `external`.

pub mod made;
mod others;

use std::collections::BTreeSet;

use super::facts::{Fact, Facts};
use super::problem::Problem;
use crate::diagnostic::{Code, Severity, codes};
use crate::object::{Identity, Path};

/// Namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-system", "kube-public", "kube-node-lease"];

/// Kinds that scale another object.
const AUTOSCALERS: [&str; 3] = [
    "HorizontalPodAutoscaler",
    "VerticalPodAutoscaler",
    "ScaledObject",
];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        problems.extend(namespace(facts, node, fact));
        let named = fact
            .references
            .iter()
            .filter(|reference| !reference.optional);
        let named = named.map(|reference| (reference.to.clone(), reference.at.clone()));
        // A pod may name one Secret in ten variables: the first of them is told.
        let mut told = BTreeSet::new();
        for (to, at) in named.chain(others::named(fact)) {
            let there = facts.is_there(&to) || made::is_of_cluster(facts, &to);
            if !there && told.insert(to.clone()) {
                problems.push(missing(facts, node, &to, &at));
            }
        }
    }
    problems
}

fn namespace(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Option<Problem> {
    let name = fact.namespace()?;
    let identity = Identity {
        namespace: None,
        kind: "Namespace".to_owned(),
        group: String::new(),
        name: name.to_owned(),
    };
    let there = NAMESPACES.contains(&name) || facts.is_there(&identity);
    (!there).then(|| {
        let at = Path::of_keys(&["metadata", "namespace"]);
        let message = format!("lies in the namespace `{name}`, which nothing makes");
        let problem = Problem::error(codes::NAMESPACE_MISSING, node, &at, message);
        problem.help(external(&identity))
    })
}

fn missing(facts: &Facts<'_>, node: usize, to: &Identity, at: &Path) -> Problem {
    let (code, severity) = code(facts.objects[node].object.kind(), to);
    let message = format!("names {to}, which nothing makes");
    let problem = Problem {
        severity,
        ..Problem::error(code, node, at, message)
    };
    let alike = facts.objects.iter().map(|fact| &fact.identity);
    let alike = alike.filter(|other| other.kind == to.kind && other.group == to.group);
    let elsewhere = alike.clone().find(|other| other.name == to.name);
    let in_place = alike.filter(|other| other.namespace == to.namespace);
    let near = crate::diagnostic::nearest(&to.name, in_place.map(|other| other.name.as_str()));
    match (elsewhere, near) {
        (Some(other), _) => problem.help(format!("there is {other}, in another namespace")),
        (None, Some(near)) => problem.help(format!("did you mean `{near}`?")),
        (None, None) => problem.help(external(to)),
    }
}

fn external(to: &Identity) -> String {
    format!("where something else makes it, add `{to}` to `external` in environment.yaml")
}

/// Secrets are kept out of git, and storage comes with the cluster, so that both are often made by
/// other means; whatever else is missing is a mistake.
fn code(by: &str, to: &Identity) -> (&'static Code, Severity) {
    if AUTOSCALERS.contains(&by) && !["Secret", "ConfigMap"].contains(&to.kind.as_str()) {
        return (codes::SCALE_TARGET_MISSING, Severity::Error);
    }
    match (to.group.as_str(), to.kind.as_str()) {
        ("", "Secret") => (codes::SECRET_MISSING, Severity::Warning),
        ("storage.k8s.io", _) => (codes::CLASS_MISSING, Severity::Warning),
        ("", "ServiceAccount") => (codes::ACCOUNT_MISSING, Severity::Error),
        ("", "ConfigMap") => (codes::CONFIG_MAP_MISSING, Severity::Error),
        ("", "Service") => (codes::SERVICE_MISSING, Severity::Error),
        ("cert-manager.io", "Issuer" | "ClusterIssuer") => (codes::ISSUER_MISSING, Severity::Error),
        (_, kind) if kind.ends_with("Class") => (codes::CLASS_MISSING, Severity::Error),
        _ => (codes::REFERENCE_MISSING, Severity::Error),
    }
}
