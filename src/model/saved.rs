//! A plan as a file, between review and apply.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::work::Decision;
use crate::object::Identity;

/// The format of the file that `plan --out` writes.
pub const FORMAT: &str = "kops-stack.saved-plan/1";

/// What a plan rests on: where one of these differs, it is another plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Saving {
    /// Version of kops-stack.
    pub tool: String,
    pub environment: String,
    /// Id of the cluster.
    pub cluster: String,
    /// Digest of all committed manifests.
    pub manifests: String,
    /// Components that were asked for, where not all.
    pub only: Vec<String>,
}

/// What apply needs of the file; what people read stands beside it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPlan {
    pub format: String,
    pub made: Saving,
    /// Digest of the plan.
    pub digest: String,
    pub steps: Vec<SavedStep>,
}

/// One step: who and what, without any value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedStep {
    pub object: Identity,
    pub action: String,
    /// Digest of the action and its differences.
    pub difference: String,
}

/// How an object moved since the plan was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It was to be changed and no longer is.
    Settled { was: String },
    /// It was to stay and would now be changed.
    New { is: String },
    /// Another action, or the same with other differences.
    Other { was: String, is: String },
}

impl SavedPlan {
    pub fn of(decision: &Decision, made: Saving) -> Self {
        let live = decision.plan.live.as_ref();
        Self {
            format: FORMAT.to_owned(),
            made,
            digest: live.map(|live| live.digest.clone()).unwrap_or_default(),
            steps: steps(decision),
        }
    }

    /// What would be done now against what was saved, by object.
    pub fn moved(&self, now: &Decision) -> BTreeMap<Identity, Moved> {
        let of = |steps: &[SavedStep]| -> BTreeMap<Identity, SavedStep> {
            let steps = steps.iter().cloned();
            steps.map(|step| (step.object.clone(), step)).collect()
        };
        let (before, now) = (of(&self.steps), of(&steps(now)));
        let mut moved = BTreeMap::new();
        for (object, was) in &before {
            let found = match now.get(object) {
                None => Moved::Settled {
                    was: was.action.clone(),
                },
                Some(is) if is.difference == was.difference => continue,
                Some(is) => Moved::Other {
                    was: was.action.clone(),
                    is: is.action.clone(),
                },
            };
            moved.insert(object.clone(), found);
        }
        for (object, is) in now {
            if !before.contains_key(&object) {
                moved.insert(object, Moved::New { is: is.action });
            }
        }
        moved
    }
}

fn steps(decision: &Decision) -> Vec<SavedStep> {
    let works = decision.works.iter().map(|work| SavedStep {
        object: work.target.identity.clone(),
        action: work.action.name().to_owned(),
        difference: work.difference.clone(),
    });
    works.collect()
}
