//! A server-side apply of one object, with what may come in between.
//!
//! What was approved is a difference, not a resourceVersion: an object that moved is read and
//! asked about again, and written when the difference is still the same.

use super::removal::{GONE, until_gone};
use super::retry::{Tries, is_uncertain, pause};
use super::seen::Waiter;
use super::step::{Attempt, Trouble, failure, moved};
use crate::model::api::ApiError;
use crate::model::event::{Failure, Happening};
use crate::model::live::{Answer, Conflict, Probe};
use crate::model::refusal;
use crate::model::server::Server;
use crate::model::work::{Revision, Work};
use crate::object::Object;

/// How often an object may move between reading and writing it.
const MOVES: u32 = 10;

/// Whether a halt may end an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Halting {
    /// Nothing of it is done yet.
    Allowed,
    /// It began, and half of it is worse than all of it.
    TooLate,
}

/// Creates or changes the object, and records it.
pub async fn write<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    waiter: &Waiter<'_>,
) -> Result<Object, Trouble> {
    let work = attempt.work;
    let (work, halting) = match work.adopted.is_empty() {
        true => (work.clone(), Halting::Allowed),
        false => (adopt(attempt).await?, Halting::TooLate),
    };
    let stored = put(attempt, work, halting).await?;
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
    let work = Work {
        current: None,
        ..attempt.work.clone()
    };
    put(attempt, work, Halting::TooLate).await
}

/// Sends it until the server takes it or refuses it for good.
async fn put<S: Server>(
    attempt: &Attempt<'_, '_, S>,
    mut work: Work,
    halting: Halting,
) -> Result<Object, Trouble> {
    let server = attempt.context.server;
    let payload = work.payload.take().unwrap_or_default();
    let (mut tries, mut moves, mut force) = (Tries::default(), 0, false);
    loop {
        let request = server.apply(&work.target, &payload, work.current.as_ref(), force);
        let error = match attempt.request(request, halting).await? {
            Ok(stored) => {
                attempt.record(&stored);
                return Ok(stored);
            }
            Err(error) => error,
        };
        if attempt.pause(&mut tries, &error, halting).await? {
            continue;
        }
        if is_another(&error) {
            return Err(moved("it was deleted and made again since the plan was made").into());
        }
        if error.is_stale() {
            moves += 1;
            if moves > MOVES {
                let message = format!("it moved {MOVES} times between reading and writing it");
                return Err(moved(message).into());
            }
            tokio::time::sleep(pause(moves - 1)).await;
            match attempt.judge(&work, &payload).await? {
                Judged::Same(now) => (work, force) = (*now, false),
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
        let others = untaken(&error, &work.taken);
        if !others.is_empty() {
            return Err(owned(&others).into());
        }
        force = true;
    }
}

/// Makes the entries of former managers ours; gives the work as it is to be done then.
async fn adopt<S: Server>(attempt: &Attempt<'_, '_, S>) -> Result<Work, Trouble> {
    let server = attempt.context.server;
    let mut work = attempt.work.clone();
    let payload = work.payload.clone().unwrap_or_default();
    let (mut tries, mut moves) = (Tries::default(), 0);
    loop {
        let read = attempt.request(server.get(&work.target), Halting::Allowed);
        let error = match read.await? {
            Ok(None) => return Err(moved("it is gone since the plan was made").into()),
            Ok(Some(live)) if Some(Revision::of(&live)) == work.current => {
                let request = server.adopt(&work.target, &live, &work.adopted);
                match attempt.request(request, Halting::Allowed).await? {
                    Ok(adopted) => {
                        work.current = Some(Revision::of(&adopted));
                        return Ok(work);
                    }
                    Err(error) => error,
                }
            }
            Ok(Some(_)) => ApiError {
                code: 409,
                reason: "Conflict".to_owned(),
                ..ApiError::default()
            },
            Err(error) => error,
        };
        if attempt.pause(&mut tries, &error, Halting::Allowed).await? {
            continue;
        }
        // A test in a JSON patch that fails is a 422 without causes.
        let failed_test = error.code == 422 && error.causes.is_empty();
        moves += 1;
        if moves > MOVES || !(error.is_stale() || failed_test) {
            return Err(refused(&error).into());
        }
        tokio::time::sleep(pause(moves - 1)).await;
        match attempt.judge(&work, &payload).await? {
            Judged::Same(now) => work = *now,
            Judged::Settled(live) => {
                work.current = Some(Revision::of(&live));
                return Ok(work);
            }
        }
    }
}

/// What is to be done about an object that moved.
pub enum Judged {
    /// The same as was approved, at another revision.
    Same(Box<Work>),
    /// Nothing any more.
    Settled(Box<Object>),
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
        let expected = self.context.expected(&self.work.target);
        let Some(pause) = tries.again(error, expected) else {
            return Ok(false);
        };
        self.tell(Happening::Retrying {
            step: self.index,
            reason: pause.reason.to_owned(),
            after: pause.length,
        });
        let halted = self.context.until_halted();
        tokio::select! {
            () = halted, if halting == Halting::Allowed => Err(Trouble::Halted),
            () = tokio::time::sleep(pause.length) => {
                if expected.kind && error.code == 404 {
                    // Where this fails, the next try says so.
                    let _ = self.context.server.learn().await;
                }
                Ok(true)
            }
        }
    }

    /// Reads an object that moved, and asks whether what was approved is still what would happen.
    pub async fn judge(&self, work: &Work, payload: &serde_json::Value) -> Result<Judged, Trouble> {
        let server = self.context.server;
        let identity = &work.target.identity;
        let mut tries = Tries::default();
        loop {
            let read = self.context.send(server.get(&work.target)).await;
            let error = match read {
                Ok(live) => {
                    let probe = Probe {
                        target: work.target.clone(),
                        payload: payload.clone(),
                        elsewhere: false,
                    };
                    let answer = self.context.send(server.probe(&probe)).await;
                    let passing = match &answer {
                        Answer::Refused(error) => {
                            self.pause(&mut tries, error, Halting::TooLate).await?
                        }
                        Answer::Accepted { .. } => false,
                    };
                    if passing {
                        continue;
                    }
                    let now = self.context.judge.judge(identity, live.as_ref(), &answer);
                    return judged(work, live, now, &answer);
                }
                Err(error) => error,
            };
            if !self.pause(&mut tries, &error, Halting::TooLate).await? {
                return Err(refused(&error).into());
            }
        }
    }

    /// Notes in the inventory what the server stored.
    fn record(&self, stored: &Object) {
        let proof = self.context.judge.proof(&self.work.payload_digest, stored);
        let revision = Revision::of(stored);
        let mut ledger = self.context.ledger.borrow_mut();
        ledger.written(self.work, &revision, proof);
    }
}

fn judged(
    approved: &Work,
    live: Option<Object>,
    now: Option<Work>,
    answer: &Answer,
) -> Result<Judged, Trouble> {
    match (now, live) {
        (None, Some(live)) => Ok(Judged::Settled(Box::new(live))),
        (Some(now), _) if now.difference == approved.difference => Ok(Judged::Same(Box::new(now))),
        (_, None) => Err(moved("it is gone since the plan was made").into()),
        (Some(now), Some(_)) => {
            let why = match answer {
                Answer::Refused(error) => refusal::sentences(error),
                Answer::Accepted { .. } => Vec::new(),
            };
            let action = now.action.name();
            let message = format!(
                "it changed since the plan was made, which would now {action} it otherwise"
            );
            Err(Failure {
                details: why,
                ..moved(message)
            }
            .into())
        }
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
