//! Blocks of addresses: CIDRs that can be compared and divided.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A network: all addresses that share the first `length` bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    address: u128,
    /// 32 or 128.
    bits: u32,
    length: u32,
}

impl Block {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, bits) = match address.parse().ok()? {
            IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
            IpAddr::V6(address) => (u128::from(address), 128),
        };
        let length = length.parse().ok().filter(|length| *length <= bits)?;
        Some(Self {
            address,
            bits,
            length,
        })
    }

    /// Two blocks have addresses in common when the shorter prefix holds the other's address.
    pub fn overlaps(&self, other: &Self) -> bool {
        let length = self.length.min(other.length);
        let shift = self.bits - length.min(self.bits);
        let same = length == 0 || self.address >> shift == other.address >> shift;
        self.bits == other.bits && same
    }

    /// Whether all addresses of the other are ours too.
    pub fn holds(&self, other: &Self) -> bool {
        self.length <= other.length && self.overlaps(other)
    }

    /// The part at `index`, from 0, of the block divided into 2 to the power of `doublings` equal
    /// parts; None where it has no such part.
    pub fn part(&self, doublings: u32, index: u32) -> Option<Self> {
        let length = self.length + doublings;
        if length > self.bits || u64::from(index) >= 1u64 << doublings {
            return None;
        }
        Some(Self {
            address: self.address | u128::from(index) << (self.bits - length),
            length,
            ..*self
        })
    }

    /// Bits of the prefix.
    pub fn length(&self) -> u32 {
        self.length
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let address = match self.bits {
            32 => IpAddr::V4(Ipv4Addr::from(
                u32::try_from(self.address).unwrap_or_default(),
            )),
            _ => IpAddr::V6(Ipv6Addr::from(self.address)),
        };
        write!(f, "{address}/{}", self.length)
    }
}

#[cfg(test)]
mod tests {
    use super::Block;

    fn block(text: &str) -> Block {
        Block::parse(text).expect("a network")
    }

    #[test]
    fn networks_overlap_when_one_lies_in_the_other() {
        let overlap = |a, b| block(a).overlaps(&block(b));
        assert!(overlap("10.0.0.0/16", "10.0.0.0/16"));
        assert!(overlap("10.0.0.0/8", "10.12.0.0/16"));
        assert!(overlap("0.0.0.0/0", "10.12.0.0/16"));
        assert!(!overlap("10.10.0.0/16", "10.11.0.0/16"));
        assert!(!overlap("10.10.0.0/16", "fd00::/8"));
        assert!(!overlap("::/0", "0.0.0.0/0"));
    }

    #[test]
    fn a_network_holds_what_lies_in_it_whole() {
        assert!(block("10.0.0.0/8").holds(&block("10.12.0.0/16")));
        assert!(!block("10.12.0.0/16").holds(&block("10.0.0.0/8")));
    }

    #[test]
    fn parts_divide_a_network() {
        let network = block("10.20.0.0/16");
        let part = |doublings, index| network.part(doublings, index).map(|part| part.to_string());
        assert_eq!(part(3, 0).as_deref(), Some("10.20.0.0/19"));
        assert_eq!(part(3, 7).as_deref(), Some("10.20.224.0/19"));
        assert_eq!(part(3, 8), None);
        assert_eq!(part(17, 0), None);
    }
}
