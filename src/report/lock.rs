//! Who works on an environment right now: the lock in its cluster, and the one beside the state store.

use serde_json::json as value;

use super::line::printable;
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.lock/1";

/// The locks of an environment.
#[derive(Debug, Clone)]
pub struct Locks {
    pub environment: String,
    /// Held by whoever changes the cluster itself; None where something else makes the cluster.
    pub store: Option<Seen>,
    /// Held by whoever changes what runs on it.
    pub cluster: Seen,
}

/// What is known of one lock.
#[derive(Debug, Clone)]
pub enum Seen {
    Free,
    Held(Facts),
    /// Its holder has not renewed it in time, by this machine's clock.
    Lapsed(Facts),
    /// Why it was not looked at, or cannot be read.
    Unknown(String),
}

/// Of whoever holds a lock, by name; empty ones are left out.
pub type Facts = Vec<(&'static str, String)>;

/// For people; of an environment that something else makes, the cluster's alone.
pub fn text(locks: &Locks) -> String {
    let Locks {
        environment,
        store,
        cluster,
    } = locks;
    let Some(store) = store else {
        return one(environment, "", cluster);
    };
    let store = one(environment, " beside the state store", store);
    format!("{store}\n{}", one(environment, " in the cluster", cluster))
}

/// `place` stands behind `the lock`.
fn one(environment: &str, place: &str, lock: &Seen) -> String {
    let (words, facts) = match lock {
        Seen::Free => return format!("{environment}: nobody holds the lock{place}"),
        Seen::Unknown(reason) => {
            let reason = printable(reason);
            return format!("{environment}: nothing is known of the lock{place}: {reason}");
        }
        Seen::Held(facts) => ("is held", facts),
        Seen::Lapsed(facts) => (
            "has lapsed by this machine's clock; the next apply makes sure and takes it over",
            facts,
        ),
    };
    let lines = facts.iter().filter(|(_, text)| !text.is_empty());
    let lines = lines.map(|(name, text)| format!("\n  {name:<10} {}", printable(text)));
    let lines: String = lines.collect();
    format!("{environment}: the lock{place} {words}{lines}")
}

/// For programs: each lock with where it is.
pub fn json(locks: &Locks) -> Value {
    let store = locks.store.iter().map(|lock| ("state-store", lock));
    let all = store.chain([("cluster", &locks.cluster)]);
    value!({
        "format": FORMAT,
        "environment": locks.environment,
        "locks": all.map(|(place, lock)| lock_json(place, lock)).collect::<Vec<_>>(),
    })
}

fn lock_json(place: &str, lock: &Seen) -> Value {
    let (state, facts, reason) = match lock {
        Seen::Free => ("free", None, None),
        Seen::Held(facts) => ("held", Some(facts), None),
        Seen::Lapsed(facts) => ("lapsed", Some(facts), None),
        Seen::Unknown(reason) => ("unknown", None, Some(reason)),
    };
    let held = facts.map(|facts| {
        let facts = facts.iter().filter(|(_, text)| !text.is_empty());
        let facts = facts.map(|(name, text)| ((*name).to_owned(), value!(text)));
        facts.collect::<serde_json::Map<_, _>>()
    });
    value!({"where": place, "state": state, "held": held, "reason": reason})
}
