//! One object, before and after, to its step.

use super::immutable::{self, Refusal};
use super::index::{Entry, Index, is_crd};
use super::restarts::Pods;
use super::{crd_changes, masked};
use crate::model::plan::{Action, Effect, Step};
use crate::object::{FieldChange, Object, Schema};

/// Kinds that are never deleted and made anew in passing: too much goes with them.
const PROTECTED: [&str; 5] = [
    "Namespace",
    "CustomResourceDefinition",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "StorageClass",
];

/// Protects one object, whatever its kind.
const PROTECT: &str = "kops-stack.io/protect";

pub struct Comparison<'i, 'r> {
    before: &'i Index<'r>,
    after: &'i Index<'r>,
    pods: Pods<'r>,
}

impl<'i, 'r> Comparison<'i, 'r> {
    pub fn new(before: &'i Index<'r>, after: &'i Index<'r>) -> Self {
        let pods = Pods::of(after);
        Self {
            before,
            after,
            pods,
        }
    }

    /// What is to be done for an object to be as desired; nothing when it is.
    pub fn step(&self, desired: &Entry<'r>) -> Option<Step> {
        let Some(current) = self.before.find(&desired.identity) else {
            return Some(step(desired, Action::Create));
        };
        let moved = (current.component != desired.component).then(|| Effect::Moved {
            from: current.component.to_owned(),
        });
        let changes = self.changes(current, desired);
        if changes.is_empty() && moved.is_none() {
            return None;
        }
        let mut step = self.change(current.object(), desired, changes);
        step.effects.extend(moved);
        Some(step)
    }

    fn changes(&self, current: &Entry<'r>, desired: &Entry<'r>) -> Vec<FieldChange> {
        // Most objects stay as they are, byte for byte.
        if current.rendered.text == desired.rendered.text {
            return Vec::new();
        }
        let schema = self.schema(desired.object());
        masked::masked_diff(current.object(), desired.object(), &schema)
    }

    /// How lists merge: what is built in, or what the CRD beside the object says.
    fn schema(&self, object: &Object) -> Schema {
        let (group, version, kind) = (object.group(), object.version(), object.kind());
        let of_crd = || {
            let crd = self
                .after
                .crd_of(object)
                .or_else(|| self.before.crd_of(object))?;
            Schema::from_crd(crd.value(), version)
        };
        Schema::builtin(group, version, kind)
            .or_else(of_crd)
            .unwrap_or_else(Schema::none)
    }

    fn change(&self, current: &Object, desired: &Entry<'r>, changes: Vec<FieldChange>) -> Step {
        let object = desired.object();
        let refusals = immutable::refusals(current, object, &changes);
        let action = action(object, &refusals, &changes);
        let mut effects = immutable_fields(refusals, action);
        if is_crd(object) {
            effects.extend(crd_changes::effects(current, object));
        }
        if action != Action::Blocked {
            effects.extend(self.pods.effect(current, object, &changes));
        }
        effects.extend(immutable::notes(current, object, &changes));
        Step {
            changes,
            effects,
            ..step(desired, action)
        }
    }
}

fn action(object: &Object, refusals: &[Refusal], changes: &[FieldChange]) -> Action {
    if changes.is_empty() {
        return Action::Noop;
    }
    if refusals.is_empty() {
        return Action::Update;
    }
    let replaceable = refusals.iter().all(|refusal| refusal.replaceable);
    match replaceable && !is_protected(object) {
        true => Action::Replace,
        false => Action::Blocked,
    }
}

fn immutable_fields(refusals: Vec<Refusal>, action: Action) -> Vec<Effect> {
    let protected = action == Action::Blocked;
    let effects = refusals.into_iter().map(|refusal| match refusal.effect {
        Effect::Immutable { path, .. } if protected && refusal.replaceable => Effect::Immutable {
            path,
            reason: "cannot change, and what is protected is not deleted and made anew".to_owned(),
        },
        effect => effect,
    });
    effects.collect()
}

pub fn is_protected(object: &Object) -> bool {
    is_protected_kind(object) || asks_to_stay(object)
}

/// Whether objects of its kind take too much with them.
pub fn is_protected_kind(object: &Object) -> bool {
    PROTECTED.contains(&object.kind())
}

/// Whether the object says itself that it is never deleted.
pub fn asks_to_stay(object: &Object) -> bool {
    [object.annotation(PROTECT), object.label(PROTECT)].contains(&Some("true"))
}

pub fn step(entry: &Entry<'_>, action: Action) -> Step {
    Step {
        component: entry.component.to_owned(),
        identity: entry.identity.clone(),
        action,
        changes: Vec::new(),
        effects: Vec::new(),
        unverified: None,
        patches: entry.patches.clone(),
    }
}
