//! Autoscalers that go while the workload stays and says again how many pods it has.
//!
//! Where the workload is written first, the autoscaler sets its number once more before it goes.

use std::collections::HashSet;

use super::index::Index;
use crate::model::plan::{Action, Plan};
use crate::object::{Identity, Object, references};

/// The delete of an autoscaler, and the step of the workload that it let go of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    pub autoscaler: usize,
    pub workload: usize,
}

/// Whether an object sets the number of pods of another.
pub fn is_scaler(object: &Object) -> bool {
    object.is("autoscaling", "HorizontalPodAutoscaler") || object.is("keda.sh", "ScaledObject")
}

/// What these autoscalers scale.
pub fn targets<'o>(scalers: impl Iterator<Item = &'o Object>) -> HashSet<Identity> {
    let references = scalers
        .filter(|object| is_scaler(object))
        .flat_map(references);
    references.map(|reference| reference.to).collect()
}

/// Steps that set the number of pods of which an autoscaler lets go in the same plan.
pub fn released(plan: &Plan, before: &Index<'_>, after: &Index<'_>) -> Vec<Released> {
    let scaled = targets(after.objects());
    let writes = |identity: &Identity| {
        let place = plan.steps.iter().position(|step| {
            let writes = matches!(
                step.action,
                Action::Update | Action::Replace | Action::Adopt | Action::Unverified
            );
            writes && step.identity == *identity
        })?;
        let object = after.find(identity)?.object();
        let counts = object.get(&["spec", "replicas"]).is_some();
        (counts && !scaled.contains(identity)).then_some(place)
    };
    let mut released = Vec::new();
    for (autoscaler, step) in plan.steps.iter().enumerate() {
        let Some(entry) = before.find(&step.identity) else {
            continue;
        };
        if step.action != Action::Delete || !is_scaler(entry.object()) {
            continue;
        }
        let workloads = references(entry.object())
            .into_iter()
            .filter_map(|reference| writes(&reference.to));
        released.extend(workloads.map(|workload| Released {
            autoscaler,
            workload,
        }));
    }
    released
}
