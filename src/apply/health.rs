//! Waiting until what was written works.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::seen::{Latest, Waiter};
use super::step::{Attempt, failure};
use crate::model::event::{Failure, Happening};
use crate::model::health::{Ready, Status};
use crate::model::server::Server;
use crate::model::work::Revision;
use crate::object::{Identity, Object};

/// Some verdicts change with time alone.
const TICK: Duration = Duration::from_secs(5);

/// What stands behind a Service changes without a word of what calls it.
const SOON: Duration = Duration::from_secs(1);

/// Ticks between two looks at an object: where its kind is watched, and where it is not.
const LOOK_WATCHED: u32 = 6;
const LOOK_UNWATCHED: u32 = 1;

/// How long a failure may be looked into.
const EXPLAIN: Duration = Duration::from_secs(15);

/// How a wait ended, if not with a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    /// With what its health says.
    Healthy(String),
    /// A halt ended it.
    Halted,
}

/// Waits until the object that the server stored works.
pub async fn healthy<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    stored: Object,
    waiter: &Waiter<'_>,
) -> Result<Waited, Failure> {
    let (context, work) = (attempt.context, attempt.work);
    let limit = context.request.options.timeout;
    let written = Instant::now();
    let uid = Revision::of(&stored).uid;
    let mut object = stored;
    let mut message = String::new();
    let mut ticks = 0;
    loop {
        let behind = context.examine.services(&object);
        let tick = if behind.is_empty() { TICK } else { SOON };
        let ready = ready(attempt, behind).await;
        let health = context.examine.health(&object, written.elapsed(), ready);
        match health.status {
            Status::Current => {
                if serves_kinds(&work.target.identity) {
                    // Where this fails, writes of its kinds do too, and say why.
                    let _ = context.server.learn().await;
                }
                return Ok(Waited::Healthy(health.message));
            }
            Status::Failed => return Err(explained(attempt, &object, health.message).await),
            Status::InProgress | Status::Terminating | Status::NotFound => {}
        }
        if message != health.message {
            message = health.message;
            attempt.tell(Happening::Waiting {
                step: attempt.index,
                message: message.clone(),
            });
        }
        context.watches.want(&work.target.kind());
        let look = tokio::select! {
            biased;
            () = context.until_halted() => return Ok(Waited::Halted),
            latest = waiter.next() => match latest {
                Some(Latest::Object(live)) => {
                    take(&mut object, *live);
                    false
                }
                // Whether it is gone, or the watch cannot go on, the server knows.
                Some(Latest::Gone) | None => true,
            },
            () = tokio::time::sleep_until(written + limit) => {
                let message = match message.as_str() {
                    "" => format!("not ready after {} s", limit.as_secs()),
                    why => format!("not ready after {} s: {why}", limit.as_secs()),
                };
                return Err(explained(attempt, &object, message).await);
            }
            () = tokio::time::sleep(tick) => {
                ticks += 1;
                let watched = context.watches.is_watched(&work.target.kind());
                let every = if watched { LOOK_WATCHED } else { LOOK_UNWATCHED };
                ticks % every == 0
            }
        };
        if !look {
            continue;
        }
        match context.send(context.server.get(&work.target)).await {
            Ok(Some(live)) => take(&mut object, live),
            Ok(None) if goes_when_done(&object) => {
                return Ok(Waited::Healthy("it has run".to_owned()));
            }
            Ok(None) => return Err(failure("somebody deleted it while it was waited for")),
            // The next look may tell more.
            Err(_) => {}
        }
        if Revision::of(&object).uid != uid {
            return Err(failure(
                "somebody deleted it and made it again while it was waited for",
            ));
        }
    }
}

/// What stands behind the Services. Who may not look does not wait: the writes that need an answer say
/// what is wrong.
async fn ready<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    services: BTreeSet<(String, String)>,
) -> Ready {
    let mut ready = Ready::new();
    for (namespace, name) in services {
        let server = attempt.context.server;
        let asked = server.ready_addresses(&namespace, &name);
        let count = match attempt.context.send(asked).await {
            Err(error) if error.is_forbidden() || error.is_not_found() => 1,
            // The next look may tell.
            asked => asked.unwrap_or_default(),
        };
        ready.insert((namespace, name), count);
    }
    ready
}

/// Takes the newer of two; a watch may tell of the past.
fn take(object: &mut Object, other: Object) {
    let number = |object: &Object| Revision::of(object).resource_version.parse::<u128>().ok();
    if number(&other) >= number(object) {
        *object = other;
    }
}

async fn explained<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    object: &Object,
    message: String,
) -> Failure {
    let explain = attempt.context.server.explain(object);
    let details = tokio::time::timeout(EXPLAIN, explain).await;
    Failure {
        details: details.unwrap_or_default(),
        ..failure(message)
    }
}

/// Objects behind which new kinds stand.
fn serves_kinds(identity: &Identity) -> bool {
    matches!(
        (identity.group.as_str(), identity.kind.as_str()),
        ("apiextensions.k8s.io", "CustomResourceDefinition")
            | ("apiregistration.k8s.io", "APIService")
    )
}

/// A Job that is taken away when it has run.
fn goes_when_done(object: &Object) -> bool {
    object.is("batch", "Job") && object.get(&["spec", "ttlSecondsAfterFinished"]).is_some()
}
