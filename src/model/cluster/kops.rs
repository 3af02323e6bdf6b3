//! Facts of kops that do not depend on an environment (`kops.md`, sections 5, 7 and 8).

use crate::model::version::Minor;

/// The release of kops where the stack names none.
pub const KOPS: &str = "1.36.2";

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
    "kubeRouter",
    "cni",
];

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

#[cfg(test)]
mod tests {
    use super::is_arm;

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
