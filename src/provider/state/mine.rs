//! The holder's end of the log: appending to it, and renewing the lock, until it is lost.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, watch};
use tokio::time::{Instant, sleep, timeout};

use super::StateFolder;
use super::entry::{Entry, Event};
use super::error::StateError;
use super::log::{Created, Log};
use super::run::Run;

/// What the holder knows of its own run.
#[derive(Debug)]
pub(super) struct Mine {
    log: Log,
    cluster: String,
    id: String,
    began: u64,
    holds: Duration,
    /// Who appends has it: entries come one after the other.
    at: Mutex<At>,
    lost: watch::Sender<Option<StateError>>,
}

/// Where our run stands in the log.
#[derive(Debug)]
struct At {
    last: u64,
    /// By our clock, before the request that renewed the lock was sent.
    renewed: Instant,
    /// The same by a clock that goes on while the machine sleeps.
    until: Timestamp,
    ended: bool,
}

impl Mine {
    pub fn new(
        folder: &StateFolder,
        run: &Run,
        renewed: Instant,
        holds: Duration,
    ) -> (Self, watch::Receiver<Option<StateError>>) {
        let (lost, receiver) = watch::channel(None);
        let mine = Self {
            log: folder.log.clone(),
            cluster: folder.cluster.clone(),
            id: run.id.clone(),
            began: run.began,
            holds,
            at: Mutex::new(At {
                last: run.last,
                renewed,
                until: run.until,
                ended: false,
            }),
            lost,
        };
        (mine, receiver)
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    /// Appends an entry, which renews the lock too. A store that fails is asked again as long as the
    /// lock holds; one that refuses is not.
    pub async fn append(&self, event: Event) -> Result<(), StateError> {
        let mut at = self.at.lock().await;
        let mut trouble = None;
        loop {
            let limit = self.left(&at);
            match self.once(&mut at, &event, limit, trouble.as_ref()).await {
                Err(error) if error.may_pass() => trouble = Some(error),
                result => return result,
            }
            sleep(self.holds / 30).await;
        }
    }

    /// The last entry of our run; nothing follows it.
    pub async fn end(&self, event: Event) -> Result<(), StateError> {
        self.append(event).await?;
        self.at.lock().await.ended = true;
        Ok(())
    }

    /// Renews the lock whenever a third of its time has passed without an entry, until it is lost.
    pub async fn renew(self: Arc<Self>) {
        let mut pause = self.holds / 3;
        let mut trouble = None;
        loop {
            sleep(pause).await;
            let mut at = self.at.lock().await;
            if at.ended {
                return;
            }
            let idle = at.renewed.elapsed();
            if idle < self.holds / 3 {
                pause = self.holds / 3 - idle;
                continue;
            }
            // A try that hangs leaves time for another.
            let limit = self.left(&at).min(self.holds / 4);
            let tried = self.once(&mut at, &Event::Renewed, limit, trouble.as_ref());
            match tried.await {
                Ok(()) => (trouble, pause) = (None, self.holds / 3),
                Err(StateError::Lost { .. }) => return,
                // Even a refusal may pass, as when somebody logs in again elsewhere.
                Err(error) => (trouble, pause) = (Some(error), self.holds / 30),
            }
        }
    }

    /// One try within this time. `trouble` is what the tries before it met, for when it is too late.
    async fn once(
        &self,
        at: &mut At,
        event: &Event,
        limit: Duration,
        trouble: Option<&StateError>,
    ) -> Result<(), StateError> {
        if let Some(lost) = self.lost.borrow().clone() {
            return Err(lost);
        }
        if limit.is_zero() {
            return Err(self.too_late(trouble));
        }
        let tried = timeout(limit, self.write(at, event)).await;
        tried.unwrap_or_else(|_| {
            Err(StateError::Unreachable {
                what: "write the log of",
                place: self.cluster.clone(),
                reason: format!("no answer in {:.0} s", limit.as_secs_f32()),
            })
        })
    }

    async fn write(&self, at: &mut At, event: &Event) -> Result<(), StateError> {
        let renewed = Instant::now();
        let now = Timestamp::now();
        if at.until < now {
            self.still_mine(at).await?;
        }
        let until = after(now, self.holds);
        let entry = Entry::new(&self.id, self.began, now, until, event.clone());
        loop {
            let number = at.last + 1;
            let there = match self.log.create(number, &entry).await? {
                Created::Yes => break,
                Created::Taken => self.log.get(number).await?,
            };
            match there {
                // The answer to an earlier try was lost.
                Some(there) if there == entry => break,
                // An earlier try has had its effect after all.
                Some(there) if there.is_of(&self.id) => at.last = number,
                Some(there) => return Err(self.lose(&there)),
                // Another one was being made, and was not.
                None => sleep(Duration::from_millis(100)).await,
            }
        }
        at.last += 1;
        at.renewed = renewed;
        at.until = until;
        Ok(())
    }

    /// How long we may still act: another may take the lock when it has lapsed, and nothing of ours
    /// may be under way by then.
    fn left(&self, at: &At) -> Duration {
        let safe = self.holds - self.holds / 6;
        safe.saturating_sub(at.renewed.elapsed())
    }

    /// The machine slept for longer than the lock holds: nobody may have taken it meanwhile. Numbers
    /// alone do not say so, since what others wrote may be tidied away already.
    async fn still_mine(&self, at: &At) -> Result<(), StateError> {
        let head = self.log.head().await?;
        if head <= at.last {
            return Ok(());
        }
        match self.log.get(head).await? {
            Some(there) if there.is_of(&self.id) => Ok(()),
            Some(there) => Err(self.lose(&there)),
            None => Ok(()),
        }
    }

    /// Another entry stands where ours should.
    fn lose(&self, there: &Entry) -> StateError {
        let (reason, holder) = match &there.event {
            Event::Broken { by, reason } if reason.is_empty() => (format!("{by} broke it"), None),
            Event::Broken { by, reason } => (format!("{by} broke it: {reason}"), None),
            Event::Acquired(acquired) => {
                let holder = acquired.holder.to_string();
                let reason = format!("{holder} took it ({})", acquired.operation);
                (reason, Some(holder))
            }
            _ => ("somebody else took it".to_owned(), None),
        };
        self.lost_for(reason, holder)
    }

    fn too_late(&self, trouble: Option<&StateError>) -> StateError {
        let seconds = (self.holds - self.holds / 6).as_secs_f32();
        let why = trouble.map_or_else(String::new, |error| format!(": {error}"));
        self.lost_for(
            format!("it could not be renewed for {seconds:.0} s{why}"),
            None,
        )
    }

    fn lost_for(&self, reason: String, holder: Option<String>) -> StateError {
        let lost = StateError::Lost {
            cluster: self.cluster.clone(),
            reason,
            holder,
        };
        self.lost.send_replace(Some(lost.clone()));
        lost
    }
}

/// A time that much later; the same where there is none.
pub(super) fn after(at: Timestamp, by: Duration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}
