//! A plan as a file, between review and apply.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::model::cluster::change::ClusterPlan;
use crate::model::digest::sha256;
use crate::model::plan::{Plan, Step};
use crate::model::work::Work;
use crate::object::{FieldChange, Identity};

/// The format of the file that `plan --out` writes.
pub const FORMAT: &str = "kops-stack.saved-plan/1";

/// In the place of the cluster's id, where it is yet to be made.
pub const NOT_THERE: &str = "none yet";

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
    /// Objects, and documents of the cluster itself.
    pub steps: Vec<SavedStep>,
    /// What is done for the cluster itself, in order.
    #[serde(default)]
    pub way: Vec<String>,
}

/// One step: who and what, without any value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedStep {
    pub object: Identity,
    pub action: String,
    /// Digest of the action and its differences.
    pub difference: String,
    /// The fields that change, each with a digest of its values as they are shown.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// How an object moved since the plan was saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moved {
    /// It was to be changed and no longer is.
    Settled { was: String, fields: Vec<String> },
    /// It was to stay and would now be changed.
    New { is: String, fields: Vec<String> },
    /// Another action, or the same with other differences.
    Other {
        was: String,
        is: String,
        fields: MovedFields,
    },
}

/// Fields in which two plans for one object differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MovedFields {
    /// Would be changed now and were not to be.
    pub more: Vec<String>,
    /// Were to be changed and no longer are.
    pub less: Vec<String>,
    /// Would be changed from or to other values.
    pub other: Vec<String>,
}

impl MovedFields {
    fn of(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Self {
        let lacking = |from: &BTreeMap<String, String>, other: &BTreeMap<String, String>| {
            let lacking = from.keys().filter(|field| !other.contains_key(*field));
            lacking.cloned().collect()
        };
        let other = now
            .iter()
            .filter(|(field, values)| before.get(*field).is_some_and(|known| known != *values));
        Self {
            more: lacking(now, before),
            less: lacking(before, now),
            other: other.map(|(field, _)| field.clone()).collect(),
        }
    }
}

impl SavedPlan {
    /// `works` are those of the plan's steps; none where the cluster is not there yet.
    pub fn of(plan: &Plan, works: &[Work], made: Saving) -> Self {
        let live = plan.live.as_ref();
        Self {
            format: FORMAT.to_owned(),
            made,
            digest: live.map(|live| live.digest.clone()).unwrap_or_default(),
            steps: steps(plan, works),
            way: way(plan),
        }
    }

    /// The way of the cluster itself, where it is another one now: what was saved, and what is.
    pub fn other_way(&self, plan: &Plan) -> Option<(Vec<String>, Vec<String>)> {
        let now = way(plan);
        (self.way != now).then(|| (self.way.clone(), now))
    }

    /// What would be done now against what was saved, by object.
    pub fn moved(&self, plan: &Plan, works: &[Work]) -> BTreeMap<Identity, Moved> {
        let of = |steps: &[SavedStep]| -> BTreeMap<Identity, SavedStep> {
            let steps = steps.iter().cloned();
            steps.map(|step| (step.object.clone(), step)).collect()
        };
        let (before, now) = (of(&self.steps), of(&steps(plan, works)));
        let mut moved = BTreeMap::new();
        for (object, was) in &before {
            let found = match now.get(object) {
                None => Moved::Settled {
                    was: was.action.clone(),
                    fields: was.fields.keys().cloned().collect(),
                },
                Some(is) if is.difference == was.difference => continue,
                Some(is) => Moved::Other {
                    was: was.action.clone(),
                    is: is.action.clone(),
                    fields: MovedFields::of(&was.fields, &is.fields),
                },
            };
            moved.insert(object.clone(), found);
        }
        for (object, is) in now {
            if !before.contains_key(&object) {
                let fields = is.fields.into_keys().collect();
                let is = is.action;
                moved.insert(object, Moved::New { is, fields });
            }
        }
        moved
    }
}

fn steps(plan: &Plan, works: &[Work]) -> Vec<SavedStep> {
    let saved = |step: &Step, action: &str, difference: String| SavedStep {
        object: step.identity.clone(),
        action: action.to_owned(),
        difference,
        fields: step.changes.iter().map(field).collect(),
    };
    let objects = works
        .iter()
        .zip(&plan.steps)
        .map(|(work, step)| saved(step, work.action.name(), work.difference.clone()));
    let documents = plan.cluster.iter().flat_map(|cluster| &cluster.changes);
    let documents = documents.map(|step| {
        let fields: BTreeMap<String, String> = step.changes.iter().map(field).collect();
        let difference = json!([step.action.name(), fields]).to_string();
        let difference = sha256(difference.as_bytes())[..16].to_owned();
        saved(step, step.action.name(), difference)
    });
    objects.chain(documents).collect()
}

fn way(plan: &Plan) -> Vec<String> {
    plan.cluster
        .as_ref()
        .map(ClusterPlan::way)
        .unwrap_or_default()
}

/// Values of Secrets are masked in a step, hence in its digests too.
fn field(change: &FieldChange) -> (String, String) {
    let values = json!([change.old, change.new]).to_string();
    let digest = sha256(values.as_bytes());
    (change.path.to_string(), digest[..16].to_owned())
}

#[cfg(test)]
mod tests {
    use super::{BTreeMap, MovedFields};

    #[test]
    fn fields_that_differ_are_told_by_how() {
        let fields = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            let owned =
                |(field, digest): &(&str, &str)| ((*field).to_owned(), (*digest).to_owned());
            all.iter().map(owned).collect()
        };
        let before = fields(&[("spec.a", "1"), ("spec.b", "1"), ("spec.c", "1")]);
        let now = fields(&[("spec.b", "1"), ("spec.c", "2"), ("spec.d", "1")]);
        let expected = MovedFields {
            more: vec!["spec.d".to_owned()],
            less: vec!["spec.a".to_owned()],
            other: vec!["spec.c".to_owned()],
        };
        assert_eq!(MovedFields::of(&before, &now), expected);
    }
}
