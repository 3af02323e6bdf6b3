//! Subnets, derived from one network so that none ever moves.
//!
//! The network is divided into eight equal parts. A zone takes the part of its letter: `a` the
//! second, `b` the third, up to `g`. The first part is divided in the same way again, for the
//! subnets of load balancers (`Utility`). So a zone that comes or goes moves no other; what is
//! pinned under `network.subnets` wins.

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::block::Block;
use crate::model::cluster::{Cluster, PinnedSubnet, Reach};
use crate::model::resolved::ResolvedEnvironment;

use super::placed;

/// Parts that the network is divided into, as a power of two.
const DOUBLINGS: u32 = 3;

/// AWS makes no subnet with a longer prefix.
const LONGEST: u32 = 28;

#[derive(Debug, Clone, PartialEq)]
pub struct Subnet {
    pub name: String,
    pub zone: String,
    /// `Private`, `Public` or `Utility`.
    pub kind: &'static str,
    pub cidr: Option<String>,
    pub id: Option<String>,
    pub egress: Option<String>,
}

/// All subnets of the cluster, those of machines first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Subnets(pub Vec<Subnet>);

/// The zones that the machines of a cluster are in.
fn zones(cluster: &Cluster) -> Vec<&str> {
    let mut zones: Vec<&str> = cluster.zones.iter().map(String::as_str).collect();
    zones.sort_unstable();
    zones.dedup();
    zones
}

/// None where the network is not known; what is wrong is told.
pub fn subnets(
    environment: &ResolvedEnvironment,
    diagnostics: &mut Diagnostics,
) -> Option<Subnets> {
    let cluster = &environment.cluster;
    let network = Block::parse(cluster.network.cidr.as_deref()?)?;
    let private = cluster.network.topology == Reach::Private;
    let mut all = Vec::new();
    for zone in zones(cluster) {
        let kind = if private { "Private" } else { "Public" };
        let part = letter(zone).and_then(|letter| network.part(DOUBLINGS, letter));
        all.push(subnet(cluster, zone.to_owned(), zone, kind, part));
    }
    for zone in zones(cluster).into_iter().filter(|_| private) {
        let part =
            letter(zone).and_then(|letter| network.part(DOUBLINGS, 0)?.part(DOUBLINGS, letter));
        all.push(subnet(
            cluster,
            format!("utility-{zone}"),
            zone,
            "Utility",
            part,
        ));
    }
    refuse(environment, network, &all, diagnostics);
    Some(Subnets(all))
}

/// 1 for a zone whose name ends in `a`, as in `eu-west-1a`.
fn letter(zone: &str) -> Option<u32> {
    let last = zone.chars().last().filter(char::is_ascii_lowercase)?;
    Some(u32::from(last) - u32::from('a') + 1)
}

fn subnet(
    cluster: &Cluster,
    name: String,
    zone: &str,
    kind: &'static str,
    part: Option<Block>,
) -> Subnet {
    let pinned = cluster.network.subnets.get(&name);
    let PinnedSubnet { cidr, id, egress } = pinned.cloned().unwrap_or_default();
    let derived = || part.map(|part| part.to_string()).filter(|_| id.is_none());
    Subnet {
        cidr: cidr.or_else(derived),
        zone: zone.to_owned(),
        name,
        kind,
        id,
        egress,
    }
}

/// What no cloud would take, each told with its place.
fn refuse(
    environment: &ResolvedEnvironment,
    network: Block,
    all: &[Subnet],
    diagnostics: &mut Diagnostics,
) {
    let cluster = &environment.cluster;
    let mut push = |path: &[&str], message: String, help: &str| {
        let diagnostic = Diagnostic::error(codes::CLUSTER_INVALID, message).help(help);
        diagnostics.push(placed(environment, diagnostic, path));
    };
    for name in cluster.network.subnets.keys() {
        if !all.iter().any(|subnet| subnet.name == *name) {
            let known: Vec<&str> = all.iter().map(|subnet| subnet.name.as_str()).collect();
            push(
                &["network", "subnets", name],
                format!("`{name}` is no subnet of this cluster"),
                &format!("its subnets: {}", known.join(", ")),
            );
        }
    }
    for zone in &cluster.zones {
        if let Some(region) = &cluster.region
            && !zone.starts_with(region.as_str())
        {
            push(
                &["zones"],
                format!("the zone `{zone}` is not in the region `{region}`"),
                "write zones in full, as `eu-west-1a`",
            );
        }
    }
    let ids = all.iter().filter(|subnet| subnet.id.is_some()).count();
    if ids > 0 && ids < all.len() {
        push(
            &["network", "subnets"],
            format!("{ids} of {} subnets have an `id`", all.len()),
            "kops takes subnets that are there for all or for none",
        );
    }
    let additional = cluster.network.additional.iter();
    let networks: Vec<Block> = additional
        .filter_map(|cidr| Block::parse(cidr))
        .chain([network])
        .collect();
    let blocks: Vec<(&Subnet, Option<Block>)> = all
        .iter()
        .map(|subnet| (subnet, subnet.cidr.as_deref().and_then(Block::parse)))
        .collect();
    for (index, (subnet, block)) in blocks.iter().enumerate() {
        let path = ["network", "subnets", subnet.name.as_str()];
        let Some(block) = block else {
            if subnet.id.is_none() {
                push(
                    &["network", "cidr"],
                    format!("no network can be derived for the subnet `{}`", subnet.name),
                    "a zone takes the part of its last letter, `a` to `g`; say `cidr` under network.subnets",
                );
            }
            continue;
        };
        let place: &[&str] = match cluster.network.subnets.contains_key(&subnet.name) {
            true => &path,
            false => &["network", "cidr"],
        };
        if block.length() > LONGEST {
            push(
                place,
                format!(
                    "the subnet `{}` would be {block}, smaller than /{LONGEST}",
                    subnet.name
                ),
                "give the cluster a larger network; a /16 leaves 8,190 addresses for each zone",
            );
        }
        if !networks.iter().any(|network| network.holds(block)) {
            push(
                place,
                format!(
                    "the subnet `{}` is {block}, outside the network {network}",
                    subnet.name
                ),
                "name the network that it lies in under network.additional",
            );
        }
        for (other, its) in &blocks[..index] {
            if its.is_some_and(|its| its.overlaps(block)) {
                push(
                    place,
                    format!(
                        "the subnets `{}` and `{}` have addresses in common",
                        other.name, subnet.name
                    ),
                    "zones with the same last letter get the same part: say `cidr` of one under network.subnets",
                );
            }
        }
    }
}
