//! What an object names must be there before it.

use super::builder::{Builder, Strength};
use super::facts::{Fact, Facts};
use crate::model::graph::EdgeKind;
use crate::object::{Identity, Reference};

/// An order that the author asks for, in the syntax of cli-utils.
const DEPENDS_ON: &str = "kops-stack.io/depends-on";

pub fn connect(facts: &Facts<'_>, builder: &mut Builder) {
    for (node, fact) in facts.numbered() {
        // A CRD names the Service of its conversion webhook, whose workload needs the CRD first.
        if !fact.is_crd() {
            for reference in fact.references {
                // A binding is accepted, and grants, whether its accounts are there yet or not.
                let subject = reference.to.kind == "ServiceAccount" && !fact.runs_pods();
                if let (Some(target), false) = (facts.find(&reference.to), subject) {
                    let (strength, reason) = (strength(fact, reference), reason(fact, reference));
                    builder.add((target, node), EdgeKind::Applied, reason, strength);
                }
            }
        }
        for target in asked_for(fact).iter().filter_map(|to| facts.find(to)) {
            builder.must(
                (target, node),
                EdgeKind::Ready,
                "asked for by its annotation",
            );
        }
    }
}

/// Pods do not start without what they name, and the server looks up the role that a binding
/// grants. Everything else is accepted in any order, and works once both are there.
fn strength(fact: &Fact<'_>, reference: &Reference) -> Strength {
    let grants = reference.to.group == "rbac.authorization.k8s.io";
    let needed = grants || fact.runs_pods() || fact.is_served();
    match needed && !reference.optional {
        true => Strength::Must,
        false => Strength::Should,
    }
}

fn reason(fact: &Fact<'_>, Reference { to, .. }: &Reference) -> String {
    let (kind, name) = (to.kind.as_str(), to.name.as_str());
    match kind {
        "ServiceAccount" => "service account".to_owned(),
        "Role" | "ClusterRole" => "its role".to_owned(),
        "ConfigMap" | "Secret" => format!("reads {kind} {name}"),
        "PersistentVolumeClaim" => format!("mounts {kind} {name}"),
        "Service" if fact.is_served() => format!("is served by Service {name}"),
        kind if kind.ends_with("Class") => format!("its {kind} {name}"),
        kind if fact.object.kind().ends_with("Autoscaler") => format!("scales {kind} {name}"),
        kind => format!("refers to {kind} {name}"),
    }
}

/// `group/namespaces/NAMESPACE/kind/name` or `group/kind/name`, several with commas between.
fn asked_for(fact: &Fact<'_>) -> Vec<Identity> {
    let list = fact.object.annotation(DEPENDS_ON).unwrap_or_default();
    list.split(',')
        .filter_map(|item| identity(item.trim()))
        .collect()
}

fn identity(item: &str) -> Option<Identity> {
    let parts: Vec<&str> = item.split('/').collect();
    let (group, namespace, kind, name) = match parts.as_slice() {
        [group, "namespaces", namespace, kind, name] => (group, Some(*namespace), kind, name),
        [group, kind, name] => (group, None, kind, name),
        _ => return None,
    };
    Some(Identity {
        namespace: namespace.map(str::to_owned),
        kind: (*kind).to_owned(),
        group: (*group).to_owned(),
        name: (*name).to_owned(),
    })
}
