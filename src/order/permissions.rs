//! Pods start when their service account may do what they do.

use std::collections::HashMap;

use super::builder::Builder;
use super::facts::{Fact, Facts};
use crate::model::graph::EdgeKind;
use crate::object::{Identity, pod_spec};
use crate::yaml::Value;

const REASON: &str = "permissions of its service account";

/// Bindings and their roles go before the workloads of the accounts that they grant to.
///
/// The role has an edge of its own: when only it changes, its binding is no step of the plan.
pub fn connect(facts: &Facts<'_>, builder: &mut Builder) {
    let grants = grants(facts);
    let mut milestones: HashMap<&Identity, usize> = HashMap::new();
    for (node, fact) in facts.numbered() {
        let Some(account) = account_of(fact) else {
            continue;
        };
        let Some((account, granted)) = grants.get_key_value(&account) else {
            continue;
        };
        let milestone = *milestones.entry(account).or_insert_with(|| {
            let milestone = builder.milestone(&format!("permissions of {account}"));
            for before in granted {
                builder.must((*before, milestone), EdgeKind::Applied, REASON);
            }
            milestone
        });
        builder.must((milestone, node), EdgeKind::Applied, REASON);
    }
}

/// Bindings and roles by the service account that they grant to.
fn grants(facts: &Facts<'_>) -> HashMap<Identity, Vec<usize>> {
    let mut grants: HashMap<Identity, Vec<usize>> = HashMap::new();
    for (node, fact) in facts.numbered() {
        if fact.object.group() != "rbac.authorization.k8s.io" {
            continue;
        }
        let targets = || fact.references.iter().map(|reference| &reference.to);
        let roles = targets().filter(|to| to.kind.ends_with("Role"));
        let granted: Vec<usize> = roles
            .filter_map(|role| facts.find(role))
            .chain([node])
            .collect();
        for account in targets().filter(|to| to.kind == "ServiceAccount") {
            grants.entry(account.clone()).or_default().extend(&granted);
        }
    }
    grants
}

/// The service account of a workload's pods; `default` where they name none.
fn account_of(fact: &Fact<'_>) -> Option<Identity> {
    let spec = pod_spec(fact.object)?;
    let name = ["serviceAccountName", "serviceAccount"]
        .iter()
        .find_map(|key| spec.get(key).and_then(Value::as_str));
    Some(Identity {
        namespace: fact.identity.namespace.clone(),
        kind: "ServiceAccount".to_owned(),
        group: String::new(),
        name: name.unwrap_or("default").to_owned(),
    })
}
