//! A cluster that goes: what runs on it, what it holds in the cloud, and then itself, under the lock beside
//! the provider's store.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::apply::{self, Work};
use super::arguments::Pace;
use super::cluster::{Desired, Itself, Leaving, Place, Planned, Session, outside, turn};
use super::commands::pin;
use super::exit::{Exit, Failure};
use super::steps::{Audience, Tools};
use super::terminal::Terminal;
use super::workspace::Workspace;
use crate::apply::cluster::{Empty, Request};
use crate::diagnostic::codes;
use crate::model::api::Target;
use crate::model::cluster::journal::Journal;
use crate::model::server::{Propagation, Server};
use crate::model::work::Revision;
use crate::object::Object;
use crate::provider::state::{Outcome, Turn};
use crate::tree;

/// Between two looks at what lingers.
const LOOK: Duration = Duration::from_secs(1);

/// What is to go, and for whom.
pub struct Removal<'a> {
    pub workspace: &'a Workspace,
    pub desired: &'a Desired,
    pub place: &'a Place,
    pub leaving: &'a Leaving,
    pub itself: &'a Itself,
    /// What runs on the cluster; nothing where it is not asked.
    pub inside: Option<&'a Inside<'a>>,
    /// Of the whole plan.
    pub digest: &'a str,
    pub pace: &'a Pace,
    pub terminal: &'a Terminal,
}

/// What runs on a cluster that goes, and the way to it.
pub struct Inside<'a> {
    pub session: &'a Session,
    pub planned: &'a Planned<'a>,
    /// Services and claims that are in no manifest, and go as the plan says.
    pub held: &'a [Object],
}

impl Removal<'_> {
    /// Does all of it; what it left undone is done by running it again.
    pub async fn run(&self) -> Result<Exit, Failure> {
        let commit = tree::git::head(&self.workspace.root).unwrap_or_default();
        let patience = Duration::from_secs(self.pace.lock_timeout);
        let taken = turn::take(self.place, turn::DESTROY, &commit, self.digest, patience);
        let taken = taken.await;
        let turn = taken.map_err(|error| turn::refused(&self.desired.environment, &error))?;
        let end = self.with(&turn).await;
        let (outcome, text) = match &end {
            Ok(Exit::Done) => (Outcome::Done, String::new()),
            Ok(Exit::Interrupted) => (Outcome::Interrupted, String::new()),
            Ok(_) => (Outcome::Failed, String::new()),
            Err(failure) => (Outcome::Failed, failure.text()),
        };
        let released = turn.release(outcome, &text).await;
        let exit = end?;
        released.map_err(|error| turn::failure(&error))?;
        Ok(exit)
    }

    async fn with(&self, turn: &Turn) -> Result<Exit, Failure> {
        let noted = turn::note_again(turn, &self.leaving.looked).await;
        noted.map_err(|error| turn::failure(&error))?;
        if let Some(inside) = self.inside {
            let noted = turn.met(&inside.session.id.id).await;
            noted.map_err(|error| Failure::plain(codes::KOPS, error.0, ""))?;
            let exit = tokio::select! {
                exit = self.components(inside) => exit?,
                lost = turn.lost() => return Err(turn::failure(&lost)),
            };
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
        if self.leaving.stored.is_some() {
            let exit = self.cluster(turn).await?;
            if exit != Exit::Done {
                return Ok(exit);
            }
        }
        self.forget(turn).await
    }

    /// What was applied, backwards.
    async fn components(&self, inside: &Inside<'_>) -> Result<Exit, Failure> {
        if inside.planned.decision.works.is_empty() {
            return Ok(Exit::Done);
        }
        let work = Work {
            environment: &self.desired.environment,
            command: self.command(),
            operation: turn::DESTROY,
            root: &self.workspace.root,
            desired: &self.desired.rendering,
            // They tell how something gets ready.
            runbooks: BTreeMap::new(),
            pace: self.pace,
        };
        apply::run(&work, inside.session, inside.planned, self.terminal).await
    }

    /// The steps of the cluster itself.
    async fn cluster(&self, turn: &Turn) -> Result<Exit, Failure> {
        let plan = &self.itself.plan;
        let rolls = &self.desired.rolls;
        let mut tools = Tools::of(self.itself, &self.place.name, rolls).await?;
        let holds = Holds {
            inside: self.inside,
            turn,
            limit: Duration::from_secs(self.pace.timeout),
            says: tools.says.clone(),
            told: RefCell::default(),
        };
        let request = Request {
            plan,
            documents: &[],
            ssh_key: None,
        };
        let audience = Audience {
            terminal: self.terminal,
            format: self.pace.format,
            command: &self.command(),
        };
        tools.carry_out(&request, turn, &holds, audience).await
    }

    /// The cluster is gone: whoever makes it anew begins with nothing.
    async fn forget(&self, turn: &Turn) -> Result<Exit, Failure> {
        let name = &self.desired.environment;
        if let Some(id) = pin::take_out(self.workspace, name)? {
            self.terminal.talk(&format!(
                "took `cluster: {id}` out of environments/{name}/environment.yaml: commit it"
            ));
        }
        let noted = turn::note_gone(turn).await;
        noted.map_err(|error| turn::failure(&error))?;
        Ok(Exit::Done)
    }

    fn command(&self) -> String {
        let name = &self.desired.environment;
        let skip = match self.inside {
            None if self.leaving.needs_word(self.desired) => " --skip-components",
            _ => "",
        };
        format!("kops-stack destroy {name} --cluster{skip}")
    }
}

/// What the cluster holds in the cloud, and the way to let go of it.
struct Holds<'a> {
    inside: Option<&'a Inside<'a>>,
    turn: &'a Turn,
    limit: Duration,
    says: UnboundedSender<String>,
    told: RefCell<String>,
}

impl Holds<'_> {
    /// Deletes what the plan named and is still the same object.
    async fn let_go(&self, inside: &Inside<'_>) -> Result<(), String> {
        for object in inside.held {
            let this = Revision {
                uid: Revision::of(object).uid,
                resource_version: String::new(),
            };
            let (server, target) = (&inside.session.cluster, Target::of(object));
            let sent = server.delete(&target, &this, Propagation::Background);
            match sent.await {
                Err(error) if !error.is_not_found() && !error.is_stale() => {
                    return Err(format!("{}: {error}", object.identity()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits until the cloud holds nothing any more; a look that fails is taken again.
    async fn until_gone(&self, inside: &Inside<'_>) -> Result<(), String> {
        let deadline = Instant::now() + self.limit;
        loop {
            let outside = outside(&inside.session.cluster).await;
            let left = outside.map(|outside| outside.held);
            let words = match &left {
                Ok(left) if left.is_empty() => return Ok(()),
                Ok(left) => {
                    let names: Vec<String> = left.iter().map(still).collect();
                    names.join(", ")
                }
                Err(error) => error.to_string(),
            };
            if Instant::now() >= deadline {
                let seconds = self.limit.as_secs();
                return Err(format!(
                    "not gone after {seconds} s: {words}; the cluster's network does not go before them"
                ));
            }
            if *self.told.borrow() != words {
                // Nobody has to listen.
                let _ = self.says.send(format!("waiting for {words}"));
                *self.told.borrow_mut() = words;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

/// `Service shop/web, kept by service.kubernetes.io/load-balancer-cleanup`
fn still(object: &Object) -> String {
    let finalizers = object.get(&["metadata", "finalizers"]);
    let finalizers = finalizers.and_then(|list| list.as_array()).into_iter();
    let names: Vec<&str> = finalizers
        .flatten()
        .filter_map(|name| name.as_str())
        .collect();
    let goes = object.get(&["metadata", "deletionTimestamp"]).is_some();
    match goes && !names.is_empty() {
        true => format!("{} (kept by {})", object.identity(), names.join(", ")),
        false => object.identity().to_string(),
    }
}

impl Empty for Holds<'_> {
    /// The whole cluster goes: no group is emptied for itself.
    async fn empty(&self, _: &str) -> Result<(), String> {
        Ok(())
    }

    /// Who goes is not met.
    async fn met(&self) -> Result<Option<String>, String> {
        Ok(None)
    }

    async fn release(&self) -> Result<(), String> {
        if let Some(inside) = self.inside {
            self.let_go(inside).await?;
            self.until_gone(inside).await?;
        }
        let noted = turn::note_emptied(self.turn).await;
        noted.map_err(|error| error.to_string())
    }
}
