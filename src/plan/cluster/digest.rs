//! What people approve when they approve a plan of the cluster itself.

use serde_json::json;

use crate::model::cluster::change::ClusterPlan;
use crate::model::digest::sha256;

/// Of its changes, its rolls, what the cloud lacks, and its steps; with the digest of what runs on the
/// cluster it makes that of the whole plan.
///
/// A cluster that stays as it is leaves the other digest alone: `--only` and an environment that kops
/// does not make have the same.
pub fn digest(plan: &ClusterPlan, components: &str) -> String {
    if plan.is_empty() {
        return components.to_owned();
    }
    let changes = plan.changes.iter().map(|change| {
        let fields = change
            .changes
            .iter()
            .map(|field| json!([field.path.to_string(), field.old, field.new]));
        json!([
            change.identity.to_string(),
            change.action.name(),
            fields.collect::<Vec<_>>()
        ])
    });
    let rolls = plan.rolls.iter().map(|roll| match roll.held {
        None => json!([roll.group, roll.reasons]),
        Some(hold) => json!([roll.group, roll.reasons, hold.name()]),
    });
    let tasks = [&plan.cloud.creates, &plan.cloud.modifies].map(|tasks| {
        let tasks = tasks.iter().map(|task| {
            let fields: Vec<&str> = task.fields.iter().map(|field| &*field.name).collect();
            json!([task.kind, task.name, fields])
        });
        tasks.collect::<Vec<_>>()
    });
    let all = json!([
        plan.name,
        changes.collect::<Vec<_>>(),
        rolls.collect::<Vec<_>>(),
        tasks,
        plan.cloud.deletes,
        plan.cloud.deferred,
        plan.way(),
        components,
    ]);
    sha256(all.to_string().as_bytes())[..16].to_owned()
}
