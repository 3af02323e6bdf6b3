//! Holding the lock: taking it, keeping it, and writing the journal as long as it is held.
//!
//! No clock of another machine is believed. A lock has lapsed when its log was seen here, unchanged,
//! for as long as its last entry holds; only one that lapsed longer ago than clocks can differ is
//! taken at once.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use super::StateFolder;
use super::entry::{Acquired, Claim, Entry, Event, Holder, Outcome, Step, StepState, Unfinished};
use super::error::StateError;
use super::folder::Held;
use super::keep::Keep;
use super::log::Created;
use super::mine::{Mine, after};
use super::run::Run;

/// S3 and GCS refuse who is a quarter of an hour off: two clocks that they accept differ by less.
const SKEW: SignedDuration = SignedDuration::from_mins(30);

/// Before one looks again at what somebody else has just written.
const PAUSE: Duration = Duration::from_millis(100);

/// How the lock is held; [`Default`] other than in tests.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How long the lock holds without being renewed.
    pub holds: Duration,
    /// How often somebody who waits looks again.
    pub look: Duration,
    /// What is kept of the log.
    pub keep: Keep,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            holds: Duration::from_secs(120),
            look: Duration::from_secs(3),
            keep: Keep::default(),
        }
    }
}

/// The lock of one cluster while it is ours. Dropping it without [`Turn::release`] lets it lapse.
///
/// A task of tokio renews it: a step that blocks its thread belongs into `spawn_blocking`.
#[derive(Debug)]
pub struct Turn {
    mine: Arc<Mine>,
    lost: watch::Receiver<Option<StateError>>,
    renewal: tokio::task::JoinHandle<()>,
    took_over: Option<Holder>,
    before: Option<Unfinished>,
}

impl Turn {
    /// Takes the lock, waiting for another holder up to `patience`. One that has lapsed by this
    /// machine's clock is watched for as long as it would hold, whatever the patience.
    pub async fn acquire(
        folder: &StateFolder,
        claim: &Claim,
        patience: Duration,
        terms: Terms,
    ) -> Result<Self, StateError> {
        let begin = Instant::now();
        let id = uuid::Uuid::new_v4().to_string();
        let mut watched: Option<Watched> = None;
        let mut first_try = None;
        let mut written = false;
        loop {
            let asked = Instant::now();
            let last = folder.log.last_run().await?;
            let held = last.as_ref().filter(|run| run.end.is_none());
            if let (Some(run), Some(renewed)) = (held.filter(|run| run.id == id), first_try) {
                return Ok(Self::begin(folder, run, renewed, terms).await);
            }
            if written {
                return Err(folder.log.vanished());
            }
            let seen = watched.as_ref().zip(held);
            let lapsed = held.is_some_and(|run| run.until + SKEW < Timestamp::now())
                || seen.is_some_and(|(watched, run)| watched.has_lapsed(run, asked));
            if held.is_none() || lapsed {
                let took_over = held.map(|run| run.holder.clone());
                let again = first_try.is_some();
                first_try.get_or_insert_with(Instant::now);
                // Whether it was us, or somebody was faster, is seen by looking again.
                match take(folder, claim, &id, last.as_ref(), took_over, terms.holds).await {
                    Ok(Created::Yes) => written = true,
                    Ok(Created::Taken) => sleep(PAUSE).await,
                    Err(error) if error.may_pass() && !again => sleep(terms.look).await,
                    Err(error) => return Err(error),
                }
                continue;
            }
            if let Some(run) = held {
                let waited = begin.elapsed();
                // A holder whose clock is behind ours renews in time and is seen to.
                let silent = run.until < Timestamp::now() && waited <= run.holds * 2;
                if waited >= patience && !silent {
                    return Err(held_by(folder, run));
                }
                if watched.as_ref().is_none_or(|of| of.last != run.last) {
                    let since = Instant::now();
                    watched = Some(Watched {
                        last: run.last,
                        since,
                    });
                }
            }
            sleep(terms.look).await;
        }
    }

    /// Our run is the last one: keeps its lock from here on.
    async fn begin(folder: &StateFolder, run: &Run, renewed: Instant, terms: Terms) -> Self {
        let (mine, lost) = Mine::new(folder, run, renewed, terms.holds);
        let mine = Arc::new(mine);
        let renewal = tokio::spawn(Arc::clone(&mine).renew());
        terms.keep.tidy(&folder.log).await;
        Self {
            mine,
            lost,
            renewal,
            took_over: run.took_over.clone(),
            before: run.before.clone(),
        }
    }

    /// What `lock break` takes.
    pub fn id(&self) -> &str {
        self.mine.id()
    }

    /// Whose lock had lapsed: nobody knows whether that process still works on the cluster.
    pub fn took_over(&self) -> Option<&Holder> {
        self.took_over.as_ref()
    }

    /// What earlier runs left unfinished. Its finished steps may be skipped where
    /// [`Unfinished::is_of`] says that the plan is the same.
    pub fn before(&self) -> Option<&Unfinished> {
        self.before.as_ref()
    }

    /// Writes into the journal how far a step has come. `Started` comes before its first call: an
    /// error means that the call must not be made.
    pub async fn step(
        &self,
        number: u32,
        words: &str,
        state: StepState,
        detail: Value,
    ) -> Result<(), StateError> {
        let words = words.to_owned();
        self.mine
            .append(Event::Step(Step {
                number,
                words,
                state,
                detail,
            }))
            .await
    }

    /// Writes a fact into the journal that whoever goes on must know, as the id of a new cluster.
    pub async fn note(&self, kind: &str, value: Value) -> Result<(), StateError> {
        let kind = kind.to_owned();
        self.mine.append(Event::Note { kind, value }).await
    }

    /// Ends when the lock is lost, and says why: what is under way must be stopped at once.
    pub async fn lost(&self) -> StateError {
        let mut lost = self.lost.clone();
        match lost.wait_for(Option::is_some).await.as_deref() {
            Ok(Some(error)) => error.clone(),
            // The sender lives as long as this does.
            _ => std::future::pending().await,
        }
    }

    /// Gives the lock back and says how the run ended. Where that fails the lock lapses by itself.
    pub async fn release(self, outcome: Outcome, text: &str) -> Result<(), StateError> {
        let text = text.to_owned();
        self.mine.end(Event::Released { outcome, text }).await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.renewal.abort();
    }
}

/// Takes the lock away from the run with this id, and tells who that was; none where it no longer
/// holds it. What that run does to the cluster ends only when it notices: within a third of the
/// time for which the lock holds, or at its next step.
pub async fn break_lock(
    folder: &StateFolder,
    id: &str,
    by: &Holder,
    reason: &str,
) -> Result<Option<Holder>, StateError> {
    loop {
        let last = folder.log.last_run().await?;
        let Some(run) = last.filter(|run| run.end.is_none() && run.id == id) else {
            return Ok(None);
        };
        let event = Event::Broken {
            by: by.clone(),
            reason: reason.to_owned(),
        };
        let now = Timestamp::now();
        let entry = Entry::new(id, run.began, now, now, event);
        match folder.log.create(run.last + 1, &entry).await? {
            Created::Yes => return Ok(Some(run.holder)),
            Created::Taken if folder.log.get(run.last + 1).await? == Some(entry) => {
                return Ok(Some(run.holder));
            }
            // Its holder has just written: look again.
            Created::Taken => sleep(PAUSE).await,
        }
    }
}

/// A log that is seen not to change.
struct Watched {
    last: u64,
    since: Instant,
}

impl Watched {
    /// Whether a look that began at `asked` shows that the holder may no longer act.
    fn has_lapsed(&self, run: &Run, asked: Instant) -> bool {
        self.last == run.last && asked.duration_since(self.since) >= run.holds
    }
}

/// One try at the first entry of our run.
async fn take(
    folder: &StateFolder,
    claim: &Claim,
    id: &str,
    last: Option<&Run>,
    took_over: Option<Holder>,
    holds: Duration,
) -> Result<Created, StateError> {
    let number = last.map_or(0, |run| run.last) + 1;
    let event = Event::Acquired(Box::new(Acquired {
        holder: claim.holder.clone(),
        operation: claim.operation.clone(),
        commit: claim.commit.clone(),
        plan: claim.plan.clone(),
        took_over,
        before: last.and_then(Run::unfinished),
    }));
    let now = Timestamp::now();
    let entry = Entry::new(id, number, now, after(now, holds), event);
    folder.log.create(number, &entry).await
}

fn held_by(folder: &StateFolder, run: &Run) -> StateError {
    StateError::Held {
        cluster: folder.cluster.clone(),
        held: Box::new(Held::of(run)),
    }
}
