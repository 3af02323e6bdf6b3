//! What the server would make of an object, to its step.

use std::borrow::Cow;

use super::adoption::{may_take, objection};
use super::authority::is_of_injector;
use super::difference::without_our_label;
use super::one::{One, Verdict, refused};
use super::{leftovers, proof, strategy};
use crate::model::inventory::MANAGER;
use crate::model::live::{Answer, Conflict};
use crate::model::plan::{Action, Effect};
use crate::model::work::Revision;
use crate::object::{
    FieldChange, FieldSet, FieldsEntry, ManagedFields, Object, owned_changes, with_lost_empties,
};
use crate::plan::crd_changes;
use crate::plan::immutable;
use crate::plan::index::is_crd;
use crate::yaml::Value;

impl One<'_, '_> {
    pub(super) fn accepted(
        &self,
        predicted: &Object,
        conflicts: &[Conflict],
        warnings: &[String],
    ) -> Verdict {
        let mut effects: Vec<Effect> = warnings.iter().map(|text| warning(text)).collect();
        let mut predicted = Cow::Borrowed(predicted);
        let payload = &self.surveyed.payload.value;
        if !self.surveyed.first_ours.is_empty() {
            predicted = Cow::Owned(strategy::completed(&predicted, payload));
        }
        if let Some(live) = self.live
            && let Some(completed) = with_lost_empties(payload, live, &predicted, &self.schema())
        {
            predicted = Cow::Owned(completed);
        }
        let predicted = &*predicted;
        let Some(live) = self.live else {
            return self.step(Action::Create, Vec::new(), effects, Vec::new());
        };
        let new_to_us = self.is_new_to_us(live);
        if new_to_us
            && let Some(reason) =
                objection(live, &self.planner.situation.desired.rendering.environment)
        {
            return self.blocked(vec![refused(&reason)]);
        }
        if is_stand_in(self.surveyed.entry.object()) && !is_stand_in(live) {
            let reason = "a stand-in, which refuses nothing, would go over the real CRD; set `crds: vendored` in environment.yaml";
            return self.blocked(vec![refused(reason)]);
        }
        let managers = ManagedFields::of(predicted.value()).unwrap_or_default();
        let nothing = FieldSet::default();
        let ours_live = self.managers.ours(MANAGER);
        let ours_predicted = managers.ours(MANAGER);
        let set = |entry: Option<&FieldsEntry>| {
            entry.map_or_else(|| nothing.clone(), |entry| entry.fields.clone())
        };
        let changes = owned_changes(
            live,
            predicted,
            &set(ours_live),
            &set(ours_predicted),
            &self.schema(),
        );
        let changes = without_our_label(changes.shown);
        let (taken, contested) = self.sorted(conflicts);
        if !contested.is_empty() {
            let conflicts = contested
                .iter()
                .map(|conflict| conflict_effect(conflict, &changes));
            effects.extend(conflicts);
            return self.step(Action::Blocked, changes, effects, Vec::new());
        }
        effects.extend(taken.iter().map(|conflict| Effect::TakesOver {
            field: conflict.field.clone(),
            manager: conflict.manager.clone(),
        }));
        if new_to_us {
            return self.adopt(live, changes, effects, taken);
        }
        let same_fields = ours_live.is_some_and(|live| {
            ours_predicted.is_some_and(|predicted| {
                live.fields == predicted.fields && live.api_version == predicted.api_version
            })
        });
        match (changes.is_empty(), same_fields) {
            (true, true) => self.kept(proof::of(&self.surveyed.payload.digest, &self.managers)),
            (true, false) => {
                effects.push(gains(&set(ours_live), &set(ours_predicted)));
                self.step(Action::Update, changes, effects, taken)
            }
            (false, _) => {
                effects.extend(self.side_effects(live, &changes));
                self.step(Action::Update, changes, effects, taken)
            }
        }
    }

    /// The object becomes ours, and what its former tool set besides goes.
    pub(super) fn adopt(
        &self,
        live: &Object,
        mut changes: Vec<FieldChange>,
        mut effects: Vec<Effect>,
        taken: Vec<Conflict>,
    ) -> Verdict {
        let leftovers = &self.surveyed.leftovers;
        match self.planner.known.fresh.get(&self.surveyed.entry.identity) {
            Some(Answer::Accepted { predicted, .. }) => {
                changes.extend(leftovers::changes(leftovers, live, predicted));
            }
            _ if leftovers.is_empty() => {}
            _ => {
                let paths = leftovers.iter().map(ToString::to_string);
                let text = format!(
                    "may lose what its former tool set and the manifest does not: {}",
                    paths.collect::<Vec<_>>().join(", ")
                );
                effects.push(Effect::Note { text });
            }
        }
        effects.extend(self.side_effects(live, &changes));
        self.step(Action::Adopt, changes, effects, taken)
    }

    /// Whether the object is there and the inventory does not know it, or knew another of its name.
    pub(super) fn is_new_to_us(&self, live: &Object) -> bool {
        let uid = Revision::of(live).uid;
        match self.surveyed.member {
            None => true,
            Some((_, member)) => match &member.uid {
                Some(known) => *known != uid,
                // A killed apply may have made it.
                None => !super::is_ours(live),
            },
        }
    }

    /// Conflicts that may be taken, and those that stand in the way.
    pub(super) fn sorted(&self, conflicts: &[Conflict]) -> (Vec<Conflict>, Vec<Conflict>) {
        let identity = &self.surveyed.entry.identity;
        let name = identity.to_string();
        let rules = &self.planner.situation.rules.ownership;
        let scaled = &self.planner.survey.scaled;
        conflicts.iter().cloned().partition(|conflict| {
            may_take(conflict, &name, rules)
                || scaled.lets_go(identity, conflict)
                || self.surveyed.clears && is_of_injector(conflict)
        })
    }

    pub(super) fn side_effects(&self, live: &Object, changes: &[FieldChange]) -> Vec<Effect> {
        let manifest = self.surveyed.entry.object();
        let mut effects = Vec::new();
        if is_crd(manifest) {
            effects.extend(crd_changes::effects(live, manifest));
        }
        effects.extend(self.planner.pods.effect(live, manifest, changes));
        effects.extend(immutable::notes(live, manifest, changes));
        effects
    }
}

/// Whether a CRD is one of ours in place of upstream's.
fn is_stand_in(object: &Object) -> bool {
    is_crd(object) && object.annotation("kops-stack.io/stand-in") == Some("true")
}

fn warning(text: &str) -> Effect {
    Effect::Note {
        text: format!("the server warns: {text}"),
    }
}

fn gains(before: &FieldSet, after: &FieldSet) -> Effect {
    let more = after.difference(before).len();
    let less = before.difference(after).len();
    let become_ours = match more {
        1 => "1 field becomes ours".to_owned(),
        more => format!("{more} fields become ours"),
    };
    let text = match (more, less) {
        (0, 0) => "is written once more: another version of its kind".to_owned(),
        (0, _) => "some fields are no longer ours, and keep their values".to_owned(),
        (_, 0) => format!("{become_ours} too, with the value that is there"),
        (_, less) => format!("{become_ours} and {less} no longer, with the values that are there"),
    };
    Effect::Note { text }
}

fn conflict_effect(conflict: &Conflict, changes: &[FieldChange]) -> Effect {
    let change = changes
        .iter()
        .find(|change| change.path.to_string() == conflict.field);
    let value = |side: Option<&Value>| side.map(ToString::to_string);
    Effect::Conflict {
        field: conflict.field.clone(),
        manager: conflict.manager.clone(),
        ours: value(change.and_then(|change| change.new.as_ref())),
        theirs: value(change.and_then(|change| change.old.as_ref())),
    }
}
