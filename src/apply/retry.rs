//! Which refusals may pass, how long they are waited for, and how long between two tries.

use std::time::Duration;

use tokio::time::Instant;

use crate::model::api::ApiError;

/// Refusals that may pass, and for how long the same request is repeated.
pub struct Class {
    /// As an event says it: `the API server is busy`.
    pub name: &'static str,
    pub limit: Duration,
    matches: fn(&ApiError, Expected) -> bool,
}

/// What a refusal may come from that the apply itself has just made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Expected {
    /// The kind of the object comes with this apply.
    pub kind: bool,
    /// Its namespace does.
    pub namespace: bool,
}

/// The first that matches counts. What none matches is final: an object that is not valid, or not
/// allowed, stays so.
pub const CLASSES: [Class; 7] = [
    Class {
        name: "the API server is busy",
        limit: Duration::from_secs(60),
        matches: |error, _| {
            matches!(error.code, 429 | 503 | 504)
                || (error.retry_after.is_some() && error.code >= 500)
        },
    },
    Class {
        name: "etcd has no leader",
        limit: Duration::from_secs(60),
        matches: |error, _| {
            let text = error
                .message
                .split_once("etcdserver:")
                .map(|(_, text)| text);
            text.is_some_and(|text| text.contains("leader changed") || text.contains("timed out"))
        },
    },
    Class {
        name: "a webhook does not answer",
        limit: Duration::from_secs(240),
        matches: |error, _| {
            let text = error.message.as_str();
            let conversion = text.split_once("conversion webhook for ");
            error.code == 500
                && (text.contains("failed calling webhook")
                    || text.contains("failed calling admission webhook")
                    || conversion.is_some_and(|(_, rest)| rest.contains("failed")))
        },
    },
    Class {
        name: "a quota is being counted",
        limit: Duration::from_secs(60),
        matches: |error, _| {
            error.code == 409
                && error
                    .message
                    .contains("Operation cannot be fulfilled on resourcequotas")
        },
    },
    Class {
        name: "the connection broke",
        limit: Duration::from_secs(60),
        matches: |error, _| error.code == 0,
    },
    Class {
        name: "its kind is not served yet",
        limit: Duration::from_secs(60),
        matches: |error, expected| {
            expected.kind && error.code == 404 && !error.message.contains("namespaces \"")
        },
    },
    Class {
        name: "its namespace is not there yet",
        limit: Duration::from_secs(30),
        matches: |error, expected| {
            let text = error.message.as_str();
            expected.namespace
                && error.code == 404
                && text.starts_with("namespaces \"")
                && text.ends_with("\" not found")
        },
    },
];

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(8);

/// The tries of one request.
#[derive(Debug, Default)]
pub struct Tries {
    /// When each class was met first.
    since: [Option<Instant>; CLASSES.len()],
    count: u32,
}

/// What a refusal means for the next try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    After {
        reason: &'static str,
        pause: Duration,
    },
    /// It might still pass, and was waited for long enough; in words.
    Over(String),
    /// No class: it stays as it is.
    Final,
}

impl Tries {
    pub fn again(&mut self, error: &ApiError, expected: Expected) -> Again {
        let mut classes = CLASSES.iter();
        let Some(index) = classes.position(|class| (class.matches)(error, expected)) else {
            return Again::Final;
        };
        let class = &CLASSES[index];
        let now = Instant::now();
        let since = *self.since[index].get_or_insert(now);
        let pause = pause(self.count).max(error.retry_after.unwrap_or_default());
        self.count += 1;
        if now + pause > since + class.limit {
            let (count, limit) = (self.count, class.limit.as_secs());
            return Again::Over(format!(
                "{}: tried {count} times within {limit} s",
                class.name
            ));
        }
        Again::After {
            reason: class.name,
            pause,
        }
    }
}

/// Doubles up to a limit; the last quarter is chance, so that many do not come back at once.
pub fn pause(count: u32) -> Duration {
    let doubled = SHORTEST.saturating_mul(1 << count.min(10)).min(LONGEST);
    let [chance, ..] = uuid::Uuid::new_v4().into_bytes();
    doubled - doubled.mul_f32(f32::from(chance) / 1024.0)
}

/// Whether the same request may succeed a little later.
pub fn may_pass(error: &ApiError, expected: Expected) -> bool {
    CLASSES.iter().any(|class| (class.matches)(error, expected))
}

/// Whether the server may have done what it was asked without saying so.
pub fn is_uncertain(error: &ApiError) -> bool {
    matches!(error.code, 0 | 500 | 502 | 504)
}
