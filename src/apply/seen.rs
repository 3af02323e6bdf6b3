//! What the watches tell, handed to those who wait: one watch per kind.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tokio::sync::Notify;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use crate::model::api::Kind;
use crate::model::server::{Seen, Server};
use crate::object::{Identity, Object};

/// Who waits for which object.
#[derive(Debug)]
pub struct Watches {
    waiters: RefCell<BTreeMap<Identity, Rc<Place>>>,
    begun: RefCell<BTreeSet<Kind>>,
    /// Kinds that cannot be watched: who waits for one asks from time to time.
    failed: RefCell<BTreeSet<Kind>>,
    wanted: UnboundedSender<Kind>,
}

#[derive(Debug, Default)]
struct Place {
    latest: RefCell<Option<Latest>>,
    told: Notify,
    waiting: Cell<usize>,
}

/// The last that a watch told of an object.
#[derive(Debug)]
pub enum Latest {
    Object(Box<Object>),
    Gone,
}

/// One who waits for an object. What is told between its making and its asking is not lost.
#[derive(Debug)]
pub struct Waiter<'a> {
    watches: &'a Watches,
    identity: Identity,
    place: Rc<Place>,
}

impl Watches {
    /// The receiver hands over kinds to be watched, each once.
    pub fn new() -> (Self, UnboundedReceiver<Kind>) {
        let (wanted, kinds) = unbounded_channel();
        let watches = Self {
            waiters: RefCell::default(),
            begun: RefCell::default(),
            failed: RefCell::default(),
            wanted,
        };
        (watches, kinds)
    }

    pub fn waiter(&self, identity: &Identity) -> Waiter<'_> {
        let mut waiters = self.waiters.borrow_mut();
        let place = waiters.entry(identity.clone()).or_default().clone();
        place.waiting.set(place.waiting.get() + 1);
        Waiter {
            watches: self,
            identity: identity.clone(),
            place,
        }
    }

    /// Somebody needs to know more of a kind than the answers to writes tell.
    pub fn want(&self, kind: &Kind) {
        if self.begun.borrow_mut().insert(kind.clone()) {
            // The receiver lives as long as the walk that asks.
            let _ = self.wanted.send(kind.clone());
        }
    }

    pub fn is_watched(&self, kind: &Kind) -> bool {
        !self.failed.borrow().contains(kind)
    }

    /// Hands over what the watch of a kind tells, until it ends.
    pub async fn follow(&self, server: &impl Server, kind: Kind) {
        let (sender, mut told) = unbounded_channel();
        let hand_over = async {
            while let Some(seen) = told.recv().await {
                match seen {
                    Seen::Object(object) => {
                        let identity = object.identity();
                        self.hand(&identity, Latest::Object(object));
                    }
                    Seen::Gone(identity) => self.hand(&identity, Latest::Gone),
                    Seen::Failed(_) => break,
                }
            }
        };
        // Either ends the other: a receiver that is dropped ends the watch.
        tokio::select! {
            () = server.watch(&kind, sender) => {}
            () = hand_over => {}
        }
        self.failed.borrow_mut().insert(kind);
        for place in self.waiters.borrow().values() {
            place.told.notify_one();
        }
    }

    fn hand(&self, identity: &Identity, latest: Latest) {
        if let Some(place) = self.waiters.borrow().get(identity) {
            *place.latest.borrow_mut() = Some(latest);
            place.told.notify_one();
        }
    }
}

impl Waiter<'_> {
    /// The next that a watch tells, or has told and nobody took.
    pub async fn next(&self) -> Option<Latest> {
        if self.place.latest.borrow().is_none() {
            self.place.told.notified().await;
        }
        self.place.latest.borrow_mut().take()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let left = self.place.waiting.get() - 1;
        self.place.waiting.set(left);
        if left == 0 {
            self.watches.waiters.borrow_mut().remove(&self.identity);
        }
    }
}
