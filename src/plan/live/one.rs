//! One desired object beside the one in the cluster, and the server's answer, to its step.

use super::Planner;
use super::adoption::adopted;
use super::difference::difference;
use super::survey::{Standing, Surveyed, managers_of};
use crate::model::inventory::Proof;
use crate::model::live::{Answer, Conflict};
use crate::model::plan::{Action, Effect, Step};
use crate::model::work::{Kept, Work};
use crate::object::{FieldChange, ManagedFields, Object, Schema, mask_changes};
use crate::plan::compare;
use crate::plan::index::Index;

/// What becomes of an object.
pub enum Verdict {
    Kept(Box<Kept>),
    Step(Box<(Step, Work)>),
}

/// `live` is looked at where the server was asked.
pub fn verdict(
    planner: &Planner<'_>,
    surveyed: &Surveyed<'_>,
    live: Option<&Object>,
    answer: Option<&Answer>,
) -> Verdict {
    let one = One::of(planner, surveyed, live);
    match (&surveyed.standing, answer) {
        (Standing::Proven(proof), _) => one.kept(Some(proof.clone())),
        (Standing::Hopeless(reason), _) => one.blocked(vec![refused(reason)]),
        (Standing::KindComes { crd }, _) => one.of_coming_kind(&crd.name),
        (Standing::Ask { .. }, None) => one.unverified("the server was not asked"),
        (Standing::Ask { .. }, Some(Answer::Refused(error))) => one.refused(error),
        (
            Standing::Ask { .. },
            Some(Answer::Accepted {
                predicted,
                conflicts,
                warnings,
            }),
        ) => match one.accepted(predicted, conflicts, warnings) {
            // What stays as it is, the server takes also under a stricter schema.
            Verdict::Step(step) => one.wrong_by_its_crd().unwrap_or(Verdict::Step(step)),
            kept => kept,
        },
    }
}

/// An object under decision.
pub(super) struct One<'o, 'p> {
    pub(super) planner: &'o Planner<'p>,
    pub(super) surveyed: &'o Surveyed<'o>,
    pub(super) live: Option<&'o Object>,
    /// Who owns its fields there; nobody where it is not there.
    pub(super) managers: ManagedFields,
}

impl<'o, 'p> One<'o, 'p> {
    pub(super) fn of(
        planner: &'o Planner<'p>,
        surveyed: &'o Surveyed<'o>,
        live: Option<&'o Object>,
    ) -> Self {
        Self {
            planner,
            surveyed,
            live,
            managers: managers_of(live),
        }
    }
}

impl One<'_, '_> {
    fn of_coming_kind(&self, crd: &str) -> Verdict {
        if let Some(wrong) = self.wrong_by_its_crd() {
            return wrong;
        }
        let Verdict::Step(mut made) = self.step(Action::Create, Vec::new(), Vec::new(), Vec::new())
        else {
            unreachable!("a step was made");
        };
        made.0.unverified = Some(format!(
            "its CRD {crd} comes with this plan; checked against the schema there"
        ));
        Verdict::Step(made)
    }

    pub(super) fn unverified(&self, reason: &str) -> Verdict {
        let (action, changes) = match self.live {
            None => (Action::Create, Vec::new()),
            Some(live) => (Action::Unverified, self.intended(live)),
        };
        let Verdict::Step(mut made) = self.step(action, changes, Vec::new(), Vec::new()) else {
            unreachable!("a step was made");
        };
        made.0.unverified = Some(reason.to_owned());
        Verdict::Step(made)
    }

    pub(super) fn blocked(&self, effects: Vec<Effect>) -> Verdict {
        self.step(Action::Blocked, Vec::new(), effects, Vec::new())
    }

    pub(super) fn kept(&self, proof: Option<Proof>) -> Verdict {
        let entry = self.surveyed.entry;
        if let Some((component, _)) = self.surveyed.member
            && component != entry.component
        {
            let moved = Effect::Moved {
                from: component.to_owned(),
            };
            return self.step(Action::Noop, Vec::new(), vec![moved], Vec::new());
        }
        let current = self.surveyed.current.as_ref();
        let uid = current.map(|current| current.uid.clone());
        Verdict::Kept(Box::new(Kept {
            component: entry.component.to_owned(),
            target: self.surveyed.target.clone(),
            uid: uid.unwrap_or_default(),
            proof,
        }))
    }

    pub(super) fn step(
        &self,
        action: Action,
        mut changes: Vec<FieldChange>,
        mut effects: Vec<Effect>,
        taken: Vec<Conflict>,
    ) -> Verdict {
        let surveyed = self.surveyed;
        let entry = surveyed.entry;
        for left in &surveyed.left {
            effects.push(Effect::Note {
                text: format!("{} is left to {}", left.field, left.to),
            });
        }
        let difference = difference(action, entry.object(), &changes, &effects);
        mask_changes(&entry.identity, &mut changes);
        let step = Step {
            changes,
            effects,
            ..compare::step(entry, action)
        };
        let adopted = match action {
            Action::Adopt => adopted(&self.managers),
            _ => Vec::new(),
        };
        let work = Work {
            target: surveyed.target.clone(),
            component: entry.component.to_owned(),
            action,
            payload: Some(surveyed.payload.value.clone()),
            payload_digest: surveyed.payload.digest.clone(),
            current: surveyed.current.clone(),
            taken,
            adopted,
            first_ours: surveyed.first_ours.clone(),
            asked: surveyed.asked.clone(),
            clears: surveyed.clears,
            orphan_pods: self
                .live
                .is_some_and(|live| keeps_pods(live, entry.object())),
            difference,
        };
        Verdict::Step(Box::new((step, work)))
    }

    pub(super) fn schema(&self) -> Schema {
        schema_of(self.surveyed.entry.object(), self.planner.index)
    }
}

/// How lists and maps of an object merge: as its kind or its CRD in the same plan says.
pub(super) fn schema_of(object: &Object, index: &Index<'_>) -> Schema {
    let (group, version, kind) = (object.group(), object.version(), object.kind());
    let of_crd = || {
        let crd = index.crd_of(object)?;
        Schema::from_crd(crd.value(), version)
    };
    Schema::builtin(group, version, kind)
        .or_else(of_crd)
        .unwrap_or_else(Schema::none)
}

/// Pods of a workload outlive it and are found by the new one, where both look for the same.
fn keeps_pods(live: &Object, manifest: &Object) -> bool {
    let selector = ["spec", "selector"];
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].contains(&live.kind())
        && live.group() == "apps"
        && live.get(&selector) == manifest.get(&selector)
}

pub(super) fn refused(reason: &str) -> Effect {
    Effect::Refused {
        reason: reason.to_owned(),
    }
}
