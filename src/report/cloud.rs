//! What the cloud lacks, and what a run left undone, in a plan of the cluster itself.

use serde_json::json as value;

use super::cluster::held_count;
use super::line::printable;
use super::style::Ink;
use super::words::counted;
use crate::model::cluster::change::ClusterPlan;
use crate::model::cluster::cloud::{CloudChanges, Task};
use crate::yaml::Value;

/// One line: how it is coloured, its sign, and what it says.
pub struct Line {
    pub ink: Ink,
    pub sign: char,
    pub text: String,
}

/// A run that did not end, and the resources that an update would touch.
pub fn lines(plan: &ClusterPlan) -> Vec<Line> {
    let line = |ink, sign, text: String| Line {
        ink,
        sign,
        text: printable(&text),
    };
    let unfinished = plan
        .unfinished
        .iter()
        .map(|words| line(Ink::Danger, '!', format!("unfinished: {words}")));
    let cloud = &plan.cloud;
    let named = |task: &Task| format!("{} {}", task.kind, task.name);
    let creates = cloud
        .creates
        .iter()
        .map(|task| line(Ink::Added, '+', named(task)));
    let modifies = cloud.modifies.iter().map(|task| {
        let fields: Vec<String> = task.fields.iter().map(field).collect();
        let fields = match fields.is_empty() {
            true => String::new(),
            false => format!("  {}", fields.join(", ")),
        };
        line(Ink::Changed, '~', format!("{}{fields}", named(task)))
    });
    let deletes = cloud
        .deletes
        .iter()
        .map(|item| line(Ink::Danger, '-', item.clone()));
    let deferred = cloud
        .deferred
        .iter()
        .map(|item| line(Ink::Removed, '-', format!("{item}  when pruned")));
    let unknown = cloud
        .unknown
        .iter()
        .map(|text| line(Ink::Danger, '?', text.clone()));
    unfinished
        .chain(goes(cloud).map(|text| line(Ink::Danger, '-', text)))
        .chain(creates)
        .chain(modifies)
        .chain(deletes)
        .chain(deferred)
        .chain(unknown)
        .collect()
}

/// `27 resources of the cloud: 4 autoscaling-group, 2 subnet, 1 vpc`
fn goes(cloud: &CloudChanges) -> Option<String> {
    let all: usize = cloud.goes.values().sum();
    let kinds = cloud.goes.iter();
    let kinds: Vec<String> = kinds
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    let all = counted(all, "resource");
    (!kinds.is_empty()).then(|| format!("{all} of the cloud: {}", kinds.join(", ")))
}

fn field(field: &crate::model::cluster::cloud::TaskField) -> String {
    match &field.change {
        Some((old, new)) => format!("{} {old} → {new}", field.name),
        None => field.name.clone(),
    }
}

/// `; cluster: 3 resources of the cloud to change, 1 group to roll`
pub fn counts(plan: &ClusterPlan) -> String {
    let CloudChanges {
        creates,
        modifies,
        deletes,
        deferred,
        ..
    } = &plan.cloud;
    let resources = creates.len() + modifies.len() + deletes.len() + deferred.len();
    let groups = counted(plan.rolled().count(), "group");
    let held = held_count(plan);
    match resources {
        0 if plan.rolled().next().is_none() => "; cluster: a run to finish".to_owned(),
        resources => {
            let resources = counted(resources, "resource");
            format!("; cluster: {resources} of the cloud to change, {groups} to roll{held}")
        }
    }
}

/// For machines.
pub fn json(cloud: &CloudChanges) -> Value {
    let tasks = |tasks: &[Task]| {
        let tasks = tasks.iter().map(|task| {
            let fields = task.fields.iter().map(|field| {
                let change = field.change.as_ref();
                value!({
                    "field": field.name,
                    "old": change.map(|(old, _)| old),
                    "new": change.map(|(_, new)| new),
                })
            });
            value!({
                "kind": task.kind,
                "name": task.name,
                "fields": fields.collect::<Vec<_>>(),
            })
        });
        tasks.collect::<Vec<_>>()
    };
    value!({
        "creates": tasks(&cloud.creates),
        "modifies": tasks(&cloud.modifies),
        "deletes": cloud.deletes,
        "deferred": cloud.deferred,
        "goes": cloud.goes,
        "unknown": cloud.unknown,
    })
}
