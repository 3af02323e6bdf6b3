//! One desired object beside the one in the cluster, and the server's answer, to its step.

use serde_json::json;

use super::adoption::{adopted, may_take, objection};
use super::refused::{Refusal, refusal};
use super::survey::{Standing, Surveyed, managers_of};
use super::{Planner, leftovers, proof};
use crate::model::api::ApiError;
use crate::model::digest::sha256;
use crate::model::inventory::{LABEL, MANAGER};
use crate::model::live::{Answer, Conflict};
use crate::model::ownership::AllowedAction;
use crate::model::plan::{Action, Effect, Step};
use crate::model::refusal::sentences;
use crate::model::work::{Kept, Revision, Work};
use crate::object::{
    FieldChange, FieldSet, Identity, ManagedFields, Object, Path, Schema, diff, mask_changes,
    owned_changes,
};
use crate::plan::compare;
use crate::plan::crd_changes;
use crate::plan::immutable;
use crate::plan::index::is_crd;
use crate::yaml::Value;

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
    let one = One {
        planner,
        surveyed,
        live,
        managers: managers_of(live),
    };
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

struct One<'o, 'p> {
    planner: &'o Planner<'p>,
    surveyed: &'o Surveyed<'o>,
    live: Option<&'o Object>,
    /// Who owns its fields there; nobody where it is not there.
    managers: ManagedFields,
}

impl One<'_, '_> {
    fn accepted(&self, predicted: &Object, conflicts: &[Conflict], warnings: &[String]) -> Verdict {
        let mut effects: Vec<Effect> = warnings.iter().map(|text| warning(text)).collect();
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
        let set = |entry: Option<&crate::object::FieldsEntry>| {
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
    fn adopt(
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
    fn is_new_to_us(&self, live: &Object) -> bool {
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
    fn sorted(&self, conflicts: &[Conflict]) -> (Vec<Conflict>, Vec<Conflict>) {
        let name = self.surveyed.entry.identity.to_string();
        let rules = &self.planner.situation.rules.ownership;
        conflicts
            .iter()
            .cloned()
            .partition(|conflict| may_take(conflict, &name, rules))
    }

    fn refused(&self, error: &ApiError) -> Verdict {
        // The server tells them in any order, and the digest of a plan must not depend on it.
        let effects = || {
            let mut sentences = sentences(error);
            sentences.sort();
            sentences.iter().map(|text| refused(text)).collect()
        };
        match (self.live, refusal(error)) {
            (_, Refusal::Unknown(reason)) => self.unverified(&reason),
            (_, Refusal::Invalid) if self.changing_crd().is_some() => self.of_changing_kind(),
            (None, Refusal::Invalid) if self.waits_for_its_account(error) => {
                self.unverified("its ServiceAccount comes with this plan")
            }
            (Some(live), Refusal::Immutable) => self.immutable(live),
            _ => self.blocked(effects()),
        }
    }

    /// A field that cannot change: the object goes and comes anew, where it may.
    fn immutable(&self, live: &Object) -> Verdict {
        let changes = self.intended(live);
        let manifest = self.surveyed.entry.object();
        let mut effects: Vec<Effect> = immutable::refusals(live, manifest, &changes)
            .into_iter()
            .map(|refusal| refusal.effect)
            .collect();
        if effects.is_empty() {
            effects.push(refused("a field cannot change"));
        }
        let identity = &self.surveyed.entry.identity;
        let rules = self.planner.situation.rules;
        let allowed = rules
            .allowances
            .iter()
            .any(|allowance| allowance.allows(AllowedAction::Replace, identity));
        let held = compare::is_protected(live) || compare::is_protected(manifest) || rules.protect;
        if held && !allowed {
            effects.push(Effect::Protected {
                reason: format!(
                    "would be replaced and is protected; an entry under `allow:` of environment.yaml (object: {identity}, action: replace) lets it"
                ),
            });
            return self.step(Action::Blocked, changes, effects, Vec::new());
        }
        effects.extend(self.planner.pods.effect(live, manifest, &changes));
        self.step(Action::Replace, changes, effects, Vec::new())
    }

    /// What the payload says otherwise than the cluster, without the server's help.
    fn intended(&self, live: &Object) -> Vec<FieldChange> {
        let ours = self.managers.ours(MANAGER);
        let mut changes = diff(live.value(), &self.surveyed.payload.value, &self.schema());
        changes.retain(|change| {
            let of_metadata = change.path.to_string();
            let gone = ours.is_some_and(|ours| ours.fields.holds(&change.path));
            (change.new.is_some() || gone && !is_default_of_claim(&change.path))
                && !of_metadata.starts_with("status")
        });
        without_our_label(changes)
    }

    fn side_effects(&self, live: &Object, changes: &[FieldChange]) -> Vec<Effect> {
        let manifest = self.surveyed.entry.object();
        let mut effects = Vec::new();
        if is_crd(manifest) {
            effects.extend(crd_changes::effects(live, manifest));
        }
        effects.extend(self.planner.pods.effect(live, manifest, changes));
        effects.extend(immutable::notes(live, manifest, changes));
        effects
    }

    /// A pod is refused before the account that it names is there, which the plan makes first.
    fn waits_for_its_account(&self, error: &ApiError) -> bool {
        let pod = self.surveyed.entry.object();
        let name = pod
            .get(&["spec", "serviceAccountName"])
            .and_then(Value::as_str);
        let account = name.map(|name| Identity {
            group: String::new(),
            kind: "ServiceAccount".to_owned(),
            namespace: pod.namespace().map(str::to_owned),
            name: name.to_owned(),
        });
        error.is_forbidden()
            && error.message.contains("error looking up service account ")
            && account.is_some_and(|account| self.planner.index.find(&account).is_some())
    }

    fn changing_crd(&self) -> Option<&Object> {
        self.planner.changing_crd(self.surveyed.entry.object())
    }

    /// The server refused it by a schema that changes before it is written.
    fn of_changing_kind(&self) -> Verdict {
        let crd = self.changing_crd().map_or("", Object::name);
        self.wrong_by_its_crd().unwrap_or_else(|| {
            self.unverified(&format!(
                "its CRD {crd} changes with this plan; checked against the schema there"
            ))
        })
    }

    /// What the schema of the plan refuses, which the server does not know yet.
    fn wrong_by_its_crd(&self) -> Option<Verdict> {
        let identity = &self.surveyed.entry.identity;
        let wrong = self.planner.known.wrong.get(identity)?;
        Some(self.blocked(wrong.iter().map(|text| refused(text)).collect()))
    }

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

    fn unverified(&self, reason: &str) -> Verdict {
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

    fn blocked(&self, effects: Vec<Effect>) -> Verdict {
        self.step(Action::Blocked, Vec::new(), effects, Vec::new())
    }

    fn kept(&self, proof: Option<crate::model::inventory::Proof>) -> Verdict {
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

    fn step(
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
            orphan_pods: self
                .live
                .is_some_and(|live| keeps_pods(live, entry.object())),
            difference,
        };
        Verdict::Step(Box::new((step, work)))
    }

    fn schema(&self) -> Schema {
        let object = self.surveyed.entry.object();
        let (group, version, kind) = (object.group(), object.version(), object.kind());
        let of_crd = || {
            let crd = self.planner.index.crd_of(object)?;
            Schema::from_crd(crd.value(), version)
        };
        Schema::builtin(group, version, kind)
            .or_else(of_crd)
            .unwrap_or_else(Schema::none)
    }
}

/// Pods of a workload outlive it and are found by the new one, where both look for the same.
fn keeps_pods(live: &Object, manifest: &Object) -> bool {
    let selector = ["spec", "selector"];
    ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].contains(&live.kind())
        && live.group() == "apps"
        && live.get(&selector) == manifest.get(&selector)
}

/// Whether a CRD is one of ours in place of upstream's.
fn is_stand_in(object: &Object) -> bool {
    is_crd(object) && object.annotation("kops-stack.io/stand-in") == Some("true")
}

/// The label that is added to every object is no news.
fn without_our_label(changes: Vec<FieldChange>) -> Vec<FieldChange> {
    let labels = Path::of_keys(&["metadata", "labels"]);
    let ours = labels.key(LABEL);
    let news = changes.into_iter().filter_map(|mut change| {
        if change.path == labels
            && change.old.is_none()
            && let Some(added) = change.new.as_mut().and_then(Value::as_object_mut)
        {
            added.remove(LABEL);
            return (!added.is_empty()).then_some(change);
        }
        (change.path != ours).then_some(change)
    });
    news.collect()
}

fn refused(reason: &str) -> Effect {
    Effect::Refused {
        reason: reason.to_owned(),
    }
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

/// What the server fills into the templates of claims, which are one field as to who owns them.
fn is_default_of_claim(path: &Path) -> bool {
    let text = path.to_string();
    let within = text.strip_prefix("spec.volumeClaimTemplates[");
    let field = within.and_then(|rest| rest.split_once("]."));
    field.is_some_and(|(_, field)| {
        ["apiVersion", "kind", "status", "spec.volumeMode"].contains(&field)
    })
}

/// Digest of what people approve: the action and every difference. Old values of Secrets take part
/// masked, new ones, which stand in git, by their digest.
fn difference(
    action: Action,
    object: &Object,
    changes: &[FieldChange],
    effects: &[Effect],
) -> String {
    let identity = object.identity();
    let mut masked = changes.to_vec();
    mask_changes(&identity, &mut masked);
    let secret = object.is("", "Secret");
    let changes: Vec<_> = masked
        .iter()
        .zip(changes)
        .map(|(shown, change)| {
            let new = change.new.as_ref().filter(|_| secret);
            json!({
                "path": shown.path.to_string(),
                "old": shown.old,
                "new": shown.new,
                "digest": new.map(|new| sha256(new.to_string().as_bytes())),
            })
        })
        .collect();
    let dangerous: Vec<String> = effects
        .iter()
        .filter(|effect| effect.is_dangerous())
        .map(|effect| format!("{effect:?}"))
        .collect();
    // What is made anew is approved as a whole.
    let whole = (action == Action::Create).then(|| sha256(object.value().to_string().as_bytes()));
    let said = json!({
        "action": action.name(),
        "object": identity,
        "changes": changes,
        "dangerous": dangerous,
        "whole": whole,
    });
    sha256(said.to_string().as_bytes())
}
