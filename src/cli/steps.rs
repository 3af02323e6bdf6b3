//! Carries the steps of a plan for the cluster itself out, and tells what happens.

use std::path::PathBuf;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::arguments::ListFormat;
use super::cluster::{Itself, turn};
use super::exit::{Exit, Failure};
use super::making::{self, KUBECONFIG};
use super::signals;
use super::terminal::Terminal;
use crate::apply::cluster::{Empty, Request, apply};
use crate::model::cluster::making::Event;
use crate::model::cluster::rolls::Rolls;
use crate::provider::kops::{KopsCluster, Surroundings};
use crate::provider::state::Turn;
use crate::report::making::{Ended, Telling, json, json_end, summary};

/// kops for one run: what it is given and says is kept.
pub struct Tools {
    pub kops: KopsCluster,
    /// Where it writes the credentials of an administrator.
    pub kubeconfig: PathBuf,
    /// Takes what is to be told beside what kops says.
    pub says: UnboundedSender<String>,
    said: UnboundedReceiver<String>,
    kept: PathBuf,
}

/// Who hears what happens.
#[derive(Clone, Copy)]
pub struct Audience<'a> {
    pub terminal: &'a Terminal,
    pub format: ListFormat,
    /// What somebody types to go on.
    pub command: &'a str,
}

impl Tools {
    /// For the cluster with this name; `rolls` say how long a machine may take.
    pub async fn of(itself: &Itself, cluster: &str, rolls: &Rolls) -> Result<Self, Failure> {
        let folder = making::folder(cluster)?;
        let kubeconfig = folder.join(KUBECONFIG);
        let log = making::log(&folder, itself).await?;
        let kept = log.folder().to_owned();
        let (says, said) = unbounded_channel();
        let around = Surroundings {
            kubeconfig: Some(kubeconfig.clone()),
            log: Some(log),
            listener: Some(says.clone()),
        };
        Ok(Self {
            kops: KopsCluster::new(itself.kops.clone(), cluster, around, rolls),
            kubeconfig,
            says,
            said,
            kept,
        })
    }

    /// Does the steps of the request, until one fails, somebody wants it to stop, or the turn is lost.
    pub async fn carry_out<E: Empty>(
        &mut self,
        request: &Request<'_>,
        turn: &Turn,
        nodes: &E,
        audience: Audience<'_>,
    ) -> Result<Exit, Failure> {
        let plan = request.plan;
        let terminal = audience.terminal;
        let for_machines = audience.format == ListFormat::Json;
        let mut telling = Telling::new(plan, terminal.out);
        let tell = |event: Event| match for_machines {
            true => terminal.result(&json(plan, &event).to_string()),
            false => {
                if let Some(line) = telling.hear(&event) {
                    terminal.result(&line);
                }
            }
        };
        let (stop, at_once) = signals::twice();
        let work = apply(request, &self.kops, turn, nodes, &mut self.said, stop, tell);
        let outcome = tokio::select! {
            outcome = work => outcome,
            // What kops is doing ends with its future.
            () = at_once => return Ok(Exit::Interrupted),
            lost = turn.lost() => return Err(turn::failure(&lost)),
        };
        let ended = Ended {
            outcome: &outcome,
            command: audience.command,
            folder: &self.kept,
        };
        terminal.result(&match for_machines {
            true => json_end(plan, &ended).to_string(),
            false => summary(plan, &ended, terminal.out),
        });
        Ok(match (outcome.interrupted, outcome.succeeded()) {
            (true, _) => Exit::Interrupted,
            (false, false) => Exit::Error,
            (false, true) => Exit::Done,
        })
    }
}
