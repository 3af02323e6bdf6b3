//! The cluster itself: documents of kops against those that are there, and the way between.
//!
//! Pure, as all of `plan`: what is there comes from the provider, or from a git revision.

mod impact;
mod machines;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::cluster::change::{ClusterPlan, ClusterStep, Roll};
use crate::model::cluster::normal::normal;
use crate::model::plan::{Action, Effect, Step};
use crate::model::rendering::RenderedComponent;
use crate::object::{Identity, Object, Schema, diff};
use impact::Impact;

/// Component that the documents of the provider belong to.
const CLUSTER: &str = crate::model::environment::CLUSTER;

type Documents = BTreeMap<Identity, Object>;

/// Plans the way from the documents that are there, or from nothing, to those of the environment.
pub fn plan(desired: &RenderedComponent, current: Option<&[Object]>) -> ClusterPlan {
    let objects = desired.objects.iter();
    let wanted = documents(objects.map(|rendered| &*rendered.object));
    let there = documents(current.into_iter().flatten());
    let mut changes = Vec::new();
    let mut unchanged = 0;
    for (identity, new) in &wanted {
        match there.get(identity) {
            None => changes.push(step(identity, Action::Create)),
            Some(old) => match changed(identity, old, new) {
                Some(step) => changes.push(step),
                None => unchanged += 1,
            },
        }
    }
    let gone = there
        .keys()
        .filter(|identity| !wanted.contains_key(identity));
    changes.extend(gone.map(|identity| removed(identity, &wanted)));
    changes.sort_by(|a, b| a.identity.cmp(&b.identity));
    for change in &mut changes {
        for patch in desired
            .patches
            .iter()
            .filter(|patch| patch.object == change.identity)
        {
            change.patches.push(patch.name.clone());
        }
    }
    let rolls = rolls(&changes, &there);
    let blocked = changes
        .iter()
        .any(|change| change.action == Action::Blocked);
    let steps = match current {
        _ if blocked => Vec::new(),
        None => creation(&wanted),
        Some(_) => way(&changes, &rolls),
    };
    ClusterPlan {
        name: name(&wanted),
        program: format!("{} {}", desired.module, desired.version),
        before: current.map(|_| machines::of(there.values())),
        after: Some(machines::of(wanted.values())),
        changes,
        unchanged,
        rolls,
        steps,
    }
}

/// Plans the way between two renderings of a cluster.
pub fn between(desired: &RenderedComponent, current: Option<&RenderedComponent>) -> ClusterPlan {
    let there: Option<Vec<Object>> = current.map(|current| {
        let objects = current.objects.iter();
        objects.map(|rendered| (*rendered.object).clone()).collect()
    });
    plan(desired, there.as_deref())
}

fn documents<'o>(objects: impl Iterator<Item = &'o Object>) -> Documents {
    let normal = objects.map(normal);
    normal.map(|object| (object.identity(), object)).collect()
}

fn name(documents: &Documents) -> String {
    let clusters = documents
        .keys()
        .filter(|identity| identity.kind == "Cluster");
    clusters.map(|identity| identity.name.clone()).collect()
}

fn step(identity: &Identity, action: Action) -> Step {
    Step {
        component: CLUSTER.to_owned(),
        identity: identity.clone(),
        action,
        changes: Vec::new(),
        effects: Vec::new(),
        unverified: None,
        patches: Vec::new(),
    }
}

fn changed(identity: &Identity, old: &Object, new: &Object) -> Option<Step> {
    let changes = diff(old.value(), new.value(), &Schema::of(new));
    if changes.iter().all(|change| change.semantic_equal()) {
        return None;
    }
    let effects: Vec<Effect> = impact::refusals(identity, old, new, &changes);
    let action = match effects.is_empty() {
        true => Action::Update,
        false => Action::Blocked,
    };
    Some(Step {
        changes,
        effects,
        ..step(identity, action)
    })
}

/// kops never removes a group that the files leave out; a control plane never loses its last one.
fn removed(identity: &Identity, wanted: &Documents) -> Step {
    let mut step = step(identity, Action::Delete);
    if identity.kind == "Cluster" {
        step.action = Action::Blocked;
        step.effects.push(Effect::Refused {
            reason: format!("the cluster there is called {}, and another name would make another cluster: `kops-stack destroy ENV --cluster` removes one", identity.name),
        });
        return step;
    }
    if !wanted.values().any(is_control_plane) {
        step.action = Action::Blocked;
        step.effects.push(Effect::Refused {
            reason: "it is the last group of the control plane".to_owned(),
        });
    }
    step
}

fn is_control_plane(object: &Object) -> bool {
    object.value()["spec"]["role"] == "ControlPlane"
}

/// The groups whose machines do not become what is wanted until they are replaced.
fn rolls(changes: &[Step], there: &Documents) -> Vec<Roll> {
    let updates = || {
        changes
            .iter()
            .filter(|change| change.action == Action::Update)
    };
    let cluster = updates().find(|change| change.identity.kind == "Cluster");
    let whole: Vec<(Impact, String)> = cluster
        .into_iter()
        .flat_map(|change| &change.changes)
        .map(|change| (impact::of_cluster(&change.path), change.path.to_string()))
        .collect();
    let going = |identity: &Identity| {
        let mut deletes = changes
            .iter()
            .filter(|change| change.action == Action::Delete);
        deletes.any(|change| change.identity == *identity)
    };
    let groups = there
        .iter()
        .filter(|(identity, _)| identity.kind == "InstanceGroup" && !going(identity));
    let rolls = groups.filter_map(|(identity, group)| {
        let control_plane = is_control_plane(group);
        let of_cluster = whole.iter().filter(|(impact, _)| match impact {
            Impact::None => false,
            Impact::ControlPlane => control_plane,
            Impact::Machines => true,
        });
        let own = updates().find(|change| change.identity == *identity);
        let own = own.into_iter().flat_map(|change| &change.changes);
        let own = own.filter(|change| impact::of_group(&change.path) != Impact::None);
        let reasons = of_cluster
            .map(|(_, path)| path.clone())
            .chain(own.map(|change| change.path.to_string()));
        let reasons: Vec<String> = reasons.collect();
        let size = |key: &str| group.value()["spec"][key].as_u64().unwrap_or_default();
        (!reasons.is_empty()).then(|| Roll {
            group: identity.name.clone(),
            control_plane,
            reasons,
            least: size("minSize"),
            most: size("maxSize"),
        })
    });
    let mut rolls: Vec<Roll> = rolls.collect();
    // The control plane is never older than the nodes.
    rolls.sort_by_key(|roll| !roll.control_plane);
    rolls
}

fn creation(wanted: &Documents) -> Vec<ClusterStep> {
    let mut clusters = wanted.values().filter(|object| object.kind() == "Cluster");
    let asks_for_key = clusters.any(|cluster| cluster.value()["spec"].get("sshKeyName").is_none());
    let mut steps = vec![ClusterStep::Create {
        documents: wanted.len(),
    }];
    if asks_for_key {
        steps.push(ClusterStep::SshKey);
    }
    steps.push(ClusterStep::Update {
        control_plane_only: false,
    });
    steps.push(ClusterStep::Validate);
    steps
}

/// Documents, the control plane, the nodes, what goes, what is left over: the explicit sequence of
/// `kops.md`, section 4, in which drains are respected.
fn way(changes: &[Step], rolls: &[Roll]) -> Vec<ClusterStep> {
    let writes = changes
        .iter()
        .filter(|change| matches!(change.action, Action::Create | Action::Update));
    let mut steps: Vec<ClusterStep> = writes
        .map(|change| ClusterStep::Replace {
            document: format!("{} {}", change.identity.kind, change.identity.name),
        })
        .collect();
    let going: Vec<&Step> = changes
        .iter()
        .filter(|change| change.action == Action::Delete)
        .collect();
    if steps.is_empty() && going.is_empty() {
        return steps;
    }
    let (control, nodes): (Vec<&Roll>, Vec<&Roll>) =
        rolls.iter().partition(|roll| roll.control_plane);
    let roll = |roll: &&Roll| ClusterStep::Roll {
        group: roll.group.clone(),
    };
    if !steps.is_empty() {
        if !control.is_empty() {
            steps.push(ClusterStep::Update {
                control_plane_only: true,
            });
            steps.push(ClusterStep::Validate);
            steps.extend(control.iter().map(roll));
        }
        steps.push(ClusterStep::Update {
            control_plane_only: false,
        });
        steps.push(ClusterStep::Validate);
        steps.extend(nodes.iter().map(roll));
    }
    steps.extend(going.iter().map(|change| ClusterStep::Remove {
        group: change.identity.name.clone(),
    }));
    steps.push(ClusterStep::Prune);
    steps.push(ClusterStep::Validate);
    steps
}
