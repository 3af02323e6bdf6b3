//! How Deployments, StatefulSets and DaemonSets replace their pods.

use crate::model::plan::Pace;
use crate::object::Object;
use crate::yaml::Value;

/// How a workload brings a new template to its pods.
pub struct Rollout {
    /// `None` where no number is set.
    pub pods: Option<u64>,
    /// `None` where it waits for somebody to delete the pods.
    pub pace: Option<(Pace, String)>,
}

impl Rollout {
    /// Of the kinds that roll out; a ReplicaSet and a Job do not.
    pub fn of(workload: &Object, scaled: bool) -> Option<Self> {
        let replicas = (!scaled).then(|| number(workload, "replicas").unwrap_or(1));
        match (workload.group(), workload.kind()) {
            ("apps", "Deployment") => Some(Self::deployment(workload, replicas)),
            ("apps", "StatefulSet") => Some(Self::stateful_set(workload, replicas)),
            ("apps", "DaemonSet") => Some(Self::daemon_set(workload)),
            _ => None,
        }
    }

    fn deployment(workload: &Object, pods: Option<u64>) -> Self {
        let strategy = ["spec", "strategy"];
        if text(workload, &strategy, "type") == Some("Recreate") {
            let pace = Some((Pace::AtOnce, "strategy Recreate".to_owned()));
            return Self { pods, pace };
        }
        let rolling = ["spec", "strategy", "rollingUpdate"];
        let unavailable = Share::of(workload, &rolling, "maxUnavailable", Share::Percent(25));
        let surge = Share::of(workload, &rolling, "maxSurge", Share::Percent(25));
        // Where neither leaves room, the server takes one pod away.
        let missing = |pods: u64| match (unavailable.down(pods), surge.up(pods)) {
            (0, 0) => 1,
            (missing, _) => missing,
        };
        let all = pods.map_or(unavailable.is_all(), |pods| missing(pods) >= pods);
        let pace = match all {
            true => (Pace::AtOnce, "its strategy lets all be missing".to_owned()),
            false => (Pace::Rolling, String::new()),
        };
        Self {
            pods,
            pace: Some(pace),
        }
    }

    fn stateful_set(workload: &Object, replicas: Option<u64>) -> Self {
        let strategy = ["spec", "updateStrategy"];
        let rolling = ["spec", "updateStrategy", "rollingUpdate"];
        let partition = workload
            .get(&rolling)
            .and_then(|rolling| rolling.get("partition"));
        let partition = partition.and_then(Value::as_u64).unwrap_or_default();
        let pace = match replicas {
            // It deletes a pod before it makes the next of the same name.
            Some(1) => (Pace::AtOnce, "it is the only one".to_owned()),
            _ => (Pace::Rolling, String::new()),
        };
        Self {
            pods: replicas.map(|replicas| replicas.saturating_sub(partition)),
            pace: (text(workload, &strategy, "type") != Some("OnDelete")).then_some(pace),
        }
    }

    fn daemon_set(workload: &Object) -> Self {
        let strategy = ["spec", "updateStrategy"];
        let rolling = ["spec", "updateStrategy", "rollingUpdate"];
        let unavailable = Share::of(workload, &rolling, "maxUnavailable", Share::Count(1));
        let pace = match unavailable.is_all() {
            true => (Pace::AtOnce, "its strategy lets all be missing".to_owned()),
            false => (Pace::Rolling, String::new()),
        };
        Self {
            pods: None,
            pace: (text(workload, &strategy, "type") != Some("OnDelete")).then_some(pace),
        }
    }
}

/// A number of pods, or a share of them.
#[derive(Clone, Copy)]
enum Share {
    Count(u64),
    Percent(u64),
}

impl Share {
    fn of(workload: &Object, keys: &[&str], key: &str, default: Self) -> Self {
        let value = workload.get(keys).and_then(|value| value.get(key));
        let percent = |text: &str| text.strip_suffix('%')?.parse().ok().map(Self::Percent);
        value
            .and_then(|value| {
                value
                    .as_u64()
                    .map(Self::Count)
                    .or_else(|| percent(value.as_str()?))
            })
            .unwrap_or(default)
    }

    fn down(self, pods: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => percent.saturating_mul(pods) / 100,
        }
    }

    fn up(self, pods: u64) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Percent(percent) => percent.saturating_mul(pods).div_ceil(100),
        }
    }

    fn is_all(self) -> bool {
        matches!(self, Self::Percent(100..))
    }
}

fn number(object: &Object, key: &str) -> Option<u64> {
    object.get(&["spec", key])?.as_u64()
}

fn text<'o>(object: &'o Object, keys: &[&str], key: &str) -> Option<&'o str> {
    object.get(keys)?.get(key)?.as_str()
}
