//! Carries a decision out, and tells what happens.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::arguments::{ListFormat, Pace};
use super::cluster::{Examiner, Planned, Session};
use super::exit::{Exit, Failure};
use super::screen::Screen;
use super::signals;
use super::terminal::Terminal;
use crate::apply::{self, About, Options, Refused, Request};
use crate::diagnostic::{Diagnostic, codes};
use crate::kubernetes::{HOLDS, Holder, LeaseLock, SecretStore};
use crate::model::event::{Event, Outcome};
use crate::model::rendering::Rendering;
use crate::model::server::LockError;
use crate::object::Object;
use crate::report;
use crate::report::apply::Telling;
use crate::tree;
use crate::yaml::Value;

/// What is carried out, and for whom.
pub struct Work<'a> {
    pub environment: &'a str,
    /// What somebody types to go on.
    pub command: String,
    /// `apply` or `destroy`, as the lock says it.
    pub operation: &'static str,
    pub root: &'a Path,
    /// What the environment should hold.
    pub desired: &'a Rendering,
    /// Where to read on when a component fails, by its name.
    pub runbooks: BTreeMap<String, String>,
    pub pace: &'a Pace,
}

pub async fn run(
    work: &Work<'_>,
    session: &Session,
    planned: &Planned<'_>,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let decision = &planned.decision;
    let commit = tree::git::head(work.root).unwrap_or_default();
    let who = who();
    let request = Request {
        decision,
        about: About {
            who: who.clone(),
            commit: commit.clone(),
            began: jiff::Timestamp::now(),
        },
        options: Options {
            timeout: Duration::from_secs(work.pace.timeout),
            fail_fast: work.pace.fail_fast,
            patience: Duration::from_secs(work.pace.lock_timeout),
            ..Options::default()
        },
        runbooks: work.runbooks.clone(),
    };
    let connection = || session.cluster.connection().clone();
    let store = SecretStore::new(connection(), work.environment);
    let holder = Holder {
        who,
        operation: work.operation.to_owned(),
        commit,
    };
    let lock = LeaseLock::new(connection(), work.environment, holder, HOLDS);
    let cluster = apply::Cluster {
        server: &session.cluster,
        store: &store,
        lock: &lock,
    };
    let plan = &decision.plan;
    let json = work.pace.format == ListFormat::Json;
    let mut telling = Telling::new(plan, terminal.out);
    let mut screen = (terminal.watched && !json).then(Screen::new);
    let tell = |event: Event| {
        let line = telling.hear(&event);
        match (&mut screen, line) {
            (Some(screen), line) => {
                screen.show(&telling, &event, line.as_deref());
                // The screen is stderr; who keeps stdout wants to read afterwards what happened.
                if let Some(line) = line.filter(|_| !terminal.out_watched) {
                    terminal.result(&line);
                }
            }
            (None, _) if json => {
                terminal.result(&report::apply::json(plan, &event).to_string());
            }
            (None, Some(line)) => terminal.result(&line),
            (None, None) => {}
        }
    };
    let works = decision.works.iter();
    let payloads = works.clone().filter_map(|work| work.payload.clone());
    let applied = payloads.filter_map(|payload| Object::new(Value::clone(&payload)).ok());
    let judged = works.map(|work| &work.target.identity);
    let examiner = Examiner::of(&session.cluster, judged, applied, work.desired).await;
    let outcome = apply::apply(
        &request,
        cluster,
        &planned.planner,
        &examiner,
        interrupted(),
        tell,
    )
    .await
    .map_err(|refused| failure(work.environment, &refused))?;
    if let Some(screen) = &mut screen {
        screen.end();
    }
    terminal.result(&match json {
        true => report::apply::json_end(plan, &outcome, &work.command).to_string(),
        false => telling.summary(&outcome, &work.command),
    });
    Ok(exit(&outcome))
}

fn exit(outcome: &Outcome) -> Exit {
    match (outcome.interrupted, outcome.succeeded()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::Error,
    }
}

/// Resolves at the first SIGINT or SIGTERM; a second one ends the process where it stands, as a
/// kill does. The next apply makes that good.
async fn interrupted() -> String {
    let (stop, at_once) = signals::twice();
    tokio::spawn(async {
        at_once.await;
        end_at_once();
    });
    stop.await
}

#[expect(
    clippy::disallowed_methods,
    reason = "whoever asks twice does not want to wait for main"
)]
fn end_at_once() -> ! {
    std::process::exit(Exit::Interrupted as i32)
}

fn failure(environment: &str, refused: &Refused) -> Failure {
    let (exit, code, help) = match refused {
        Refused::Lock(LockError::Held { id, .. }) => (
            Exit::Error,
            codes::APPLY_LOCKED,
            format!(
                "wait with `--lock-timeout SECONDS`; if its holder is dead, `kops-stack lock break {environment} {id}`"
            ),
        ),
        Refused::Lock(_) => (
            Exit::Error,
            codes::APPLY_LOCKED,
            format!("`kops-stack lock status {environment}` shows the lock"),
        ),
        Refused::Moved { .. } => (Exit::Stale, codes::PLAN_STALE, "plan again".to_owned()),
        Refused::Inventory { .. } => (
            Exit::Error,
            codes::CLUSTER_UNREACHABLE,
            "nothing was applied; run it again".to_owned(),
        ),
        Refused::Stopped(_) => (
            Exit::Interrupted,
            codes::APPLY_LOCKED,
            "run it again".to_owned(),
        ),
    };
    let diagnostic = Diagnostic::error(code, refused.to_string()).help(help);
    Failure {
        exit,
        ..Failure::new(diagnostic.into(), "nothing was applied")
    }
}

/// `user@host`, for the lock and the record.
fn who() -> String {
    let (user, host) = user_and_host();
    format!("{user}@{host}")
}

/// Who works, and on which machine.
#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
pub fn user_and_host() -> (String, String) {
    let user = ["USER", "LOGNAME", "GITHUB_ACTOR"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    let host = std::env::var("HOSTNAME")
        .ok()
        .filter(|value| !value.is_empty());
    let host = host.or_else(|| {
        let name = std::fs::read_to_string("/etc/hostname").ok()?;
        Some(name.trim().to_owned()).filter(|name| !name.is_empty())
    });
    let known = |name: Option<String>| name.unwrap_or_else(|| "unknown".to_owned());
    (known(user), known(host))
}
