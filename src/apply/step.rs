//! One step from its beginning to its end.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::Instant;

use super::context::Context;
use super::health::{Waited, healthy};
use super::walk::not_tried;
use super::{removal, write};
use crate::model::event::{Failure, Happening, Skip};
use crate::model::plan::Action;
use crate::model::server::Server;
use crate::model::work::Work;

/// How a step ended.
#[derive(Debug)]
pub enum End {
    /// It is healthy, or gone, after this time; with what its health says.
    Done(Duration, String),
    /// It was written, and a halt ended the waiting.
    Waiting,
    Failed(Failure),
    NotTried(Skip),
}

/// Why an attempt did not end well.
#[derive(Debug)]
pub enum Trouble {
    /// A halt came before the first request.
    Halted,
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// Carries a step out. `applied` is called when those may begin that wait for no more than this.
pub async fn step<S: Server>(context: &Context<'_, S>, index: usize, applied: impl Fn()) -> End {
    let work = context.work(index);
    if work.action == Action::Blocked {
        return End::NotTried(Skip::Blocked);
    }
    let attempt = Attempt {
        context,
        index,
        work,
        began: Instant::now(),
        under_way: Cell::new(false),
    };
    match attempt.run(applied).await {
        Ok(Waited::Healthy(message)) => End::Done(attempt.began.elapsed(), message),
        Ok(Waited::Halted) => End::Waiting,
        Err(Trouble::Halted) => End::NotTried(not_tried(context.halted_by().as_ref())),
        Err(Trouble::Failed(failure)) => End::Failed(attempt.with_runbook(failure)),
    }
}

/// A step under way.
#[derive(Debug)]
pub struct Attempt<'c, 'a, S> {
    pub context: &'c Context<'a, S>,
    pub index: usize,
    pub work: &'a Work,
    pub began: Instant,
    /// Its first request is sent.
    pub under_way: Cell<bool>,
}

impl<S: Server> Attempt<'_, '_, S> {
    async fn run(&self, applied: impl Fn()) -> Result<Waited, Trouble> {
        let identity = &self.work.target.identity;
        match self.work.action {
            Action::Orphan => {
                self.context.ledger.borrow_mut().forget(identity);
                applied();
                Ok(Waited::Healthy(String::new()))
            }
            Action::Noop | Action::Blocked => {
                self.context.ledger.borrow_mut().moved(self.work);
                applied();
                Ok(Waited::Healthy(String::new()))
            }
            Action::Delete => {
                let waited = removal::delete(self).await?;
                if waited != Waited::Halted {
                    applied();
                }
                Ok(waited)
            }
            Action::Create
            | Action::Update
            | Action::Replace
            | Action::Adopt
            | Action::Unverified => {
                // Before the write, so that nothing told after it is missed.
                let waiter = self.context.watches.waiter(identity);
                let stored = match self.work.action {
                    Action::Replace => removal::replace(self, &waiter).await?,
                    _ => write::write(self, &waiter).await?,
                };
                self.tell(Happening::Written {
                    step: self.index,
                    action: self.work.action,
                });
                applied();
                Ok(healthy(self, stored, &waiter).await?)
            }
        }
    }

    pub fn tell(&self, what: Happening) {
        self.context.tell(what);
    }

    fn with_runbook(&self, failure: Failure) -> Failure {
        let runbooks = &self.context.request.runbooks;
        Failure {
            runbook: runbooks.get(&self.work.component).cloned(),
            ..failure
        }
    }
}

/// A failure of which one sentence is known.
pub fn failure(message: impl Into<String>) -> Failure {
    Failure {
        message: message.into(),
        details: Vec::new(),
        runbook: None,
        moved: false,
    }
}

/// A failure since the object is no longer what the plan saw.
pub fn moved(message: impl Into<String>) -> Failure {
    Failure {
        moved: true,
        ..failure(message)
    }
}
