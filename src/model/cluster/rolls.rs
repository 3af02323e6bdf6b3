//! Whose machines may be replaced, and how long that may take: `rolls` in cluster.yaml.
//!
//! Nothing of it reaches a manifest: it says how far an apply may go, not what the cluster is.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Cluster;

/// In `allow`: every group.
pub const ALL: &str = "all";

/// In `allow`: every machine of the control plane.
pub const CONTROL_PLANE: &str = "control-plane";

/// The knobs.
#[derive(Debug, Clone, Default, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RollKnobs {
    pub allow: Option<Vec<String>>,
    pub drain_timeout: Option<String>,
    pub validation_timeout: Option<String>,
}

/// What an apply may replace, and how long it waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rolls {
    allowed: Allowed,
    /// How long the pods of one machine may take to leave.
    pub drain: Duration,
    /// How long the cluster may take to get well.
    pub validation: Duration,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Allowed {
    All,
    /// Groups as kops calls them, or [`CONTROL_PLANE`].
    Groups(BTreeSet<String>),
    /// Nobody said which, and the environment is protected.
    Protected,
    /// cluster.yaml was not read.
    Unread,
}

/// Why the machines of a group stay as they are, though they are older than their group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// `allow` leaves the group out.
    LeftOut,
    /// Nobody said `allow`, and the environment is protected.
    Protected,
    /// cluster.yaml was not read.
    Unread,
    /// A machine of the control plane is held back, and no node may be newer than it.
    ControlPlane,
}

impl Hold {
    /// The word of machines for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LeftOut => "left-out",
            Self::Protected => "protected",
            Self::Unread => "unread",
            Self::ControlPlane => "control-plane",
        }
    }
}

impl Rolls {
    /// kops' own patience for the pods of a machine.
    const DRAIN: Duration = Duration::from_mins(15);

    /// Machines of AWS need some minutes, and what runs the cluster some more.
    const VALIDATION: Duration = Duration::from_mins(20);

    /// What the knobs say. Where they say nothing, a protected environment has no machine replaced.
    pub fn of(cluster: &Cluster, protect: bool) -> Self {
        let knobs = &cluster.rolls;
        let allowed = match &knobs.allow {
            None if protect => Allowed::Protected,
            None => Allowed::All,
            Some(names) if names.iter().any(|name| name == ALL) => Allowed::All,
            Some(names) => {
                let groups = names.iter().flat_map(|name| groups(cluster, name));
                Allowed::Groups(groups.collect())
            }
        };
        let time = |said: &Option<String>, else_: Duration| {
            said.as_deref().and_then(duration).unwrap_or(else_)
        };
        Self {
            allowed,
            drain: time(&knobs.drain_timeout, Self::DRAIN),
            validation: time(&knobs.validation_timeout, Self::VALIDATION),
        }
    }

    /// Where cluster.yaml was not read: no machine is replaced, since it may forbid it.
    pub fn unread() -> Self {
        Self {
            allowed: Allowed::Unread,
            drain: Self::DRAIN,
            validation: Self::VALIDATION,
        }
    }

    /// Why a group keeps its machines; None where they may be replaced.
    pub fn hold(&self, group: &str, control_plane: bool) -> Option<Hold> {
        match &self.allowed {
            Allowed::All => None,
            Allowed::Protected => Some(Hold::Protected),
            Allowed::Unread => Some(Hold::Unread),
            Allowed::Groups(groups) => {
                let whole = control_plane && groups.contains(CONTROL_PLANE);
                (!whole && !groups.contains(group)).then_some(Hold::LeftOut)
            }
        }
    }
}

/// The groups of kops that a name in `allow` stands for: those of a key of `nodeGroups`, or itself.
fn groups(cluster: &Cluster, name: &str) -> Vec<String> {
    match cluster.node_groups.get(name) {
        Some(group) => group.names(name, &cluster.zones),
        None => vec![name.to_owned()],
    }
}

/// `1h30m` as a time; None where it is none.
pub fn duration(text: &str) -> Option<Duration> {
    const UNITS: [(&str, u64); 7] = [
        ("ms", 1),
        ("y", 365 * 86_400_000),
        ("w", 7 * 86_400_000),
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
    ];
    let mut total = 0u64;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        let number: u64 = number.parse().ok()?;
        let Some((unit, millis)) = UNITS.iter().find(|(unit, _)| after.starts_with(unit)) else {
            return (text == "0").then_some(Duration::ZERO);
        };
        total = total.checked_add(number.checked_mul(*millis)?)?;
        rest = &after[unit.len()..];
    }
    Some(Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::{Hold, Rolls, duration};
    use crate::model::cluster::{Cluster, NodeGroup, Sizes};

    fn cluster(allow: Option<&[&str]>) -> Cluster {
        let per_zone = Sizes {
            min: Some(1),
            max: None,
        };
        let general = NodeGroup {
            per_zone,
            ..NodeGroup::default()
        };
        let mut cluster = Cluster {
            zones: vec!["a".to_owned(), "b".to_owned()],
            node_groups: [("general".to_owned(), general)].into(),
            ..Cluster::default()
        };
        let names = allow.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        cluster.rolls.allow = names;
        cluster
    }

    #[test]
    fn a_group_is_allowed_by_its_knob_by_its_own_name_or_with_all() {
        let held = |allow: &[&str], group: &str| {
            let control_plane = group.starts_with("control");
            Rolls::of(&cluster(Some(allow)), true).hold(group, control_plane)
        };
        assert_eq!(held(&["all"], "batch"), None);
        assert_eq!(held(&["general"], "general-a"), None);
        assert_eq!(held(&["general-b"], "general-b"), None);
        assert_eq!(held(&["general-b"], "general-a"), Some(Hold::LeftOut));
        assert_eq!(held(&["control-plane"], "control-plane-a"), None);
        assert_eq!(held(&["general"], "control-plane-a"), Some(Hold::LeftOut));
        assert_eq!(held(&[], "general-a"), Some(Hold::LeftOut));
    }

    #[test]
    fn where_nobody_says_it_protection_does() {
        let nobody = cluster(None);
        let held = |protect| Rolls::of(&nobody, protect).hold("general-a", false);
        assert_eq!((held(false), held(true)), (None, Some(Hold::Protected)));
    }

    #[test]
    fn a_time_is_a_sum() {
        let seconds = |text| duration(text).map(|time| time.as_secs());
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("90s"), Some(90));
        assert_eq!(seconds("2d"), Some(172_800));
        assert_eq!(seconds("0"), Some(0));
        assert_eq!(seconds("15"), None);
    }
}
