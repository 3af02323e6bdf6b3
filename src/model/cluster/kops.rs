//! Facts of kops that do not depend on an environment (`kops.md`, sections 5, 7 and 8).

use crate::model::version::{Minor, Version};

/// The release of kops where the stack names none.
pub const KOPS: &str = "1.36.2";

/// How long the certificates live that kops gives a machine when it comes (`kops.md`; docs of kops).
pub const CERTIFICATE_DAYS: u64 = 455;

/// From this age on a machine is warned of: three months are left for a roll.
pub const OLD_DAYS: u64 = 365;

/// Addons that kops 1.36 can install itself, by their names in its Cluster (`kops.md`, section 8).
pub const KOPS_ADDONS: [&str; 9] = [
    "certManager",
    "metricsServer",
    "clusterAutoscaler",
    "awsLoadBalancerController",
    "nodeProblemDetector",
    "nodeTerminationHandler",
    "externalDns",
    "snapshotController",
    "karpenter",
];

/// Network plug-ins that kops 1.36 sets up; `cni` leaves the network to somebody else.
pub const NETWORKS: [&str; 7] = [
    "cilium",
    "calico",
    "amazonvpc",
    "kindnet",
    "flannel",
    "kuberouter",
    "cni",
];

/// What pods and services have their addresses from, where nobody says: kops' own default.
pub const PODS: &str = "100.64.0.0/10";

/// The oldest minor of Kubernetes that kops 1.36 makes clusters of.
pub const OLDEST: Minor = Minor {
    major: 1,
    minor: 31,
};

/// The newest.
pub const NEWEST: Minor = Minor {
    major: 1,
    minor: 36,
};

/// The newest patch releases that kops' channel `stable` names, of the minors that it makes
/// (`kops.md`, section 5).
const PATCHES: [&str; 5] = ["1.36.3", "1.35.7", "1.34.10", "1.33.13", "1.32.13"];

/// The newest patch release that is known of a minor.
pub fn newest_patch(minor: Minor) -> Option<Version> {
    let mut patches = PATCHES.iter().filter_map(|text| Version::parse(text));
    patches.find(|patch| patch.minor() == minor)
}

/// What the names of the tags begin with by which the cluster autoscaler finds groups.
pub const AUTOSCALER_TAGS: &str = "k8s.io/cluster-autoscaler/";

/// The groups of a control plane with their zones, over the zones in turn: kops allows no more than
/// one machine in such a group. Where a zone holds several, they are numbered within it.
pub fn control_plane_groups(zones: &[String], count: usize) -> Vec<(String, &str)> {
    let shared = count > zones.len();
    let turns = zones.iter().cycle().take(count).enumerate();
    let groups = turns.map(|(index, zone)| {
        let name = match shared {
            true => format!("control-plane-{zone}-{}", index / zones.len() + 1),
            false => format!("control-plane-{zone}"),
        };
        (name, zone.as_str())
    });
    groups.collect()
}

/// Ubuntu 24.04, which the channel of kops 1.36 names for Kubernetes 1.32 and newer. A machine
/// image that kops takes from its channel by itself would move with the channel.
pub fn image(machine: &str) -> String {
    let architecture = match is_arm(machine) {
        true => "arm64",
        false => "amd64",
    };
    format!(
        "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-{architecture}-server-20260218"
    )
}

/// Whether a machine type of AWS has a Graviton processor: a `g` behind the generation, as in
/// `m7gd.large`, or the first of them, `a1`.
pub fn is_arm(machine: &str) -> bool {
    let family = machine.split('.').next().unwrap_or_default();
    let options = family
        .trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .trim_start_matches(|c: char| c.is_ascii_digit());
    family == "a1" || options.contains('g')
}

/// Processors and MiB of memory of a machine type of AWS; None where they do not follow from its
/// name: general (`m`), computing (`c`) and memory (`r`) machines from the fifth generation on, and
/// the small ones (`t`).
pub fn capacity(machine: &str) -> Option<(u64, u64)> {
    const GIB: u64 = 1024;
    let (family, size) = machine.split_once('.')?;
    let letters = family.trim_end_matches(|c: char| !c.is_ascii_digit());
    let generation: u64 = letters
        .trim_start_matches(|c: char| c.is_ascii_alphabetic())
        .parse()
        .ok()?;
    let kind = letters.trim_end_matches(|c: char| c.is_ascii_digit());
    let large = match size {
        "nano" | "micro" | "small" | "medium" => None,
        "large" => Some(2),
        "xlarge" => Some(4),
        _ => Some(size.strip_suffix("xlarge")?.parse::<u64>().ok()? * 4),
    };
    if kind == "t" {
        let small = matches!(generation, 3 | 4);
        let memory = match size {
            "nano" => 512,
            "micro" => GIB,
            "small" => 2 * GIB,
            "medium" => 4 * GIB,
            _ => large? * 4 * GIB,
        };
        return small.then_some((large.unwrap_or(2), memory));
    }
    let ratio = match kind {
        "c" => 2,
        "m" => 4,
        "r" => 8,
        _ => return None,
    };
    // Of these the memory is not a round number.
    let known = generation >= 5 && family != "c5n";
    let cpus = if size == "medium" { 1 } else { large? };
    known.then_some((cpus, cpus * ratio * GIB))
}

#[cfg(test)]
mod tests {
    use super::{capacity, is_arm};

    #[test]
    fn capacity_follows_from_the_name_where_it_can() {
        let cases = [
            ("m6i.large", Some((2, 8192))),
            ("c7g.medium", Some((1, 2048))),
            ("r6i.2xlarge", Some((8, 65536))),
            ("t3.medium", Some((2, 4096))),
            ("t4g.2xlarge", Some((8, 32768))),
            ("m6i.metal", None),
            ("m4.large", None),
            ("c5n.large", None),
            ("x2gd.large", None),
            ("nonsense", None),
        ];
        for (machine, known) in cases {
            assert_eq!(capacity(machine), known, "{machine}");
        }
    }

    #[test]
    fn the_processor_follows_from_the_machine_type() {
        for arm in [
            "t4g.small",
            "m7gd.large",
            "c6gn.xlarge",
            "a1.large",
            "g5g.xlarge",
        ] {
            assert!(is_arm(arm), "{arm}");
        }
        for intel in [
            "m6i.large",
            "g4dn.xlarge",
            "p5.48xlarge",
            "t3.medium",
            "m7a.large",
        ] {
            assert!(!is_arm(intel), "{intel}");
        }
    }
}
