//! What a kind needs before any object of it: its namespace, its CRD, the limits of its namespace.

use std::collections::BTreeMap;

use super::builder::Builder;
use super::facts::{Fact, Facts};
use crate::model::graph::EdgeKind;
use crate::object::Identity;

pub fn connect(facts: &Facts<'_>, builder: &mut Builder) {
    for (node, fact) in facts.numbered() {
        if let Some(namespace) = namespace_of(fact).and_then(|identity| facts.find(&identity)) {
            builder.must((namespace, node), EdgeKind::Applied, "namespace");
        }
        // Ready means Established: before, the server does not know the kind.
        if let Some(crd) = facts.crd_of(fact.object) {
            builder.must((crd, node), EdgeKind::Ready, "its CRD");
        }
    }
    limits(facts, builder);
}

fn namespace_of(fact: &Fact<'_>) -> Option<Identity> {
    let namespace = fact.identity.namespace.as_ref()?;
    Some(Identity {
        namespace: None,
        kind: "Namespace".to_owned(),
        group: String::new(),
        name: namespace.clone(),
    })
}

/// Pods get the defaults of a LimitRange, and count in a ResourceQuota, when they are made.
fn limits(facts: &Facts<'_>, builder: &mut Builder) {
    let mut milestones: BTreeMap<&str, usize> = BTreeMap::new();
    for (node, fact) in facts.numbered() {
        let limits = fact.object.is("", "LimitRange") || fact.object.is("", "ResourceQuota");
        if let (true, Some(namespace)) = (limits, fact.object.namespace()) {
            let name = format!("limits of namespace {namespace}");
            let milestone = builder.milestone(&name);
            milestones.insert(namespace, milestone);
            builder.must((node, milestone), EdgeKind::Applied, name);
        }
    }
    for (node, fact) in facts.numbered().filter(|(_, fact)| fact.runs_pods()) {
        let namespace = fact.object.namespace().unwrap_or_default();
        if let Some(milestone) = milestones.get(namespace) {
            let reason = "limits of its namespace";
            builder.must((*milestone, node), EdgeKind::Applied, reason);
        }
    }
}
