//! What a write dropped though it was sent: an apply that takes the last field out of a mapping takes
//! the mapping too, also where an empty one was sent. The same apply sent once more stores it.

use super::judging::{GONE_SINCE, moved_once_more};
use super::retry::Tries;
use super::step::{Attempt, Trouble, moved};
use super::write::{Halting, refused};
use crate::model::server::Server;
use crate::model::work::Revision;
use crate::object::Object;

impl<S: Server> Attempt<'_, '_, S> {
    /// Whether the same must be sent again. Where nothing was, nothing can have been taken away.
    pub fn drops(
        &self,
        before: Option<&Revision>,
        payload: &serde_json::Value,
        stored: &Object,
    ) -> bool {
        let dying = stored.get(&["metadata", "deletionTimestamp"]).is_some();
        let judge = self.context.judge;
        let identity = &self.work.target.identity;
        before.is_some() && !dying && judge.drops(identity, payload, stored)
    }

    /// The revision that the object has now; not without end, where it never stands still.
    pub async fn revision_now(&self, moves: &mut u32) -> Result<Revision, Trouble> {
        moved_once_more(moves).await?;
        let mut tries = Tries::default();
        loop {
            let read = self.request(self.context.server.get(&self.work.target), Halting::TooLate);
            match read.await? {
                Ok(Some(live)) => return Ok(Revision::of(&live)),
                Ok(None) => return Err(moved(GONE_SINCE).into()),
                Err(error) if self.pause(&mut tries, &error, Halting::TooLate).await? => {}
                Err(error) => return Err(refused(&error).into()),
            }
        }
    }

    /// Notes in the inventory that it is there, and not yet as it is to be.
    pub fn record_unproven(&self, stored: &Object) {
        let mut ledger = self.context.ledger.borrow_mut();
        ledger.written(self.work, &Revision::of(stored), None);
    }
}
