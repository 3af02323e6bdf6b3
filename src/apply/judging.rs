//! An object that moved since the plan was made: read, asked about and judged again.

use super::retry::{self, Tries};
use super::step::{Attempt, Trouble, moved};
use super::write::{Halting, refused};
use crate::model::api::ApiError;
use crate::model::event::Failure;
use crate::model::live::{Answer, Probe};
use crate::model::refusal;
use crate::model::server::Server;
use crate::model::work::Work;
use crate::object::Object;

/// How often an object may move between reading and writing it.
const MOVES: u32 = 10;

pub const MADE_AGAIN: &str = "it was deleted and made again since the plan was made";
pub const GONE_SINCE: &str = "it is gone since the plan was made";

/// What is to be done about an object that moved.
pub enum Judged {
    /// The same as was approved, at another revision.
    Same(Box<Work>),
    /// Nothing any more.
    Settled(Box<Object>),
}

/// Counts and waits; an object that never stands still fails.
pub async fn moved_once_more(moves: &mut u32) -> Result<(), Trouble> {
    if *moves == MOVES {
        let message = format!("it moved {MOVES} times between reading and writing it");
        return Err(moved(message).into());
    }
    tokio::time::sleep(retry::pause(*moves)).await;
    *moves += 1;
    Ok(())
}

impl<S: Server> Attempt<'_, '_, S> {
    /// What is to be done about an object that moved between reading and writing it; not without
    /// end, where it never stands still.
    pub async fn judge_again(&self, moves: &mut u32) -> Result<Judged, Trouble> {
        moved_once_more(moves).await?;
        let mut tries = Tries::default();
        loop {
            match self.look().await {
                Ok((live, answer)) => return self.judge(live, &answer),
                Err(error) => {
                    if !self.pause(&mut tries, &error, Halting::TooLate).await? {
                        return Err(refused(&error).into());
                    }
                }
            }
        }
    }

    /// The object as it is now, and what the server says to the same payload; an error where that
    /// may pass.
    async fn look(&self) -> Result<(Option<Object>, Answer), ApiError> {
        let (server, target) = (self.context.server, &self.work.target);
        let live = self.context.send(server.get(target)).await?;
        let asked = self.work.asked.as_ref().or(self.work.payload.as_ref());
        let probe = Probe {
            target: target.clone(),
            payload: asked.cloned().unwrap_or_default(),
            elsewhere: false,
        };
        match self.context.send(server.probe(&probe)).await {
            Answer::Refused(error) if retry::may_pass(&error, self.expected()) => Err(error),
            answer => Ok((live, answer)),
        }
    }

    /// Whether what was approved is still what would happen.
    fn judge(&self, live: Option<Object>, answer: &Answer) -> Result<Judged, Trouble> {
        let identity = &self.work.target.identity;
        let now = self.context.judge.judge(identity, live.as_ref(), answer);
        match (now, live) {
            (None, Some(live)) => Ok(Judged::Settled(Box::new(live))),
            (Some(now), _) if now.difference == self.work.difference => {
                Ok(Judged::Same(Box::new(now)))
            }
            (_, None) => Err(moved(GONE_SINCE).into()),
            (Some(now), Some(_)) => {
                let message = format!(
                    "it changed since the plan was made, which would now {} it otherwise",
                    now.action.name()
                );
                let details = match answer {
                    Answer::Refused(error) => refusal::sentences(error),
                    Answer::Accepted { .. } => Vec::new(),
                };
                Err(Failure {
                    details,
                    ..moved(message)
                }
                .into())
            }
        }
    }
}
