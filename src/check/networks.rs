//! Networks of clusters that have addresses in common.

use super::facts::Facts;
use super::problem::Problem;
use crate::diagnostic::{Severity, codes};
use crate::model::block::Block;
use crate::model::checking::{Holder, Network};

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for own in &facts.checking.own_networks {
        let others = facts.checking.other_networks.iter();
        // Two clusters may give their pods the same addresses: none of the other's asks for them.
        let others =
            others.filter(|other| (own.holder, other.holder) != (Holder::Pods, Holder::Pods));
        let overlapping = others.filter(|other| overlap(&own.cidr, &other.cidr));
        problems.extend(overlapping.map(|other| problem(own, other)));
    }
    problems
}

fn problem(own: &Network, other: &Network) -> Problem {
    let words = |network: &Network| match network.holder {
        Holder::Machines => network.cidr.clone(),
        Holder::Pods => format!("{} of its pods and services", network.cidr),
    };
    let message = format!(
        "has the network {}, of which `{}` has a part too: {}",
        words(own),
        other.environment,
        words(other)
    );
    Problem::of_knobs(
        Severity::Error,
        codes::NETWORK_OVERLAP,
        format!("environment {}", own.environment),
        message,
    )
    .at(own.span.clone(), "")
    .at(other.span.clone(), "the other network")
    .help("give one of them another network before its cluster is made; later it cannot change")
}

fn overlap(a: &str, b: &str) -> bool {
    let blocks = Block::parse(a).zip(Block::parse(b));
    blocks.is_some_and(|(a, b)| a.overlaps(&b))
}
