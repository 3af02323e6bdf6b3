//! The steps of the cluster itself, carried out and told.

use std::path::PathBuf;
use std::time::Duration;

use super::arguments::Pace;
use super::cluster::{Desired, Itself, Place, Session, provider_failed, turn};
use super::commands::pin;
use super::exit::{Exit, Failure};
use super::steps::{Audience, Tools};
use super::terminal::Terminal;
use super::workspace::Workspace;
use crate::apply::cluster::{Empty, Request};
use crate::diagnostic::codes;
use crate::kubernetes::drain;
use crate::model::cluster::journal::Journal;
use crate::model::cluster::provider::Provider;
use crate::object::Object;
use crate::provider::kops::{CallLog, private_folder};
use crate::provider::state::{Outcome, Turn};
use crate::tree;
use crate::yaml;

/// The kubeconfig that kops writes for us, in the folder of a cluster.
pub const KUBECONFIG: &str = "kubeconfig";

/// What is to be made, and for whom.
pub struct Making<'a> {
    pub workspace: &'a Workspace,
    pub desired: &'a Desired,
    pub itself: &'a Itself,
    /// As the lock says it.
    pub operation: &'a str,
    /// What somebody types to go on.
    pub command: &'a str,
    /// Of the whole plan.
    pub digest: &'a str,
    pub pace: &'a Pace,
    pub terminal: &'a Terminal,
}

/// How it ended.
pub enum End {
    /// The cluster is as it should be, and this is the way to it.
    There(Box<Session>),
    Not(Exit),
}

impl Making<'_> {
    pub async fn run(&self) -> Result<End, Failure> {
        let Some(place) = &self.desired.place else {
            return Ok(End::Not(Exit::Error));
        };
        let commit = tree::git::head(&self.workspace.root).unwrap_or_default();
        let patience = Duration::from_secs(self.pace.lock_timeout);
        let claimed = turn::take(place, self.operation, &commit, self.digest, patience).await;
        let turn = claimed.map_err(|error| turn::refused(&self.desired.environment, &error))?;
        let end = self.with(&turn, place).await;
        let (outcome, text) = match &end {
            Ok(End::There(_)) => (Outcome::Done, String::new()),
            Ok(End::Not(Exit::Interrupted)) => (Outcome::Interrupted, String::new()),
            Ok(End::Not(_)) => (Outcome::Failed, String::new()),
            Err(failure) => (Outcome::Failed, failure.text()),
        };
        let released = turn.release(outcome, &text).await;
        let end = end?;
        released.map_err(|error| turn::failure(&error))?;
        Ok(end)
    }

    async fn with(&self, turn: &Turn, place: &Place) -> Result<End, Failure> {
        let plan = &self.itself.plan;
        let mut tools = Tools::of(self.itself, &place.name, &self.desired.rolls).await?;
        let nodes = Nodes {
            making: self,
            place,
            kubeconfig: tools.kubeconfig.clone(),
        };
        if plan.comes {
            turn::note_making(turn).await?;
        } else {
            let admitted = tools.kops.admit().await;
            admitted.map_err(|error| provider_failed(&error))?;
            let session = nodes.connect().await?;
            let met = turn.met(&session.id.id).await;
            met.map_err(|error| Failure::plain(codes::KOPS, error.0, ""))?;
        }
        let documents = self.desired.rendering.cluster.iter();
        let documents: Vec<&Object> = documents
            .flat_map(|component| &component.objects)
            .map(|rendered| &*rendered.object)
            .collect();
        let request = Request {
            plan,
            documents: &documents,
            ssh_key: self.desired.ssh_key.as_deref(),
        };
        let audience = Audience {
            terminal: self.terminal,
            format: self.pace.format,
            command: self.command,
        };
        match tools.carry_out(&request, turn, &nodes, audience).await? {
            Exit::Done => nodes.connect().await.map(Box::new).map(End::There),
            exit => Ok(End::Not(exit)),
        }
    }
}

/// A folder for what kops is given and says in this run; what was stored before lies there too, for
/// the way back.
pub async fn log(folder: &std::path::Path, itself: &Itself) -> Result<CallLog, Failure> {
    let began = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let runs = folder.join("runs").join(began);
    let log = async {
        private_folder(folder).await?;
        let log = CallLog::in_folder(runs.clone()).await?;
        if let Some(stored) = &itself.stored {
            let text = yaml::emit_stream(stored.iter().map(Object::value));
            log.file("before.yaml", &text).await?;
        }
        Ok(log)
    };
    log.await.map_err(|error: std::io::Error| {
        let message = format!("{} cannot be written: {error}", runs.display());
        Failure::plain(
            codes::IO,
            message,
            "set XDG_STATE_HOME to a folder that can",
        )
    })
}

/// Where what belongs to a cluster lies on this machine: its kubeconfig, and the logs of runs.
#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
pub fn folder(cluster: &str) -> Result<PathBuf, Failure> {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let state = path("XDG_STATE_HOME").map(PathBuf::from);
    let home = || Some(PathBuf::from(path("HOME")?).join(".local/state"));
    let base = state.or_else(home).ok_or_else(|| {
        let message = "there is no home directory for kubeconfig and logs";
        Failure::plain(codes::IO, message, "set XDG_STATE_HOME or HOME")
    })?;
    Ok(base.join("kops-stack").join(cluster))
}

/// The cluster's own API, once it answers.
struct Nodes<'a> {
    making: &'a Making<'a>,
    place: &'a Place,
    kubeconfig: PathBuf,
}

impl Nodes<'_> {
    /// The way to the cluster by the credentials that kops gave us; the pinned one, if one is.
    async fn connect(&self) -> Result<Session, Failure> {
        let desired = self.making.desired;
        let name = &desired.environment;
        let session = Session::admitted(
            name,
            &self.kubeconfig,
            &self.place.name,
            self.making.terminal,
        )
        .await?;
        // Where nobody knows it yet, kops' credentials lead to none but the cluster that it makes.
        match desired.pinned.as_ref().or(self.making.itself.id.as_ref()) {
            Some(pinned) => session.checked(name, Some(pinned)),
            None => Ok(session),
        }
    }
}

impl Empty for Nodes<'_> {
    async fn empty(&self, group: &str) -> Result<(), String> {
        let session = self.connect().await.map_err(|failure| failure.text())?;
        let selector = format!("kops.k8s.io/instancegroup={group}");
        let patience = self.making.desired.rolls.drain;
        let drained = drain(session.cluster.connection(), &selector, patience).await;
        drained.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn met(&self) -> Result<Option<String>, String> {
        let session = self.connect().await.map_err(|failure| failure.text())?;
        let id = session.id.id.clone();
        let name = &self.making.desired.environment;
        pin::write(self.making.workspace, name, &id).map_err(|failure| failure.text())?;
        self.making.terminal.talk(&format!(
            "wrote `cluster: {id}` into environments/{name}/environment.yaml: commit it"
        ));
        Ok(Some(id))
    }

    /// No plan of a change asks for it.
    async fn release(&self) -> Result<(), String> {
        Ok(())
    }
}
