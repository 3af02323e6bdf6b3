//! What all steps of an apply share.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::Instant;

use super::ledger::Ledger;
use super::retry::{Again, Expected, Tries};
use super::seen::Watches;
use super::{Examine, Request};
use crate::model::api::{ApiError, Kind, Target};
use crate::model::event::{Event, Happening};
use crate::model::server::Server;
use crate::model::work::{Judge, Work};

/// Why no write begins any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Halt {
    Stopped(String),
    LostLock(String),
    FailedFast,
}

pub struct Context<'a, S> {
    pub request: &'a Request<'a>,
    pub server: &'a S,
    pub judge: &'a dyn Judge,
    pub examine: &'a dyn Examine,
    pub ledger: RefCell<Ledger>,
    pub watches: Watches,
    /// Kinds that somebody wants to be watched.
    pub kinds: Cell<Option<mpsc::UnboundedReceiver<Kind>>>,
    places: Semaphore,
    halt: RefCell<Option<Halt>>,
    by_hand: Cell<bool>,
    lost: Cell<bool>,
    halted: Notify,
    began: Instant,
    tell: RefCell<&'a mut dyn FnMut(Event)>,
    made_kinds: BTreeSet<(String, String)>,
    made_namespaces: BTreeSet<String>,
}

impl<S> fmt::Debug for Context<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("halt", &self.halt)
            .finish_non_exhaustive()
    }
}

impl<'a, S: Server> Context<'a, S> {
    pub fn new(
        request: &'a Request<'a>,
        server: &'a S,
        judge: &'a dyn Judge,
        examine: &'a dyn Examine,
        tell: &'a mut dyn FnMut(Event),
    ) -> Self {
        let (watches, kinds) = Watches::new();
        let works = &request.decision.works;
        Self {
            request,
            server,
            judge,
            examine,
            ledger: RefCell::default(),
            watches,
            kinds: Cell::new(Some(kinds)),
            places: Semaphore::new(request.options.parallel.max(1)),
            halt: RefCell::default(),
            by_hand: Cell::default(),
            lost: Cell::default(),
            halted: Notify::new(),
            began: Instant::now(),
            tell: RefCell::new(tell),
            made_kinds: works.iter().filter_map(made_kind).collect(),
            made_namespaces: works.iter().filter_map(made_namespace).collect(),
        }
    }

    pub fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    pub fn work(&self, step: usize) -> &'a Work {
        &self.request.decision.works[step]
    }

    pub fn tell(&self, what: Happening) {
        let after = self.elapsed();
        (self.tell.borrow_mut())(Event { after, what });
    }

    /// From now on no write begins.
    pub fn halt(&self, halt: Halt) {
        match &halt {
            Halt::Stopped(_) => self.by_hand.set(true),
            Halt::LostLock(_) => self.lost.set(true),
            Halt::FailedFast => {}
        }
        if self.halt.borrow().is_some() {
            return;
        }
        let reason = match &halt {
            Halt::Stopped(reason) | Halt::LostLock(reason) => reason.clone(),
            Halt::FailedFast => "a step failed".to_owned(),
        };
        *self.halt.borrow_mut() = Some(halt);
        self.tell(Happening::Stopping { reason });
        self.halted.notify_waiters();
    }

    pub fn halted_by(&self) -> Option<Halt> {
        self.halt.borrow().clone()
    }

    pub fn is_halted(&self) -> bool {
        self.halt.borrow().is_some()
    }

    pub fn stopped_by_hand(&self) -> bool {
        self.by_hand.get()
    }

    pub fn lost_lock(&self) -> bool {
        self.lost.get()
    }

    /// Resolves when no write begins any more.
    pub async fn until_halted(&self) {
        let halted = self.halted.notified();
        if !self.is_halted() {
            halted.await;
        }
    }

    /// One request, of which so many are in flight at a time.
    pub async fn send<T>(&self, request: impl Future<Output = T>) -> T {
        let _place = self.places.acquire().await;
        request.await
    }

    /// The same for one that must not begin once no write begins; `None` then.
    pub async fn begin<T>(&self, request: impl Future<Output = T>) -> Option<T> {
        let _place = self.places.acquire().await;
        match self.is_halted() {
            true => None,
            false => Some(request.await),
        }
    }

    /// Repeats a request that belongs to no step as long as its refusals may pass.
    pub async fn insist<T, F: Future<Output = Result<T, ApiError>>>(
        &self,
        request: impl Fn() -> F,
    ) -> Result<T, ApiError> {
        let mut tries = Tries::default();
        loop {
            let error = match request().await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            match tries.again(&error, Expected::default()) {
                Again::After { pause, .. } => tokio::time::sleep(pause).await,
                Again::Over(_) | Again::Final => return Err(error),
            }
        }
    }

    /// What may be missing for a moment only, since this apply makes it.
    pub fn expected(&self, target: &Target) -> Expected {
        let identity = &target.identity;
        let kind = (identity.group.clone(), identity.kind.clone());
        let namespace = identity.namespace.as_ref();
        Expected {
            kind: self.made_kinds.contains(&kind),
            namespace: namespace.is_some_and(|name| self.made_namespaces.contains(name)),
        }
    }
}

/// Group and kind that a CRD defines.
fn made_kind(work: &Work) -> Option<(String, String)> {
    if work.target.identity.kind != "CustomResourceDefinition" {
        return None;
    }
    let spec = work.payload.as_ref()?.get("spec")?;
    let group = spec.get("group")?.as_str()?;
    let kind = spec.get("names")?.get("kind")?.as_str()?;
    Some((group.to_owned(), kind.to_owned()))
}

fn made_namespace(work: &Work) -> Option<String> {
    let identity = &work.target.identity;
    let made = identity.kind == "Namespace" && work.payload.is_some();
    made.then(|| identity.name.clone())
}
