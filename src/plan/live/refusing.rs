//! What follows where the server refuses an object, or its schema comes with the plan.

use super::difference::without_our_label;
use super::misfit;
use super::one::{One, Verdict, refused};
use super::refused::{Refusal, refusal};
use crate::model::api::ApiError;
use crate::model::inventory::MANAGER;
use crate::model::ownership::AllowedAction;
use crate::model::plan::{Action, Effect};
use crate::model::refusal::sentences;
use crate::object::{FieldChange, Identity, Object, Path, diff};
use crate::plan::compare;
use crate::plan::crd_changes;
use crate::plan::immutable;
use crate::plan::index::is_crd;
use crate::yaml::Value;

impl One<'_, '_> {
    pub(super) fn refused(&self, error: &ApiError) -> Verdict {
        match (self.live, refusal(error)) {
            (_, Refusal::Unknown(reason)) => self.unverified(&reason),
            (_, Refusal::Invalid) if self.changing_crd().is_some() => self.of_changing_kind(),
            (None, Refusal::Invalid) if self.waits_for_its_account(error) => {
                self.unverified("its ServiceAccount comes with this plan")
            }
            (Some(live), Refusal::Immutable) => self.immutable(live),
            _ => self.blocked(self.told(error).iter().map(|text| refused(text)).collect()),
        }
    }

    /// It must be replaced, and the server refuses the new one: the old one stays.
    pub(super) fn refused_anew(&self, error: &ApiError) -> Verdict {
        let effects = self.told(error).into_iter().map(|text| {
            refused(&format!(
                "it must be replaced, and the new one is refused: {text}"
            ))
        });
        self.blocked(effects.collect())
    }

    /// Why the server refuses it. It tells the reasons in any order, and the digest of a plan must not depend
    /// on it.
    fn told(&self, error: &ApiError) -> Vec<String> {
        let mut sentences = match misfit::sentences(error, &self.surveyed.payload.value) {
            known if known.is_empty() => sentences(error),
            known => known,
        };
        let dropped = self.dropped_versions();
        if !dropped.is_empty() {
            sentences.retain(|sentence| !sentence.starts_with("status.storedVersions["));
            sentences.extend(dropped);
        }
        sentences.sort();
        sentences
    }

    /// Versions that a CRD drops while objects are stored in them.
    pub(super) fn dropped_versions(&self) -> Vec<String> {
        let manifest = self.surveyed.entry.object();
        match self.live.filter(|_| is_crd(manifest)) {
            Some(live) => crd_changes::dropped_while_stored(live, manifest),
            None => Vec::new(),
        }
    }

    /// A field that cannot change: the object goes and comes anew, where it may.
    pub(super) fn immutable(&self, live: &Object) -> Verdict {
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
    pub(super) fn intended(&self, live: &Object) -> Vec<FieldChange> {
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

    /// A pod is refused before the account that it names is there, which the plan makes first.
    pub(super) fn waits_for_its_account(&self, error: &ApiError) -> bool {
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

    pub(super) fn changing_crd(&self) -> Option<&Object> {
        self.planner.changing_crd(self.surveyed.entry.object())
    }

    /// The server refused it by a schema that changes before it is written.
    pub(super) fn of_changing_kind(&self) -> Verdict {
        let crd = self.changing_crd().map_or("", Object::name);
        self.wrong_by_its_crd().unwrap_or_else(|| {
            self.unverified(&format!(
                "its CRD {crd} changes with this plan; checked against the schema there"
            ))
        })
    }

    /// What the schema of the plan refuses, which the server does not know yet.
    pub(super) fn wrong_by_its_crd(&self) -> Option<Verdict> {
        let identity = &self.surveyed.entry.identity;
        let wrong = self.planner.known.wrong.get(identity)?;
        Some(self.blocked(wrong.iter().map(|text| refused(text)).collect()))
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
