//! Whether pods restart, how many, and whether some serve meanwhile.
//!
//! A rollout asks no disruption budget: budgets hold evictions back, as of a drain. What keeps pods
//! serving is the strategy of the workload alone.

mod rollout;

use std::collections::{HashMap, HashSet};

use super::index::Index;
use super::scalers::targets;
use crate::model::plan::{Effect, Pace};
use crate::object::{ChangeKind, FieldChange, Identity, Object, Path, workload_selects};
use rollout::Rollout;

/// What other objects say about the pods of a workload.
pub struct Pods<'r> {
    scaled: HashSet<Identity>,
    budgets: HashMap<Option<&'r str>, Vec<&'r Object>>,
}

impl<'r> Pods<'r> {
    pub fn of(index: &Index<'r>) -> Self {
        let mut budgets: HashMap<_, Vec<_>> = HashMap::new();
        for object in index
            .objects()
            .filter(|object| object.is("policy", "PodDisruptionBudget"))
        {
            budgets.entry(object.namespace()).or_default().push(object);
        }
        Self {
            scaled: targets(index.objects()),
            budgets,
        }
    }

    /// The effect of changing a workload; none when its pods stay.
    pub fn effect(&self, old: &Object, new: &Object, changes: &[FieldChange]) -> Option<Effect> {
        let rollout = Rollout::of(new, self.scaled.contains(&new.identity()))?;
        let selector = old.get(&["spec", "selector"]) != new.get(&["spec", "selector"]);
        if selector && !old.is("", "Pod") {
            return restarts(
                rollout.pods,
                Pace::AtOnce,
                "its selector changes".to_owned(),
            );
        }
        let template = Path::of_keys(&["spec", "template"]);
        let changed = |change: &FieldChange| {
            change.path.starts_with(&template) && change.kind != ChangeKind::Spelling
        };
        if !changes.iter().any(changed) {
            return None;
        }
        let Some((pace, mut reason)) = rollout.pace else {
            let text =
                "pods keep the old template until somebody deletes them (OnDelete)".to_owned();
            return Some(Effect::Note { text });
        };
        if pace == Pace::AtOnce && self.has_budget(new) {
            reason += "; its disruption budget does not hold a rollout back";
        }
        restarts(rollout.pods, pace, reason)
    }

    fn has_budget(&self, workload: &Object) -> bool {
        let budgets = self.budgets.get(&workload.namespace());
        budgets
            .into_iter()
            .flatten()
            .any(|budget| workload_selects(budget, workload))
    }
}

fn restarts(pods: Option<u64>, pace: Pace, reason: String) -> Option<Effect> {
    (pods != Some(0)).then_some(Effect::Restarts { pods, pace, reason })
}
