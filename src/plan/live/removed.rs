//! What the inventory holds and nobody desires any more.

use std::collections::{HashMap, HashSet};

use serde_json::json;

use super::{Situation, is_ours};
use crate::model::api::{ApiError, Target};
use crate::model::digest::sha256;
use crate::model::inventory::{Inventory, Member};
use crate::model::ownership::AllowedAction;
use crate::model::plan::{Action, Effect, Step};
use crate::model::rendering::Rendering;
use crate::model::work::{Revision, Work};
use crate::object::{Identity, Object, is_always_there};
use crate::plan::compare;
use crate::plan::deletes;
use crate::plan::index::Index;

/// What namespaces hold.
pub type Inside = HashMap<Identity, Result<Vec<Identity>, ApiError>>;

/// How many objects are named of those that stand in the way.
const NAMED: usize = 3;

/// What objects say themselves about their removal; the first is ours, the others are those of
/// Helm, Argo CD and Flux.
const KEEPS: [(&str, &[&str]); 4] = [
    ("kops-stack.io/on-remove", &["keep", "orphan"]),
    ("helm.sh/resource-policy", &["keep"]),
    ("argocd.argoproj.io/sync-options", &["Prune=false"]),
    ("kustomize.toolkit.fluxcd.io/prune", &["disabled"]),
];

/// Whether anything goes.
pub fn any(situation: &Situation<'_>, desired: &Index<'_>) -> bool {
    let inventory = situation.live.inventory.iter();
    let mut members = inventory.flat_map(|inventory| inventory.all());
    members.any(|(_, member)| desired.find(&member.identity).is_none())
}

/// Steps for what goes, with their works. What is gone already is no step.
pub fn steps(
    situation: &Situation<'_>,
    desired: &Index<'_>,
    before: &Index<'_>,
    inside: &Inside,
) -> Vec<(Step, Work)> {
    undesired(situation, desired)
        .into_iter()
        .filter_map(|(component, member)| step(situation, before, inside, component, member))
        .collect()
}

/// Namespaces that would be deleted.
pub fn namespaces(situation: &Situation<'_>, desired: &Index<'_>) -> Vec<Identity> {
    deleted(situation, desired, |identity| identity.kind == "Namespace")
}

/// Objects of some kinds that would be deleted, whatever they hold.
pub fn deleted(
    situation: &Situation<'_>,
    desired: &Index<'_>,
    wanted: impl Fn(&Identity) -> bool,
) -> Vec<Identity> {
    let nothing = Rendering::default();
    let before = Index::of(&nothing);
    let goes = |member: &Member| {
        let live = situation.live.object(&member.identity)?;
        let revision = Revision::of(&live);
        let decided = decide(situation, &before, &Inside::new(), member, &live, &revision)?;
        (decided.0 == Action::Delete).then(|| member.identity.clone())
    };
    undesired(situation, desired)
        .into_iter()
        .filter(|(_, member)| wanted(&member.identity))
        .filter_map(|(_, member)| goes(member))
        .collect()
}

/// What the inventory may forget: it is not there, or is not what a killed apply wanted to make.
pub fn gone(situation: &Situation<'_>, desired: &Index<'_>) -> Vec<Identity> {
    let live = situation.live;
    let gone = undesired(situation, desired)
        .into_iter()
        .filter(|(_, member)| {
            let unreadable = live.unreadable.contains_key(&member.identity);
            let object = live.object(&member.identity);
            !unreadable && object.is_none_or(|object| member.uid.is_none() && !is_ours(&object))
        });
    gone.map(|(_, member)| member.identity.clone()).collect()
}

/// Each object of the inventory once that nobody desires any more.
fn undesired<'a>(situation: &Situation<'a>, desired: &Index<'_>) -> Vec<(&'a str, &'a Member)> {
    let mut seen = HashSet::new();
    let members = situation.live.inventory.iter().flat_map(Inventory::all);
    let undesired = members.filter(|(component, member)| {
        situation.concerns(component, &member.identity)
            && desired.find(&member.identity).is_none()
            && seen.insert(&member.identity)
    });
    undesired.collect()
}

fn step(
    situation: &Situation<'_>,
    before: &Index<'_>,
    inside: &Inside,
    component: &str,
    member: &Member,
) -> Option<(Step, Work)> {
    let target = Target {
        identity: member.identity.clone(),
        version: member.version.clone(),
    };
    if let Some(error) = situation.live.unreadable.get(&member.identity) {
        let reason = format!(
            "it cannot be read: {}",
            crate::model::refusal::sentence(error)
        );
        let step = bare(
            component,
            member,
            Action::Blocked,
            Effect::Refused { reason },
        );
        return Some((step, work(target, component, Action::Blocked, None)));
    }
    let live = &*situation.live.object(&member.identity)?;
    let revision = Revision::of(live);
    let (action, effect) = decide(situation, before, inside, member, live, &revision)?;
    let mut step = match before.find(&member.identity) {
        Some(entry) if action == Action::Delete => deletes::step(entry, before),
        _ => bare_step(component, member, action),
    };
    step.component = component.to_owned();
    step.action = action;
    step.effects.extend(effect);
    Some((step, work(target, component, action, Some(revision))))
}

/// What becomes of an object that is still there; `None` where it is not ours and never was.
fn decide(
    situation: &Situation<'_>,
    before: &Index<'_>,
    inside: &Inside,
    member: &Member,
    live: &Object,
    revision: &Revision,
) -> Option<(Action, Option<Effect>)> {
    let note = |text: String| Some(Effect::Note { text });
    match &member.uid {
        // A killed apply wanted to make it, and did not: somebody else's object is none of ours.
        None if !is_ours(live) => return None,
        Some(known) if *known != revision.uid => {
            let text = "somebody made it anew; it stays, and is no longer ours";
            return Some((Action::Orphan, note(text.to_owned())));
        }
        _ => {}
    }
    let said = KEEPS.iter().find_map(|(key, values)| {
        let value = live.annotation(key)?;
        let keeps = value.split(',').any(|part| values.contains(&part.trim()));
        keeps.then(|| format!("stays: its annotation {key} says so"))
    });
    if let Some(said) = said {
        return Some((Action::Orphan, note(said)));
    }
    if !live.owners().is_empty() {
        return Some((
            Action::Orphan,
            note("stays: another object owns it now".to_owned()),
        ));
    }
    let allowed = |action| {
        let allowances = situation.rules.allowances.iter();
        allowances
            .into_iter()
            .any(|allowance| allowance.allows(action, &member.identity))
    };
    let delete = AllowedAction::Delete;
    if compare::asks_to_stay(live) {
        let reason =
            "would be deleted and is protected; take kops-stack.io/protect away first".to_owned();
        return Some((Action::Blocked, Some(Effect::Protected { reason })));
    }
    if compare::is_protected_kind(live) && !allowed(delete) {
        let rest = holds(live, before);
        let text = format!(
            "stays{rest}; an entry under `allow:` of environment.yaml (object: {}) deletes it",
            member.identity
        );
        return Some((Action::Orphan, note(text)));
    }
    if situation.rules.protect && !allowed(delete) {
        let reason = format!(
            "would be deleted and the environment is protected; an entry under `allow:` of environment.yaml (object: {}) deletes it",
            member.identity
        );
        return Some((Action::Blocked, Some(Effect::Protected { reason })));
    }
    Some(match foreign(situation, inside, &member.identity) {
        Some(reason) => (Action::Blocked, Some(Effect::Protected { reason })),
        None => (Action::Delete, None),
    })
}

/// What a namespace holds that is not of this environment and would go with it.
fn foreign(situation: &Situation<'_>, inside: &Inside, namespace: &Identity) -> Option<String> {
    let held = match inside.get(namespace)? {
        Ok(held) => held,
        Err(error) => {
            return Some(format!(
                "would be deleted, and what is in it could not be looked at: {}",
                crate::model::refusal::sentence(error)
            ));
        }
    };
    let members = situation.live.inventory.iter().flat_map(Inventory::all);
    let ours: HashSet<&Identity> = members.map(|(_, member)| &member.identity).collect();
    let foreign: Vec<String> = held
        .iter()
        .filter(|held| !ours.contains(held) && !is_always_there(held))
        .map(ToString::to_string)
        .collect();
    let more = match foreign.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = foreign[..foreign.len().min(NAMED)].join(", ");
    (!foreign.is_empty()).then(|| {
        format!(
            "would be deleted with what is not of this environment: {named}{more}; take that away first, or let the namespace stay"
        )
    })
}

/// Why a protected kind is worth keeping.
fn holds(live: &Object, before: &Index<'_>) -> String {
    if !live.is("", "Namespace") {
        return String::new();
    }
    let inside = before
        .objects()
        .filter(|object| object.namespace() == Some(live.name()))
        .count();
    match inside {
        0 => String::new(),
        count => format!(" with what else is in it, beside {count} known here"),
    }
}

fn bare(component: &str, member: &Member, action: Action, effect: Effect) -> Step {
    Step {
        effects: vec![effect],
        ..bare_step(component, member, action)
    }
}

fn bare_step(component: &str, member: &Member, action: Action) -> Step {
    Step {
        component: component.to_owned(),
        identity: member.identity.clone(),
        action,
        changes: Vec::new(),
        effects: Vec::new(),
        unverified: None,
        patches: Vec::new(),
    }
}

fn work(target: Target, component: &str, action: Action, current: Option<Revision>) -> Work {
    let difference = removal(action, &target.identity);
    Work {
        target,
        component: component.to_owned(),
        action,
        payload: None,
        payload_digest: String::new(),
        current,
        taken: Vec::new(),
        adopted: Vec::new(),
        first_ours: Vec::new(),
        asked: None,
        clears: false,
        orphan_pods: false,
        difference,
    }
}

fn removal(action: Action, identity: &Identity) -> String {
    let said = json!({"action": action.name(), "object": identity});
    sha256(said.to_string().as_bytes())
}
