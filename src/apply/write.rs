//! A server-side apply of one object, with what may come in between.
//!
//! What was approved is a difference, not a resourceVersion: an object that moved is read and
//! asked about again, and written when the difference is still the same.

use super::in_the_way::InTheWay;
use super::judging::{GONE_SINCE, Judged, MADE_AGAIN};
use super::removal::{GONE, until_gone};
use super::retry::{self, Again, Tries, is_uncertain};
use super::seen::Waiter;
use super::step::{Attempt, Trouble, failure, moved};
use crate::model::api::ApiError;
use crate::model::event::{Failure, Happening};
use crate::model::live::Conflict;
use crate::model::refusal;
use crate::model::server::Server;
use crate::model::work::Revision;
use crate::object::Object;

/// Whether a halt may end an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halting {
    /// Nothing of it is done yet.
    Allowed,
    /// It began, and half of it is worse than all of it.
    TooLate,
}

/// What a write rests on.
struct Footing {
    /// The revision that the object must have; `None` when it must not be there.
    current: Option<Revision>,
    /// Conflicts that were approved.
    taken: Vec<Conflict>,
}

/// Creates or changes the object, and records it.
pub async fn write<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    waiter: &Waiter<'_>,
) -> Result<Object, Trouble> {
    let mut footing = Footing {
        current: attempt.work.current.clone(),
        taken: attempt.work.taken.clone(),
    };
    let mut halting = Halting::Allowed;
    if !attempt.work.adopted.is_empty() || !attempt.work.first_ours.is_empty() {
        footing.current = Some(adopt(attempt).await?);
        halting = Halting::TooLate;
    }
    let stored = put(attempt, footing, halting).await?;
    match stored.get(&["metadata", "deletionTimestamp"]) {
        None => Ok(stored),
        // The server takes writes to what is about to vanish, and it vanishes all the same.
        Some(_) => {
            attempt.tell(Happening::Waiting {
                step: attempt.index,
                message: "it is being deleted, and made again then".to_owned(),
            });
            until_gone(attempt, &Revision::of(&stored).uid, waiter, GONE).await?;
            create(attempt).await
        }
    }
}

/// Makes an object that is not there.
pub async fn create<S: Server>(attempt: &Attempt<'_, '_, S>) -> Result<Object, Trouble> {
    let footing = Footing {
        current: None,
        taken: Vec::new(),
    };
    put(attempt, footing, Halting::TooLate).await
}

/// Sends it until the server takes it or refuses it for good.
async fn put<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    mut footing: Footing,
    mut halting: Halting,
) -> Result<Object, Trouble> {
    let (server, work) = (attempt.context.server, attempt.work);
    let payload = work.payload.as_deref().unwrap_or(&serde_json::Value::Null);
    let (mut tries, mut moves, mut force, mut doubt) = (Tries::default(), 0, false, false);
    // It is stored, and sent once more for what was dropped, or without what was sent to be cleared.
    let mut again = false;
    let clearing = work.asked.as_deref().filter(|_| work.clears);
    loop {
        let sent = clearing.filter(|_| !again).unwrap_or(payload);
        let request = server.apply(&work.target, sent, footing.current.as_ref(), force);
        let error = match attempt.request(request, halting).await? {
            // Once: what is dropped again, the server does not keep.
            Ok(stored)
                if !again
                    && (clearing.is_some()
                        || attempt.drops(footing.current.as_ref(), payload, &stored)) =>
            {
                attempt.record_unproven(&stored);
                footing.current = Some(Revision::of(&stored));
                (again, force, halting) = (true, false, Halting::TooLate);
                continue;
            }
            Ok(stored) => {
                attempt.record(&stored);
                return Ok(stored);
            }
            Err(error) => error,
        };
        doubt |= is_uncertain(&error);
        if attempt.pause(&mut tries, &error, halting).await? {
            continue;
        }
        if is_another(&error) {
            return Err(moved(MADE_AGAIN).into());
        }
        if error.is_stale() && again {
            // What was approved is stored: no status that came since changes it.
            footing.current = Some(attempt.revision_now(&mut moves).await?);
            continue;
        }
        if error.is_stale() {
            if footing.current.is_none() {
                match attempt.in_the_way(doubt, &error, &mut moves).await? {
                    InTheWay::Dying(live) => return Ok(*live),
                    InTheWay::Ours(revision) => footing.current = Some(revision),
                    InTheWay::Nothing => {}
                }
                continue;
            }
            match attempt.judge_again(&mut moves).await? {
                Judged::Same(now) => {
                    (footing.current, footing.taken, force) = (now.current, now.taken, false);
                }
                Judged::Settled(live) => {
                    attempt.record(&live);
                    return Ok(*live);
                }
            }
            continue;
        }
        if error.conflicts().next().is_none() || force {
            return Err(refused(&error).into());
        }
        let others = untaken(&error, &footing.taken);
        if !others.is_empty() {
            return Err(owned(&others).into());
        }
        force = true;
    }
}

/// Makes the entries of former managers, and fields that nobody owns, ours; gives the revision that the object has then.
async fn adopt<S: Server>(attempt: &Attempt<'_, '_, S>) -> Result<Revision, Trouble> {
    let (server, work) = (attempt.context.server, attempt.work);
    let mut current = work.current.clone();
    let (mut tries, mut moves) = (Tries::default(), 0);
    loop {
        let read = attempt.request(server.get(&work.target), Halting::Allowed);
        let error = match read.await? {
            Ok(None) => return Err(moved(GONE_SINCE).into()),
            Ok(Some(live)) if Some(Revision::of(&live)) == current => {
                let request = server.adopt(&work.target, &live, &work.adopted, &work.first_ours);
                match attempt.request(request, Halting::Allowed).await? {
                    Ok(adopted) => return Ok(Revision::of(&adopted)),
                    Err(error) => Some(error),
                }
            }
            Ok(Some(_)) => None,
            Err(error) => Some(error),
        };
        if let Some(error) = error {
            if attempt.pause(&mut tries, &error, Halting::Allowed).await? {
                continue;
            }
            // A test in a JSON patch that fails is a 422 without causes.
            let failed_test = error.code == 422 && error.causes.is_empty();
            if !error.is_stale() && !failed_test {
                return Err(refused(&error).into());
            }
        }
        match attempt.judge_again(&mut moves).await? {
            Judged::Same(now) => current = now.current,
            Judged::Settled(live) => return Ok(Revision::of(&live)),
        }
    }
}

impl<S: Server> Attempt<'_, '_, S> {
    /// Sends a request of this step; the first one says that it has begun.
    pub async fn request<T>(
        &self,
        request: impl Future<Output = T>,
        halting: Halting,
    ) -> Result<T, Trouble> {
        let request = async {
            if !self.under_way.replace(true) {
                self.tell(Happening::Started { step: self.index });
            }
            request.await
        };
        match halting {
            Halting::TooLate => Ok(self.context.send(request).await),
            Halting::Allowed => self.context.begin(request).await.ok_or(Trouble::Halted),
        }
    }

    /// Waits before the request is repeated; false when its refusal will not pass.
    pub async fn pause(
        &self,
        tries: &mut Tries,
        error: &ApiError,
        halting: Halting,
    ) -> Result<bool, Trouble> {
        if is_uncertain(error) && self.work.makes() {
            self.context.ledger.borrow_mut().doubt(self.work);
        }
        let expected = self.expected();
        let (reason, pause) = match tries.again(error, expected) {
            Again::After { reason, pause } => (reason, pause),
            Again::Final => return Ok(false),
            Again::Over(words) => {
                let mut failure = refused(error);
                failure.details.push(words);
                return Err(failure.into());
            }
        };
        self.tell(Happening::Retrying {
            step: self.index,
            reason: reason.to_owned(),
            after: pause,
        });
        let halted = self.context.until_halted();
        tokio::select! {
            () = halted, if halting == Halting::Allowed => Err(Trouble::Halted),
            () = tokio::time::sleep(pause) => {
                if expected.kind && error.code == 404 {
                    // Where this fails, the next try says so.
                    let _ = self.context.server.learn().await;
                }
                Ok(true)
            }
        }
    }

    pub fn expected(&self) -> retry::Expected {
        self.context.expected(&self.work.target)
    }

    /// Notes in the inventory what the server stored.
    fn record(&self, stored: &Object) {
        let proof = self.context.judge.proof(&self.work.payload_digest, stored);
        let revision = Revision::of(stored);
        let mut ledger = self.context.ledger.borrow_mut();
        ledger.written(self.work, &revision, proof);
    }
}

/// The uid that was sent is not the object's.
fn is_another(error: &ApiError) -> bool {
    let of_uid = |field: &str| field == "metadata.uid";
    error.code == 422 && error.causes.iter().any(|cause| of_uid(&cause.field))
}

/// Conflicts that nobody approved.
fn untaken(error: &ApiError, taken: &[Conflict]) -> Vec<String> {
    let others = error
        .conflicts()
        .filter_map(|cause| match Conflict::of(cause) {
            Some(conflict) if taken.contains(&conflict) => None,
            Some(conflict) => Some(format!(
                "{} is owned by `{}`",
                conflict.field, conflict.manager
            )),
            None => Some(format!("{} is owned by somebody else", cause.field)),
        });
    others.collect()
}

fn owned(others: &[String]) -> Failure {
    moved(format!(
        "{}, which the plan did not show",
        others.join(", ")
    ))
}

/// A refusal for good, in words that hold no values.
pub fn refused(error: &ApiError) -> Failure {
    let mut sentences = refusal::sentences(error).into_iter();
    let first = sentences.next();
    Failure {
        details: sentences.collect(),
        ..failure(first.unwrap_or_else(|| "the API server refused it".to_owned()))
    }
}
