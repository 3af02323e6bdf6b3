//! Deletes: for good, or to make the object anew.

use std::time::Duration;

use tokio::time::Instant;

use super::health::Waited;
use super::judging::{Judged, MADE_AGAIN};
use super::retry::{Tries, pause};
use super::seen::{Latest, Waiter};
use super::step::{Attempt, Trouble, failure, moved};
use super::write::{Halting, create, refused};
use crate::model::event::Happening;
use crate::model::server::{Propagation, Server};
use crate::model::work::Revision;
use crate::object::Object;

/// How long an object that is made anew may take to go.
pub const GONE: Duration = Duration::from_mins(2);

/// The longest time between two looks at what lingers.
const LOOK: Duration = Duration::from_secs(5);

/// Deletes what the inventory records, and nothing that merely has its name. When it is gone, the
/// inventory forgets it.
pub async fn delete<S: Server>(attempt: &Attempt<'_, '_, S>) -> Result<Waited, Trouble> {
    let work = attempt.work;
    let identity = &work.target.identity;
    let Some(current) = &work.current else {
        // It was gone when the plan was made.
        return Ok(Waited::Healthy(String::new()));
    };
    let recorded = attempt
        .context
        .ledger
        .borrow()
        .uid(identity)
        .map(str::to_owned);
    if recorded.is_some_and(|uid| uid != current.uid) {
        return Err(moved("it is not the object that the inventory records").into());
    }
    // Its status may change at any time; what counts is that it is this object.
    let this = Revision {
        uid: current.uid.clone(),
        resource_version: String::new(),
    };
    let waiter = attempt.context.watches.waiter(identity);
    if send(attempt, &this, Propagation::Background).await? == Sent::Lingers {
        attempt.tell(Happening::Written {
            step: attempt.index,
            action: work.action,
        });
        let limit = attempt.context.request.options.timeout;
        // After a halt it may go in its own time: it stays in the inventory until somebody looks.
        tokio::select! {
            biased;
            gone = until_gone(attempt, &this.uid, &waiter, limit) => gone?,
            () = attempt.context.until_halted() => return Ok(Waited::Halted),
        }
    }
    attempt.context.ledger.borrow_mut().forget(identity);
    Ok(Waited::Healthy(String::new()))
}

/// Deletes the object and makes it anew.
pub async fn replace<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    waiter: &Waiter<'_>,
) -> Result<Object, Trouble> {
    let work = attempt.work;
    let propagation = match work.orphan_pods {
        true => Propagation::Orphan,
        false => Propagation::Foreground,
    };
    let mut current = work.current.clone();
    let mut moves = 0;
    while let Some(revision) = &current {
        let uid = revision.uid.clone();
        match send(attempt, revision, propagation).await? {
            Sent::Gone => break,
            Sent::Lingers => {
                until_gone(attempt, &uid, waiter, GONE).await?;
                break;
            }
            Sent::Stale => match attempt.judge_again(&mut moves).await? {
                Judged::Same(now) => current = now.current,
                Judged::Settled(live) => return Ok(*live),
            },
        }
    }
    attempt
        .context
        .ledger
        .borrow_mut()
        .forget(&work.target.identity);
    create(attempt).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    Gone,
    Lingers,
    /// It is this object, at another revision.
    Stale,
}

async fn send<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    current: &Revision,
    propagation: Propagation,
) -> Result<Sent, Trouble> {
    let server = attempt.context.server;
    let mut tries = Tries::default();
    loop {
        let request = server.delete(&attempt.work.target, current, propagation);
        let error = match attempt.request(request, Halting::Allowed).await? {
            Ok(true) => return Ok(Sent::Gone),
            Ok(false) => return Ok(Sent::Lingers),
            Err(error) if error.is_not_found() => return Ok(Sent::Gone),
            Err(error) => error,
        };
        if attempt.pause(&mut tries, &error, Halting::Allowed).await? {
            continue;
        }
        if !error.is_stale() {
            return Err(refused(&error).into());
        }
        let other = error.message.contains("the UID in the precondition");
        if other || current.resource_version.is_empty() {
            return Err(moved(MADE_AGAIN).into());
        }
        return Ok(Sent::Stale);
    }
}

/// Waits until the object with this uid is gone, told by the watch or seen by asking.
pub async fn until_gone<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    uid: &str,
    waiter: &Waiter<'_>,
    limit: Duration,
) -> Result<(), Trouble> {
    let context = attempt.context;
    let target = &attempt.work.target;
    let deadline = Instant::now() + limit;
    context.watches.want(&target.kind());
    let mut looks = 0;
    let mut held_by = None;
    loop {
        // A request that fails tells nothing; the next one may.
        match context.send(context.server.get(target)).await {
            Ok(None) => return Ok(()),
            Ok(Some(live)) if Revision::of(&live).uid != uid => return Ok(()),
            Ok(Some(live)) => {
                let now = finalizers(&live);
                if held_by.as_ref() != Some(&now) {
                    attempt.tell(Happening::Waiting {
                        step: attempt.index,
                        message: now.clone(),
                    });
                    held_by = Some(now);
                }
            }
            Err(_) => {}
        }
        let look = tokio::time::sleep(pause(looks).min(LOOK));
        tokio::pin!(look);
        looks += 1;
        loop {
            tokio::select! {
                () = &mut look => break,
                () = tokio::time::sleep_until(deadline) => {
                    let still = held_by.unwrap_or_else(|| "it is still there".to_owned());
                    let message = format!("not gone after {} s: {still}", limit.as_secs());
                    return Err(failure(message).into());
                }
                latest = waiter.next() => match latest {
                    Some(Latest::Gone) => break,
                    Some(Latest::Object(live)) if Revision::of(&live).uid != uid => return Ok(()),
                    _ => {}
                },
            }
        }
    }
}

/// What keeps an object that was deleted.
fn finalizers(object: &Object) -> String {
    let list = object.get(&["metadata", "finalizers"]);
    let names = list
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten();
    let names: Vec<&str> = names.filter_map(serde_json::Value::as_str).collect();
    match names.is_empty() {
        true => "it is being deleted".to_owned(),
        false => format!("it is being deleted, and kept by {}", names.join(", ")),
    }
}
