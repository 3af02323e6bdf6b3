//! What kops, or the cloud, would refuse later or, worse, take (`kops.md`, sections 5 and 7).

use std::collections::BTreeSet;

use super::groups::{count, places};
use super::{Complete, invalid};
use crate::diagnostic::Diagnostics;
use crate::model::block::Block;
use crate::model::cluster::kops::{KOPS, NEWEST, OLDEST, PODS, is_arm};
use crate::model::cluster::{NodeGroup, Reach, rolls};

pub fn check(complete: &Complete<'_>, diagnostics: &mut Diagnostics) {
    versions(complete, diagnostics);
    control_plane(complete, diagnostics);
    networks(complete, diagnostics);
    let mut names: BTreeSet<String> = places(complete)
        .into_iter()
        .map(|place| place.group)
        .collect();
    for (name, group) in &complete.cluster.node_groups {
        node_group(complete, name, group, diagnostics);
        let own = group.names(name, &complete.cluster.zones);
        for taken in own.into_iter().filter_map(|own| names.replace(own)) {
            diagnostics.push(invalid(
                complete,
                &["nodeGroups", name],
                format!("two groups of machines would be called `{taken}`"),
                "give one of them another name",
            ));
        }
    }
    rolls(complete, &names, diagnostics);
}

/// A group that is misspelt would never be rolled; a time of nothing is one without end for kops.
fn rolls(complete: &Complete<'_>, names: &BTreeSet<String>, diagnostics: &mut Diagnostics) {
    let cluster = complete.cluster;
    let groups = cluster.node_groups.keys().chain(names).map(String::as_str);
    let known: BTreeSet<&str> = groups.chain([rolls::ALL, rolls::CONTROL_PLANE]).collect();
    let allowed = cluster.rolls.allow.iter().flatten();
    for name in allowed.filter(|name| !known.contains(name.as_str())) {
        let message = format!("`rolls.allow` names `{name}`, and there is no such group");
        let help = format!(
            "groups here: {}",
            known.iter().copied().collect::<Vec<_>>().join(", ")
        );
        let diagnostic = invalid(complete, &["rolls", "allow"], message, help);
        diagnostics.push(diagnostic.suggest(name, known.iter().copied()));
    }
    for (key, time) in [
        ("drainTimeout", &cluster.rolls.drain_timeout),
        ("validationTimeout", &cluster.rolls.validation_timeout),
    ] {
        let time = time.as_deref().and_then(rolls::duration);
        if time.is_some_and(|time| time.as_secs() == 0) {
            let message = format!("`rolls.{key}` leaves no time");
            let help = "say at least a second, as `15m`";
            diagnostics.push(invalid(complete, &["rolls", key], message, help));
        }
    }
}

/// kops compares versions with its own patch, and would let a minor pass that it does not know.
fn versions(complete: &Complete<'_>, diagnostics: &mut Diagnostics) {
    let minor = complete.environment.kubernetes.minor();
    if minor < OLDEST || minor > NEWEST {
        diagnostics.push(invalid(
            complete,
            &["kubernetes"],
            format!("kops {KOPS} makes no clusters of Kubernetes {minor}"),
            format!("it makes those of {OLDEST} to {NEWEST}"),
        ));
    }
}

fn control_plane(complete: &Complete<'_>, diagnostics: &mut Diagnostics) {
    let count = count(complete);
    if count.is_multiple_of(2) {
        diagnostics.push(invalid(
            complete,
            &["controlPlane", "count"],
            format!("a control plane of {count} machines has an even number of members of etcd"),
            "an odd number survives the loss of as many with one machine less",
        ));
    }
}

fn networks(complete: &Complete<'_>, diagnostics: &mut Diagnostics) {
    let cluster = complete.cluster;
    let network = &cluster.network;
    // The machines' own network is the pods' there.
    let shared = network.cni.as_deref() == Some("amazonvpc");
    let block = |text: Option<&str>| text.and_then(Block::parse);
    let (own, pods) = (
        block(network.cidr.as_deref()),
        block(network.pods.as_deref().or(Some(PODS))),
    );
    if let (Some(own), Some(pods)) = (own, pods)
        && !shared
        && own.overlaps(&pods)
    {
        diagnostics.push(invalid(
            complete,
            &["network", "pods"],
            format!("the networks of machines, {own}, and of pods and services, {pods}, have addresses in common"),
            "say another one under network.pods",
        ));
    }
    if let (Some(pods), Some(services)) = (pods, block(network.services.as_deref()))
        && !pods.holds(&services)
    {
        diagnostics.push(invalid(
            complete,
            &["network", "services"],
            format!(
                "the network of services, {services}, is not in that of pods and services, {pods}"
            ),
            "give it a part of network.pods",
        ));
    }
    if cluster.api.load_balancer == Some(Reach::Private) && network.topology == Reach::Public {
        diagnostics.push(invalid(
            complete,
            &["api", "loadBalancer"],
            "a load balancer that is reached from inside needs private subnets",
            "set `network.topology: private`, or `api.loadBalancer: public`",
        ));
    }
    if cluster.ssh.public_key.is_some() && cluster.ssh.key_name.is_some() {
        diagnostics.push(invalid(
            complete,
            &["ssh", "keyName"],
            "machines take one key: `publicKey` and `keyName` are both said",
            "remove one of them",
        ));
    }
}

fn node_group(
    complete: &Complete<'_>,
    name: &str,
    group: &NodeGroup,
    diagnostics: &mut Diagnostics,
) {
    let mut push = |key: &str, message: String, help: &str| {
        diagnostics.push(invalid(complete, &["nodeGroups", name, key], message, help));
    };
    if group.first_machine().is_none() {
        push(
            "machine",
            format!("the group `{name}` does not say its machine type"),
            "write `machine: m6i.large`, or several under `machines`",
        );
    }
    if group.machine.is_some() && !group.machines.is_empty() {
        push(
            "machines",
            format!("the group `{name}` says `machine` and `machines`"),
            "name one machine type, or a list",
        );
    }
    let arms: BTreeSet<bool> = group
        .machines
        .iter()
        .map(|machine| is_arm(machine))
        .collect();
    if arms.len() > 1 {
        push(
            "machines",
            format!("the machine types of `{name}` have different processors, and one image"),
            "part them into two groups",
        );
    }
    let sized = group.min.is_some() || group.max.is_some();
    match (group.per_zone.said(), sized) {
        (Some(_), true) => push(
            "perZone",
            format!("the group `{name}` says `perZone`, and `min` or `max`"),
            "the sizes of `perZone` hold for each zone, those of `min` and `max` for all",
        ),
        (None, false) => push(
            "min",
            format!("the group `{name}` does not say how many machines it has"),
            "write `min` and `max`, or `perZone: { min: 1, max: 3 }`",
        ),
        _ => {}
    }
    if let Some((min, max)) = group.sizes().filter(|(min, max)| min > max) {
        push(
            "max",
            format!("the group `{name}` has {min} machines at least and {max} at most"),
            "`max` is the greater one",
        );
    }
    for zone in &group.zones {
        if !complete.cluster.zones.contains(zone) {
            push(
                "zones",
                format!(
                    "the group `{name}` names the zone `{zone}`, which the cluster does not have"
                ),
                "add it to `zones` of the cluster",
            );
        }
    }
    let mut taints = BTreeSet::new();
    for taint in &group.taints {
        let key = taint
            .rsplit_once(':')
            .map(|(head, effect)| (head.split('=').next(), effect));
        if !taints.insert(key) {
            push(
                "taints",
                format!("the group `{name}` has the taint `{taint}` twice"),
                "remove one of them",
            );
        }
    }
    let zero = |roll: &Option<String>| matches!(roll.as_deref(), Some("0" | "0%"));
    if zero(&group.roll.surge) && zero(&group.roll.unavailable) {
        push(
            "roll",
            format!(
                "the group `{name}` could never be rolled: no machine may come first, and none may be missing"
            ),
            "allow one of both",
        );
    }
}
