//! What stands where an object was to be made.
//!
//! A create makes and never changes: what somebody else put there between plan and write is told,
//! not taken.

use super::judging::moved_once_more;
use super::retry::Tries;
use super::step::{Attempt, Trouble, moved};
use super::write::{Halting, refused};
use crate::model::api::ApiError;
use crate::model::server::Server;
use crate::model::work::Revision;
use crate::object::{Object, is_always_there};

const MADE_SINCE: &str = "somebody made it since the plan was made; it is left alone, and a new plan says what becomes of it";

/// What is there where nothing was to be.
pub enum InTheWay {
    /// It vanishes by itself.
    Dying(Box<Object>),
    /// A write made it whose answer was lost, or the cluster makes it for every namespace.
    Ours(Revision),
    /// It is gone again.
    Nothing,
}

impl<S: Server> Attempt<'_, '_, S> {
    /// Looks at what stands where an object was to be made; what somebody else made since the plan
    /// is left alone.
    ///
    /// `doubt`: a write was sent whose answer is not known. `error` is what the last one met.
    pub async fn in_the_way(
        &self,
        doubt: bool,
        error: &ApiError,
        moves: &mut u32,
    ) -> Result<InTheWay, Trouble> {
        let target = &self.work.target;
        let mut tries = Tries::default();
        loop {
            let read = self.context.send(self.context.server.get(target)).await;
            match read {
                Ok(None) => {
                    moved_once_more(moves).await?;
                    return Ok(InTheWay::Nothing);
                }
                Ok(Some(live)) if live.get(&["metadata", "deletionTimestamp"]).is_some() => {
                    return Ok(InTheWay::Dying(Box::new(live)));
                }
                Ok(Some(live)) => {
                    let made_by_us = doubt && self.context.judge.made(&live);
                    return match made_by_us || is_always_there(&target.identity) {
                        true => Ok(InTheWay::Ours(Revision::of(&live))),
                        false => Err(moved(MADE_SINCE).into()),
                    };
                }
                Err(error) if self.pause(&mut tries, &error, Halting::TooLate).await? => {}
                Err(_) => return Err(refused(error).into()),
            }
        }
    }
}
