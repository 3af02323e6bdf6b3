//! The cluster itself: documents of kops against those that are there, and the way between.
//!
//! Pure, as all of `plan`: what is there comes from the provider, or from a git revision.

mod age;
mod digest;
mod first;
mod held;
mod impact;
mod key;
mod machines;
mod removal;
mod renewal;
#[cfg(test)]
mod tests;
mod way;

use std::collections::{BTreeMap, BTreeSet};

pub use age::ages;
pub use digest::digest;
pub use first::{Hop, kubernetes};
pub use key::is_other_key;
pub use removal::{Held, removal};
pub use renewal::renewal;

use crate::model::cluster::change::{ClusterPlan, Roll};
use crate::model::cluster::cloud::{CloudChanges, Machine};
use crate::model::cluster::normal::normal;
use crate::model::cluster::rolls::Rolls;
use crate::model::plan::{Action, Effect, Step};
use crate::model::rendering::RenderedComponent;
use crate::object::{Identity, Object, Schema, diff};
use impact::Impact;

/// Component that the documents of the provider belong to.
const CLUSTER: &str = crate::model::environment::CLUSTER;

/// The knob that machines are replaced for, where it changes: it stands in no document.
const SSH_KEY: &str = "ssh.publicKey";

type Documents = BTreeMap<Identity, Object>;

/// What is there of a cluster.
#[derive(Debug, Clone, Copy, Default)]
pub struct There<'a> {
    /// The documents that are stored; none where the cluster is not known yet.
    pub documents: Option<&'a [Object]>,
    /// What an update would do, where somebody asked.
    pub cloud: Option<&'a CloudChanges>,
    /// The machines, where somebody asked.
    pub machines: Option<&'a [Machine]>,
    /// A run that did not come to its end, in words.
    pub unfinished: Option<&'a str>,
    /// That run was making the cluster.
    pub in_the_making: bool,
    /// The machines take another key than the environment says.
    pub other_key: bool,
    /// Whose machines may be replaced; all where nobody asked.
    pub rolls: Option<&'a Rolls>,
}

/// Plans the way from what is there, or from nothing, to the documents of the environment.
pub fn plan(desired: &RenderedComponent, current: There<'_>) -> ClusterPlan {
    let objects = desired.objects.iter();
    let wanted = documents(objects.map(|rendered| &*rendered.object));
    let there = documents(current.documents.into_iter().flatten());
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
    let name = name(&wanted);
    let served = current
        .machines
        .is_none_or(|machines| machines.iter().any(|machine| machine.control_plane));
    let comes = current.documents.is_none() || !served || current.in_the_making;
    let cloud = current.cloud.cloned().unwrap_or_default();
    let rolls = match comes {
        true => Vec::new(),
        false => {
            let mut outdated = outdated(&cloud, current.machines, &name);
            if current.other_key {
                for group in there.keys().filter(|one| one.kind == "InstanceGroup") {
                    let reasons = outdated.entry(group.name.clone()).or_default();
                    reasons.insert(SSH_KEY.to_owned());
                }
            }
            held::held(rolls(&changes, &there, &outdated), current.rolls)
        }
    };
    let blocked = changes
        .iter()
        .any(|change| change.action == Action::Blocked);
    let steps = match current.documents {
        _ if blocked => Vec::new(),
        None => way::creation(&wanted),
        Some(_) if comes => way::completion(&wanted, &changes),
        Some(_) => way::change(
            &changes,
            &rolls,
            &cloud,
            current.other_key,
            current.unfinished.is_some(),
        ),
    };
    ClusterPlan {
        name,
        program: format!("{} {}", desired.module, desired.version),
        before: (!comes).then(|| machines::of(there.values())),
        after: Some(machines::of(wanted.values())),
        changes,
        unchanged,
        rolls,
        steps,
        comes,
        cloud,
        unfinished: current.unfinished.map(str::to_owned),
        ..ClusterPlan::default()
    }
}

/// Groups whose machines are, or will be after an update, older than their template.
fn outdated(
    cloud: &CloudChanges,
    machines: Option<&[Machine]>,
    cluster: &str,
) -> BTreeMap<String, BTreeSet<String>> {
    let mut groups: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for group in cloud.groups_to_roll(cluster) {
        let reasons = groups.entry(group).or_default();
        reasons.insert("its launch template".to_owned());
    }
    let old = machines.into_iter().flatten();
    for machine in old.filter(|machine| machine.is_old) {
        let reasons = groups.entry(machine.group.clone()).or_default();
        reasons.insert("machines that are older than it".to_owned());
    }
    groups
}

/// Plans the way between two renderings of a cluster; all machines may be replaced where nobody says
/// which.
pub fn between(
    desired: &RenderedComponent,
    current: Option<&RenderedComponent>,
    rolls: Option<&Rolls>,
) -> ClusterPlan {
    let there: Option<Vec<Object>> = current.map(|current| {
        let objects = current.objects.iter();
        objects.map(|rendered| (*rendered.object).clone()).collect()
    });
    let there = There {
        documents: there.as_deref(),
        rolls,
        ..There::default()
    };
    plan(desired, there)
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
fn rolls(
    changes: &[Step],
    there: &Documents,
    outdated: &BTreeMap<String, BTreeSet<String>>,
) -> Vec<Roll> {
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
            .chain(own.map(|change| change.path.to_string()))
            .chain(outdated.get(&identity.name).into_iter().flatten().cloned());
        let reasons: Vec<String> = reasons.collect();
        let size = |key: &str| group.value()["spec"][key].as_u64().unwrap_or_default();
        (!reasons.is_empty()).then(|| Roll {
            group: identity.name.clone(),
            control_plane,
            reasons,
            least: size("minSize"),
            most: size("maxSize"),
            held: None,
        })
    });
    let mut rolls: Vec<Roll> = rolls.collect();
    // The control plane is never older than the nodes.
    rolls.sort_by_key(|roll| !roll.control_plane);
    rolls
}
