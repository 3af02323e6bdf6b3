//! The inventory while an apply changes what it speaks of.
//!
//! What nobody speaks of stays: an apply of one component knows nothing of the others.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use crate::model::event::Outcome;
use crate::model::inventory::{Inventory, Member, Pending, Proof, Record};
use crate::model::plan::Action;
use crate::model::server::Server;
use crate::model::work::{Decision, Revision, Work};
use crate::object::Identity;

/// Records of applies that are kept.
const HISTORY: usize = 20;

#[derive(Debug, Default)]
pub struct Ledger {
    before: Inventory,
    members: BTreeMap<Identity, Entry>,
    /// What a write may have made that nobody confirmed, of this apply or of one that was killed.
    unconfirmed: BTreeMap<Identity, Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    component: String,
    member: Member,
}

impl Ledger {
    /// The record as it was, and what the plan has found out since.
    pub fn new(before: Option<&Inventory>, decision: &Decision) -> Self {
        let before = before.cloned().unwrap_or_else(|| Inventory {
            lineage: uuid::Uuid::new_v4().to_string(),
            ..Inventory::default()
        });
        let pending = before.pending.iter().map(|pending| &pending.members);
        let mut ledger = Self {
            members: entries([&before.members].into_iter()),
            unconfirmed: entries(pending),
            before,
        };
        for kept in &decision.unchanged {
            let member = Member {
                identity: kept.target.identity.clone(),
                version: kept.target.version.clone(),
                uid: Some(kept.uid.clone()),
                proof: kept.proof.clone(),
            };
            ledger.confirm(&kept.component, member);
        }
        for identity in &decision.gone {
            ledger.forget(identity);
        }
        ledger
    }

    /// The record that precedes the first write. What may get another uid is pending and nothing
    /// else, so that a plan after a kill takes it for ours whether or not it was made anew.
    pub fn pending(&self, decision: &Decision) -> Inventory {
        let mut members = self.members.clone();
        let mut pending = self.unconfirmed.clone();
        for work in decision.works.iter().filter(|work| work.makes()) {
            members.remove(&work.target.identity);
            pending.insert(work.target.identity.clone(), entry(work, None, None));
        }
        Inventory {
            members: by_component(members),
            pending: Some(Pending {
                plan: digest(decision),
                members: by_component(pending),
            }),
            ..self.before.clone()
        }
    }

    /// A write was taken, or nothing was to be written any more.
    pub fn written(&mut self, work: &Work, stored: &Revision, proof: Option<Proof>) {
        let Entry { component, member } = entry(work, Some(stored.uid.clone()), proof);
        self.confirm(&component, member);
    }

    /// The object now belongs to the component of this work, and is otherwise the same.
    pub fn moved(&mut self, work: &Work) {
        let identity = &work.target.identity;
        for entries in [&mut self.members, &mut self.unconfirmed] {
            if let Some(entry) = entries.get_mut(identity) {
                entry.component.clone_from(&work.component);
            }
        }
    }

    /// The object is gone, or is no longer ours.
    pub fn forget(&mut self, identity: &Identity) {
        self.members.remove(identity);
        self.unconfirmed.remove(identity);
    }

    /// A write was sent and nobody knows whether it was done.
    pub fn doubt(&mut self, work: &Work) {
        let identity = work.target.identity.clone();
        self.unconfirmed.insert(identity, entry(work, None, None));
    }

    /// The uid with which the object is recorded.
    pub fn uid(&self, identity: &Identity) -> Option<&str> {
        self.members.get(identity)?.member.uid.as_deref()
    }

    fn confirm(&mut self, component: &str, member: Member) {
        let identity = member.identity.clone();
        self.unconfirmed.remove(&identity);
        let component = component.to_owned();
        self.members.insert(identity, Entry { component, member });
    }

    /// The record at the end.
    pub fn committed<S: Server>(&self, context: &Context<'_, S>, outcome: &Outcome) -> Inventory {
        let request = context.request;
        let mut versions = self.before.versions.clone();
        let behind = behind(request.decision, outcome);
        for change in &request.decision.plan.components {
            if behind.contains(change.component.as_str()) {
                continue;
            }
            match &change.to {
                Some(version) => versions.insert(change.component.clone(), version.clone()),
                None => versions.remove(&change.component),
            };
        }
        let mut history = self.before.history.clone();
        if !request.decision.works.is_empty() {
            history.insert(0, history_record(context, outcome));
            history.truncate(HISTORY);
        }
        let plan = digest(request.decision);
        let members = by_component(self.unconfirmed.clone());
        Inventory {
            serial: self.before.serial,
            lineage: self.before.lineage.clone(),
            members: by_component(self.members.clone()),
            versions,
            pending: (!members.is_empty()).then_some(Pending { plan, members }),
            history,
        }
    }
}

fn history_record<S: Server>(context: &Context<'_, S>, outcome: &Outcome) -> Record {
    let request = context.request;
    let about = &request.about;
    let took = context.elapsed();
    let ended = about.began.checked_add(took).unwrap_or(about.began);
    let mut counts = BTreeMap::new();
    for (index, work) in request.decision.works.iter().enumerate() {
        if outcome.is_done(index) {
            *counts.entry(work.action.name().to_owned()).or_default() += 1;
        }
    }
    let result = match (outcome.interrupted, outcome.succeeded()) {
        (true, _) => "interrupted",
        (false, true) => "applied",
        (false, false) => "failed",
    };
    Record {
        time: format!("{ended:.0}"),
        who: about.who.clone(),
        commit: about.commit.clone(),
        stack: request.decision.plan.heading.stack_to.clone(),
        plan: digest(request.decision),
        counts,
        seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
        result: result.to_owned(),
    }
}

fn digest(decision: &Decision) -> String {
    let live = decision.plan.live.as_ref();
    live.map(|live| live.digest.clone()).unwrap_or_default()
}

/// Components of which something was not done.
fn behind<'a>(decision: &'a Decision, outcome: &Outcome) -> BTreeSet<&'a str> {
    let works = decision.works.iter().enumerate();
    let behind = works.filter(|(index, _)| !outcome.is_done(*index));
    behind.map(|(_, work)| work.component.as_str()).collect()
}

fn entry(work: &Work, uid: Option<String>, proof: Option<Proof>) -> Entry {
    Entry {
        component: work.component.clone(),
        member: Member {
            identity: work.target.identity.clone(),
            version: work.target.version.clone(),
            uid,
            proof,
        },
    }
}

fn entries<'a>(
    groups: impl Iterator<Item = &'a BTreeMap<String, Vec<Member>>>,
) -> BTreeMap<Identity, Entry> {
    let members = groups.flatten().flat_map(|(component, members)| {
        members.iter().map(|member| {
            let (component, member) = (component.clone(), member.clone());
            (member.identity.clone(), Entry { component, member })
        })
    });
    members.collect()
}

fn by_component(entries: BTreeMap<Identity, Entry>) -> BTreeMap<String, Vec<Member>> {
    let mut members: BTreeMap<String, Vec<Member>> = BTreeMap::new();
    for Entry { component, member } in entries.into_values() {
        members.entry(component).or_default().push(member);
    }
    members
}

impl Work {
    /// Whether it changes anything in the cluster.
    pub(super) fn writes(&self) -> bool {
        let spared = [Action::Noop, Action::Orphan, Action::Blocked];
        !spared.contains(&self.action)
    }

    /// Whether it may leave the object with a uid that is not recorded yet.
    pub(super) fn makes(&self) -> bool {
        [Action::Create, Action::Adopt, Action::Replace].contains(&self.action)
    }
}
