//! Networks of clusters that have addresses in common.

use super::facts::Facts;
use super::problem::Problem;
use crate::diagnostic::{Severity, codes};
use crate::model::block::Block;
use crate::model::checking::Network;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let Some(own) = &facts.checking.network else {
        return Vec::new();
    };
    let others = facts.checking.other_networks.iter();
    let overlapping = others.filter(|other| overlap(&own.cidr, &other.cidr));
    overlapping.map(|other| problem(own, other)).collect()
}

fn problem(own: &Network, other: &Network) -> Problem {
    let message = format!(
        "has the network {}, of which `{}` has a part too: {}",
        own.cidr, other.environment, other.cidr
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
