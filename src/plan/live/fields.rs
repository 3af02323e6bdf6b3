//! Fields that are left to whoever owns them in the cluster: what the environment says, the number of
//! pods where an autoscaler sets it, and the failure policy of webhooks where their server does.

use std::collections::HashSet;

use super::{Situation, payload, removed};
use crate::model::inventory::MANAGER;
use crate::model::live::Conflict;
use crate::model::ownership::{Keep, Ownership};
use crate::object::{Identity, ManagedFields, Object, Path, Schema, Segment};
use crate::plan::index::{Entry, Index};
use crate::plan::scalers::targets;
use crate::yaml::Value;

/// Who scales for autoscalers.
const SCALERS: [&str; 3] = ["kube-controller-manager", "keda", "keda-operator"];

/// A field that the manifest sets and that is not sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    pub field: String,
    /// `an autoscaler`, or a manager.
    pub to: String,
}

/// Takes the fields that are left to others out of what is sent.
///
/// A field that only we own would fall back to its default once it is no longer sent; there the
/// value that is there is sent. A field that nobody owns stays as it is without us: the scale
/// subresource writes zero pods and leaves no owner.
pub fn leave(
    value: &mut Value,
    entry: &Entry<'_>,
    live: Option<&Object>,
    managers: &ManagedFields,
    rules: &[Ownership],
    scaled: &Scaled,
) -> Vec<Left> {
    let Some(live) = live else {
        return Vec::new();
    };
    let mut left = Vec::new();
    let replicas = Path::of_keys(&["spec", "replicas"]);
    let autoscaler = match scaled.workloads.contains(&entry.identity) {
        true => Some("an autoscaler".to_owned()),
        false if scaled.released.contains(&entry.identity) => None,
        false => scaler(managers, &replicas),
    };
    if let Some(to) = autoscaler {
        left.extend(leave_one(value, &replicas, live, managers, to));
    }
    for path in failure_policies(entry.object()) {
        if let Some(to) = switches(managers, &path) {
            left.extend(leave_one(value, &path, live, managers, to));
        }
    }
    let name = entry.identity.to_string();
    for rule in rules {
        if rule.keep != Keep::Theirs || rule.object != name {
            continue;
        }
        let Ok(path) = Path::parse(&rule.field, &Schema::of(entry.object())) else {
            continue;
        };
        let owner = managers
            .owners(&path)
            .find(|owner| !owner.is_apply_of(MANAGER));
        let to = owner.map_or_else(|| "nobody".to_owned(), |owner| owner.manager.clone());
        left.extend(leave_one(value, &path, live, managers, to));
    }
    left
}

fn leave_one(
    value: &mut Value,
    path: &Path,
    live: &Object,
    managers: &ManagedFields,
    to: String,
) -> Option<Left> {
    let sent = payload::strip(value, path)?;
    let ours = managers
        .ours(MANAGER)
        .is_some_and(|entry| entry.fields.covers(path));
    let others = managers
        .owners(path)
        .any(|owner| !owner.is_apply_of(MANAGER));
    match ours && !others {
        true => {
            let kept = path.get(live.value()).cloned().unwrap_or(sent);
            payload::put(value, path, kept);
        }
        false => payload::drop_emptied(value, path),
    }
    Some(Left {
        field: path.to_string(),
        to,
    })
}

/// The controller that scales through the scale subresource; people and their tools do so too, and
/// what they set is drift.
fn scaler(managers: &ManagedFields, replicas: &Path) -> Option<String> {
    let scales = managers.owners(replicas).find(|owner| {
        owner.subresource.as_deref() == Some("scale") && SCALERS.contains(&owner.manager.as_str())
    });
    scales.map(|owner| owner.manager.clone())
}

/// Where a webhook configuration says what a webhook that does not answer means.
fn failure_policies(object: &Object) -> Vec<Path> {
    let webhooks = match object.group() {
        "admissionregistration.k8s.io" => object.get(&["webhooks"]).and_then(Value::as_array),
        _ => None,
    };
    let names = webhooks.into_iter().flatten().filter_map(|webhook| {
        let item = Segment::Item(vec![("name".to_owned(), webhook.get("name")?.clone())]);
        Some(
            Path::of_keys(&["webhooks"])
                .joined(item)
                .key("failurePolicy"),
        )
    });
    names.collect()
}

/// The controller that lets everything pass until it serves its own webhook, and nothing from then on.
fn switches(managers: &ManagedFields, policy: &Path) -> Option<String> {
    let mut owners = managers.owners(policy);
    let istiod = owners.find(|owner| owner.manager == "pilot-discovery");
    istiod.map(|owner| owner.manager.clone())
}

/// Workloads whose number of pods is, or was until now, an autoscaler's.
#[derive(Debug, Default)]
pub struct Scaled {
    /// An autoscaler of the plan, or one that is there and stays, scales them.
    workloads: HashSet<Identity>,
    /// The one that scaled them goes with the plan, and no other does.
    released: HashSet<Identity>,
}

impl Scaled {
    pub fn of(situation: &Situation<'_>, after: &Index<'_>) -> Self {
        let may_scale =
            |identity: &Identity| matches!(identity.group.as_str(), "autoscaling" | "keda.sh");
        let going = &removed::deleted(situation, after, may_scale);
        let there = situation.live.objects.iter();
        let there: Vec<_> = there
            .filter(|(identity, _)| may_scale(identity))
            .filter_map(|(identity, stored)| Some((identity, stored.read().ok()?)))
            .collect();
        let of_those = |goes: bool| {
            let those = there
                .iter()
                .filter(move |(identity, _)| going.contains(identity) == goes);
            targets(those.map(|(_, object)| &**object))
        };
        let (mut released, mut workloads) = (of_those(true), of_those(false));
        workloads.extend(targets(after.objects()));
        released.retain(|workload| !workloads.contains(workload));
        Self {
            workloads,
            released,
        }
    }

    /// Whether a conflict is with the autoscaler that goes.
    pub fn lets_go(&self, workload: &Identity, conflict: &Conflict) -> bool {
        conflict.field == "spec.replicas"
            && SCALERS.contains(&conflict.manager.as_str())
            && self.released.contains(workload)
    }
}
