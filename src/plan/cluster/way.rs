//! The way: what is called, in which order.

use super::Documents;
use crate::model::cluster::change::{ClusterStep, Roll};
use crate::model::cluster::cloud::CloudChanges;
use crate::model::plan::{Action, Step};

/// A cluster of which nothing is there.
pub fn creation(wanted: &Documents) -> Vec<ClusterStep> {
    let create = ClusterStep::Create {
        documents: wanted.len(),
    };
    let mut steps = vec![create];
    steps.extend(key(wanted));
    steps.extend(first_update());
    steps
}

/// A cluster whose creation stopped before a machine served its API.
pub fn completion(wanted: &Documents, changes: &[Step]) -> Vec<ClusterStep> {
    let mut steps: Vec<ClusterStep> = writes(changes).collect();
    steps.extend(key(wanted));
    steps.extend(first_update());
    steps
}

fn key(wanted: &Documents) -> Option<ClusterStep> {
    let mut clusters = wanted.values().filter(|object| object.kind() == "Cluster");
    let asks = clusters.any(|cluster| cluster.value()["spec"].get("sshKeyName").is_none());
    asks.then_some(ClusterStep::SshKey)
}

fn first_update() -> [ClusterStep; 2] {
    let update = ClusterStep::Update {
        control_plane_only: false,
    };
    [update, ClusterStep::Validate]
}

/// Documents, the control plane, the nodes, what goes, what is left over: the explicit sequence of
/// `kops.md`, section 4, in which drains are respected.
///
/// Where the documents are stored already, only what the cloud still lacks is on the way: that of a run
/// that stopped, or of somebody who changed the store by hand. What machines that may not be replaced
/// still use is not pruned.
pub fn change(
    changes: &[Step],
    rolls: &[Roll],
    cloud: &CloudChanges,
    other_key: bool,
    unfinished: bool,
) -> Vec<ClusterStep> {
    // Without its key, kops foretells nothing of a cluster that asks for one.
    let key = other_key.then_some(ClusterStep::SshKey);
    let mut steps: Vec<ClusterStep> = key.into_iter().chain(writes(changes)).collect();
    let stored = steps.is_empty();
    let updates = !stored || cloud.asks_for_update();
    let allowed = rolls.iter().filter(|roll| roll.held.is_none());
    let held = rolls.iter().any(|roll| roll.held.is_some());
    let (control, nodes): (Vec<&Roll>, Vec<&Roll>) = allowed.partition(|roll| roll.control_plane);
    let roll = |roll: &&Roll| ClusterStep::Roll {
        group: roll.group.clone(),
    };
    if !control.is_empty() {
        if updates {
            steps.push(ClusterStep::Update {
                control_plane_only: true,
            });
        }
        steps.push(ClusterStep::Validate);
        steps.extend(control.iter().map(roll));
    }
    if updates {
        steps.push(ClusterStep::Update {
            control_plane_only: false,
        });
    }
    if updates || !nodes.is_empty() {
        steps.push(ClusterStep::Validate);
    }
    steps.extend(nodes.iter().map(roll));
    let going = changes
        .iter()
        .filter(|change| change.action == Action::Delete);
    steps.extend(going.map(|change| ClusterStep::Remove {
        group: change.identity.name.clone(),
    }));
    if !held && (!steps.is_empty() || !cloud.deferred.is_empty()) {
        steps.push(ClusterStep::Prune);
    }
    let looked = steps.last() == Some(&ClusterStep::Validate);
    if (!steps.is_empty() || unfinished) && !looked {
        steps.push(ClusterStep::Validate);
    }
    steps
}

fn writes(changes: &[Step]) -> impl Iterator<Item = ClusterStep> {
    let writes = changes
        .iter()
        .filter(|change| matches!(change.action, Action::Create | Action::Update));
    writes.map(|change| ClusterStep::Replace {
        document: format!("{} {}", change.identity.kind, change.identity.name),
    })
}
