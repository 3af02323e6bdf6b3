//! Reading lock and journal. Nothing here writes: this is all that `plan` may use.

use std::time::Duration;

use jiff::Timestamp;

use super::entry::Holder;
use super::error::StateError;
use super::log::Log;
use super::run::Run;
use super::store::Store;
use crate::provider::ambient::Ambient;

/// The folder of one cluster beside kops' state store, for reading.
#[derive(Debug, Clone)]
pub struct StateFolder {
    pub(super) log: Log,
    pub(super) cluster: String,
}

/// The lock and the last run, as they were when they were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    pub lock: LockState,
    /// The last run, ended or not; None before the first.
    pub last: Option<Run>,
}

/// Whether somebody works on the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockState {
    Free,
    Held(Held),
    /// Its holder has not renewed it in time, by this machine's clock. Whoever takes it first
    /// makes sure that nobody renews it.
    Expired(Held),
}

/// What is known of a lock that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What [`super::break_lock`] takes.
    pub id: String,
    pub holder: Holder,
    pub operation: String,
    pub commit: String,
    /// By the holder's clock.
    pub since: Timestamp,
    /// It holds until then unless it is renewed; by the holder's clock.
    pub until: Timestamp,
}

impl StateFolder {
    /// Makes ready to read the state of `cluster`; `address` is that of kops' state store, and
    /// `limit` bounds each operation on it. Asks a store in S3 where its bucket lies, nothing else.
    pub async fn open(
        address: &str,
        cluster: &str,
        ambient: &Ambient,
        limit: Duration,
    ) -> Result<Self, StateError> {
        let store = Store::open(address, ambient, limit).await?;
        let (folder, place) = store.folder_of(cluster)?;
        Ok(Self {
            log: Log::new(store.objects, folder, place, limit),
            cluster: cluster.to_owned(),
        })
    }

    /// Who holds the lock, and what the last run did. `now` is this machine's clock.
    pub async fn state(&self, now: Timestamp) -> Result<State, StateError> {
        let last = self.log.last_run().await?;
        let lock = match &last {
            Some(run) if run.end.is_none() => {
                let held = Held::of(run);
                match run.until < now {
                    true => LockState::Expired(held),
                    false => LockState::Held(held),
                }
            }
            _ => LockState::Free,
        };
        Ok(State { lock, last })
    }

    /// The last runs, newest first, at most so many. Older ones than the log keeps are gone.
    pub async fn history(&self, runs: usize) -> Result<Vec<Run>, StateError> {
        let mut history = Vec::new();
        let mut next = self.log.last_run().await?;
        while let Some(run) = next {
            let before = run.began - 1;
            history.push(run);
            if history.len() >= runs || before == 0 {
                break;
            }
            // A run of which not all is there any more has been tidied away, or half of it.
            next = self.log.run_until(before).await?.ok();
        }
        Ok(history)
    }
}

impl Held {
    pub(super) fn of(run: &Run) -> Self {
        Self {
            id: run.id.clone(),
            holder: run.holder.clone(),
            operation: run.operation.clone(),
            commit: run.commit.clone(),
            since: run.since,
            until: run.until,
        }
    }
}
