//! A decision carried out: lock, pending record, writes and deletes in order, health, record.
//!
//! Nothing here knows a client or a clock on the wall: it works on the traits of `model`, on one
//! thread, and measures time as tokio does. Whoever drops the future in the middle, as a kill
//! does, leaves a pending record that the next plan reads.

pub mod cluster;
mod context;
mod dropped;
mod health;
mod in_the_way;
mod judging;
mod ledger;
mod progress;
mod removal;
mod retry;
mod seen;
mod step;
#[cfg(test)]
mod tests;
mod walk;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use crate::model::api::ApiError;
use crate::model::event::{Event, Happening, Outcome};
use crate::model::health::{Health, Ready};
use crate::model::inventory::Inventory;
use crate::model::server::{Lock, LockError, Server, Store};
use crate::model::work::{Decision, Judge, Work};
use crate::object::Object;
use context::{Context, Halt};
use ledger::Ledger;

/// What is to be done, for whom, and within which limits.
#[derive(Debug)]
pub struct Request<'a> {
    pub decision: &'a Decision,
    pub about: About,
    pub options: Options,
    /// Where to read on when a component fails.
    pub runbooks: BTreeMap<String, String>,
}

/// What the record of the apply says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct About {
    /// `user@host`.
    pub who: String,
    /// Of the manifests; empty outside git.
    pub commit: String,
    pub began: jiff::Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Requests in flight.
    pub parallel: usize,
    /// How long a step may take to become healthy, or an object to go away.
    pub timeout: Duration,
    /// No write begins after the first failure.
    pub fail_fast: bool,
    /// How long to wait for somebody else's lock.
    pub patience: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            parallel: 16,
            timeout: Duration::from_mins(5),
            fail_fast: false,
            patience: Duration::ZERO,
        }
    }
}

/// The cluster as apply sees it.
#[derive(Debug)]
pub struct Cluster<'a, S, T, L> {
    pub server: &'a S,
    pub store: &'a T,
    pub lock: &'a L,
}

/// Says whether an object works.
pub trait Examine {
    /// Services, by namespace and name, without whose pods it does not work.
    fn services(&self, object: &Object) -> BTreeSet<(String, String)>;

    /// `waited` is the time since the object was written, `ready` what stands behind the Services.
    fn health(&self, object: &Object, waited: Duration, ready: Ready) -> Health;
}

/// Why an apply did not begin: nothing was written but the lock.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Lock(LockError),
    /// Somebody applied since the plan was made.
    #[error(
        "somebody applied since the plan was made: inventory serial {now}, plan made at {planned}"
    )]
    Moved { planned: u64, now: u64 },
    /// The inventory could not be read, or the pending record not written.
    #[error("the inventory cannot be {doing}: {error}")]
    Inventory {
        doing: &'static str,
        error: ApiError,
    },
    /// It was stopped before it began.
    #[error("stopped before anything was written: {0}")]
    Stopped(String),
}

/// Carries a decision out.
///
/// `stop` resolves when somebody wants it to stop, to the reason: writes under way are finished,
/// none begins, and what is there is recorded. The same happens when the lock is lost.
pub async fn apply<S: Server, T: Store, L: Lock>(
    request: &Request<'_>,
    cluster: Cluster<'_, S, T, L>,
    judge: &dyn Judge,
    examine: &dyn Examine,
    stop: impl Future<Output = String>,
    mut tell: impl FnMut(Event),
) -> Result<Outcome, Refused> {
    let mut stop = pin!(stop);
    let acquired = cluster.lock.acquire(request.options.patience);
    tokio::select! {
        reason = &mut stop => return Err(Refused::Stopped(reason)),
        acquired = acquired => acquired.map_err(Refused::Lock)?,
    }
    let context = Context::new(request, cluster.server, judge, examine, &mut tell);
    let outcome = guarded(&context, cluster.store, cluster.lock, stop.as_mut()).await;
    cluster.lock.release().await;
    outcome
}

/// Works while the lock is held and nobody says stop.
async fn guarded<S: Server, T: Store, L: Lock>(
    context: &Context<'_, S>,
    store: &T,
    lock: &L,
    mut stop: impl Future<Output = String> + Unpin,
) -> Result<Outcome, Refused> {
    let mut work = pin!(recorded(context, store));
    let mut hold = pin!(lock.hold());
    loop {
        // Once stopped, only the work is waited for: it ends by itself.
        let (free, held) = (!context.stopped_by_hand(), !context.lost_lock());
        tokio::select! {
            biased;
            reason = &mut stop, if free => context.halt(Halt::Stopped(reason)),
            lost = &mut hold, if held => context.halt(Halt::LostLock(lost.to_string())),
            outcome = &mut work => return outcome,
        }
    }
}

/// Reads the inventory, writes the pending record, walks, and writes what is there then.
async fn recorded<S: Server, T: Store>(
    context: &Context<'_, S>,
    store: &T,
) -> Result<Outcome, Refused> {
    let unreadable = |error| Refused::Inventory {
        doing: "read",
        error,
    };
    let before = context.insist(|| store.read()).await.map_err(unreadable)?;
    let decision = context.request.decision;
    let now = before.as_ref().map_or(0, |inventory| inventory.serial);
    let planned = decision.plan.live.as_ref().map_or(0, |live| live.serial);
    if now != planned {
        return Err(Refused::Moved { planned, now });
    }
    *context.ledger.borrow_mut() = Ledger::new(before.as_ref(), decision);
    let mut serial = now;
    if decision.works.iter().any(Work::writes) {
        let pending = context.ledger.borrow().pending(decision);
        serial = write(context, store, &pending).await?;
    }
    context.tell(Happening::Began {
        steps: decision.works.len(),
        serial,
    });
    let mut outcome = walk::walk(context).await;
    outcome.serial = serial;
    record(context, store, before.as_ref(), &mut outcome).await;
    outcome.took = context.elapsed();
    Ok(outcome)
}

async fn write<S: Server, T: Store>(
    context: &Context<'_, S>,
    store: &T,
    inventory: &Inventory,
) -> Result<u64, Refused> {
    let written = context.insist(|| store.write(inventory)).await;
    written.map_err(|error| Refused::Inventory {
        doing: "written",
        error,
    })
}

/// Says in the inventory what is there; an apply that did nothing leaves it alone when it says so
/// already.
async fn record<S: Server, T: Store>(
    context: &Context<'_, S>,
    store: &T,
    before: Option<&Inventory>,
    outcome: &mut Outcome,
) {
    let after = context.ledger.borrow().committed(context, outcome);
    if before == Some(&after) || (before.is_none() && context.request.decision.works.is_empty()) {
        return;
    }
    match write(context, store, &after).await {
        Ok(serial) => {
            outcome.serial = serial;
            context.tell(Happening::Recorded { serial });
        }
        Err(refused) => outcome.unrecorded = Some(refused.to_string()),
    }
}
