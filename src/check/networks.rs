//! Networks of clusters that have addresses in common.

use super::facts::Facts;
use super::problem::Problem;
use crate::diagnostic::{Severity, codes};
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

/// Two networks have addresses in common when the shorter prefix holds the other's address.
fn overlap(a: &str, b: &str) -> bool {
    let (Some(a), Some(b)) = (Block::parse(a), Block::parse(b)) else {
        return false;
    };
    let length = a.length.min(b.length);
    let same_family = a.bits == b.bits;
    same_family && (length == 0 || a.address >> (a.bits - length) == b.address >> (b.bits - length))
}

struct Block {
    address: u128,
    bits: u32,
    length: u32,
}

impl Block {
    fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, bits) = match address.parse().ok()? {
            std::net::IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            std::net::IpAddr::V6(address) => (u128::from(address), 128),
        };
        let length = length.parse().ok().filter(|length| *length <= bits)?;
        Some(Self {
            address,
            bits,
            length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::overlap;

    #[test]
    fn networks_overlap_when_one_lies_in_the_other() {
        assert!(overlap("10.0.0.0/16", "10.0.0.0/16"));
        assert!(overlap("10.0.0.0/8", "10.12.0.0/16"));
        assert!(overlap("0.0.0.0/0", "10.12.0.0/16"));
        assert!(!overlap("10.10.0.0/16", "10.11.0.0/16"));
        assert!(!overlap("10.10.0.0/16", "fd00::/8"));
        assert!(!overlap("::/0", "0.0.0.0/0"));
    }
}
