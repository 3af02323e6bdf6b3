//! Machines that are replaced although nothing about them changes: new images, new certificates.

use super::{Documents, documents, is_control_plane, machines, name};
use crate::model::cluster::change::{ClusterPlan, ClusterStep, Roll};
use crate::model::cluster::rolls::Rolls;
use crate::model::rendering::RenderedComponent;

/// The way to new machines for all groups, or for one; None where there is no such group.
///
/// The control plane comes first, so that no node is ever newer than it; the cluster must be well before
/// the first machine goes. Groups that may not be rolled are in it, held back, and not on the way.
pub fn renewal(
    desired: &RenderedComponent,
    group: Option<&str>,
    reason: &str,
    allowed: &Rolls,
) -> Option<ClusterPlan> {
    let objects = desired.objects.iter();
    let documents: Documents = documents(objects.map(|rendered| &*rendered.object));
    let groups = documents
        .values()
        .filter(|document| document.kind() == "InstanceGroup")
        .filter(|document| group.is_none_or(|group| document.name() == group));
    let size = |document: &crate::object::Object, key: &str| {
        document.value()["spec"][key].as_u64().unwrap_or_default()
    };
    let mut rolls: Vec<Roll> = groups
        .map(|document| Roll {
            group: document.name().to_owned(),
            control_plane: is_control_plane(document),
            reasons: vec![reason.to_owned()],
            least: size(document, "minSize"),
            most: size(document, "maxSize"),
            held: allowed.hold(document.name(), is_control_plane(document)),
        })
        .collect();
    if rolls.is_empty() {
        return None;
    }
    rolls.sort_by_key(|roll| !roll.control_plane);
    let mut steps = vec![ClusterStep::Validate];
    let renewed = rolls.iter().filter(|roll| roll.held.is_none());
    steps.extend(renewed.map(|roll| ClusterStep::Renew {
        group: roll.group.clone(),
    }));
    steps.push(ClusterStep::Validate);
    let held = machines::of(documents.values());
    Some(ClusterPlan {
        name: name(&documents),
        program: format!("{} {}", desired.module, desired.version),
        unchanged: documents.len(),
        rolls,
        before: Some(held.clone()),
        after: Some(held),
        steps,
        ..ClusterPlan::default()
    })
}
