//! What was stored, and what the update would do with it, held against what the plan said.
//!
//! kops can foretell an update only of what is stored, so this is the first moment at which more than
//! the plan knew can be seen, and the last before anything happens.

use super::Request;
use crate::model::cluster::change::{ClusterStep, is_below};
use crate::model::cluster::cloud::CloudChanges;
use crate::model::cluster::making::{Failure, Undeclared};
use crate::model::cluster::normal::normal;
use crate::model::cluster::provider::Provider;
use crate::model::plan::Action;
use crate::object::{Object, Schema, diff};

/// Resources that no change of a group or of a version touches: each kind with the fields of the Cluster
/// that ask for it. What carries the cluster's tags changes with those too.
const GUARDED: [(&[&str], &[&str]); 3] = [
    (
        &[
            "DHCPOptions",
            "EgressOnlyInternetGateway",
            "InternetGateway",
            "NatGateway",
            "Route",
            "RouteTable",
            "RouteTableAssociation",
            "Subnet",
            "VPC",
            "VPCCIDRBlock",
            "VPCDHCPOptionsAssociation",
        ],
        &[
            "spec.additionalNetworkCIDRs",
            "spec.networkCIDR",
            "spec.networkID",
            "spec.networking",
            "spec.subnets",
            "spec.topology",
        ],
    ),
    (&["EBSVolume"], &["spec.etcdClusters"]),
    (
        &[
            "ClassicLoadBalancer",
            "DNSName",
            "DNSZone",
            "NetworkLoadBalancer",
            "NetworkLoadBalancerListener",
        ],
        &["spec.api", "spec.dnsZone", "spec.subnets", "spec.topology"],
    ),
];

/// Tags of everything.
const TAGS: &str = "spec.cloudLabels";

/// Reads the documents again: each must be as it was handed over.
pub async fn stored<P: Provider>(request: &Request<'_>, provider: &P) -> Result<(), Failure> {
    let stored = provider.stored().await.map_err(Failure::Provider)?;
    let stored = stored.unwrap_or_default();
    let differences: Vec<String> = request
        .documents
        .iter()
        .filter_map(|wanted| difference(wanted, &stored))
        .collect();
    match differences.is_empty() {
        true => Ok(()),
        false => Err(Failure::Stored(differences)),
    }
}

fn difference(wanted: &Object, stored: &[Object]) -> Option<String> {
    let name = format!("{} {}", wanted.kind(), wanted.name());
    let found = stored
        .iter()
        .find(|found| found.identity() == wanted.identity());
    let Some(found) = found else {
        return Some(format!("{name} is missing"));
    };
    let (wanted, found) = (normal(wanted), normal(found));
    let changes = diff(found.value(), wanted.value(), &Schema::of(&wanted));
    let mut changes = changes.iter().filter(|change| !change.semantic_equal());
    let first = changes.next()?;
    Some(format!("{name} differs in {}", first.path))
}

/// Asks what the update would do: no more than the plan said.
pub async fn update<P: Provider>(request: &Request<'_>, provider: &P) -> Result<(), Failure> {
    let changes = provider.cloud_changes().await.map_err(Failure::Provider)?;
    let undeclared = undeclared(request, &changes);
    match undeclared.is_empty() {
        true => Ok(()),
        false => Err(Failure::Undeclared(undeclared)),
    }
}

fn undeclared(request: &Request<'_>, changes: &CloudChanges) -> Undeclared {
    let plan = request.plan;
    let rolls = changes.groups_to_roll(&plan.name).into_iter();
    let comes = changes.groups_to_come(&plan.name).into_iter();
    let declared = |group: &String| plan.rolls.iter().any(|roll| roll.group == *group);
    let going = |group: &String| {
        let mut steps = plan.steps.iter();
        steps.any(|step| matches!(step, ClusterStep::Remove { group: going } if going == group))
    };
    let new = |group: &String| {
        let mut changes = plan.changes.iter();
        changes.any(|change| change.identity.name == *group && change.action == Action::Create)
    };
    let deletes = changes
        .deletes
        .iter()
        // The templates that were in force before go with every change of one.
        .filter(|item| !item.starts_with("LaunchTemplate"));
    Undeclared {
        rolls: rolls
            .filter(|group| !declared(group) && !going(group))
            .collect(),
        comes: comes.filter(|group| !new(group)).collect(),
        deletes: deletes.cloned().collect(),
        tasks: tasks(request, changes),
        unknown: changes.unknown.clone(),
    }
}

/// Resources that none of the plan's changes asks for.
fn tasks(request: &Request<'_>, changes: &CloudChanges) -> Vec<String> {
    let fields = request.plan.changes.iter();
    let fields: Vec<String> = fields
        .flat_map(|change| &change.changes)
        .map(|change| change.path.to_string())
        .collect();
    let changed = |field: &str| {
        let mut fields = fields.iter();
        fields.any(|path| is_below(path, field) || is_below(field, path))
    };
    let asked = |kind: &str| {
        let guarded = GUARDED.iter().find(|(kinds, _)| kinds.contains(&kind));
        guarded.is_none_or(|(_, fields)| fields.iter().chain([&TAGS]).any(|field| changed(field)))
    };
    let tasks = changes.creates.iter().chain(&changes.modifies);
    tasks
        .filter(|task| !asked(&task.kind))
        .map(|task| format!("{} {}", task.kind, task.name))
        .collect()
}
