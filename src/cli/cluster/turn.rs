//! Lock and journal of what is done to the cluster itself, beside the provider's state store.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::desired::Place;
use crate::cli::apply;
use crate::cli::exit::Failure;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::cluster::journal::{Journal, JournalError, Note, State as Progress};
use crate::provider::account;
use crate::provider::ambient::Ambient;
use crate::provider::state::{
    Claim, Holder, LockState, Run, StateError, StateFolder, StepState, Terms, Turn,
};

/// How long the store may take for one answer.
const LIMIT: Duration = Duration::from_secs(30);

/// Facts in the journal: the cluster is being made, who it is, and that the cloud holds nothing any more for
/// what ran on it. One that holds no longer is null.
const MAKING: &str = "making";
const ID: &str = "cluster";
const EMPTIED: &str = "emptied";

/// The operation of a run that takes the cluster away.
pub const DESTROY: &str = "destroy";

/// What the journal says before anything is done.
#[derive(Debug, Default)]
pub struct Looked {
    /// A run that did not come to its end, in words.
    pub unfinished: Option<String>,
    /// That run was making the cluster, and never met it.
    pub in_the_making: bool,
    /// Who the cluster is.
    pub id: Option<String>,
    /// That run was taking the cluster away.
    pub leaving: bool,
    /// It came so far that the cloud holds nothing any more for what ran on the cluster.
    pub emptied: bool,
    /// Somebody works on it now, in words.
    pub held: Option<String>,
}

/// Whether the caller's account is the one that the environment names; asked before all else.
pub async fn check_account(account: Option<&str>, place: &Place) -> Result<(), Failure> {
    let Some(wanted) = account else {
        return Ok(());
    };
    let caller = account::caller(&place.state, &ambient(), LIMIT).await;
    let caller = caller.map_err(|error| failure(&error))?;
    match caller {
        Some(caller) if caller.account != wanted => {
            let message = format!(
                "the credentials are of account {}, {}, and cluster.yaml says {wanted}",
                caller.account, caller.arn
            );
            let help = "use the credentials of that account; nothing was asked of kops";
            Err(Failure::plain(codes::KOPS, message, help))
        }
        _ => Ok(()),
    }
}

/// Reads the journal.
pub async fn look(place: &Place) -> Result<Looked, Failure> {
    let folder = open(place).await?;
    let state = folder.state(jiff::Timestamp::now()).await;
    let state = state.map_err(|error| failure(&error))?;
    let held = match &state.lock {
        LockState::Held(held) => Some(format!(
            "{} works on the cluster since {}: {}",
            held.holder, held.since, held.operation
        )),
        LockState::Free | LockState::Expired(_) => None,
    };
    let Some(run) = state.last else {
        return Ok(Looked::default());
    };
    let notes = |run: &Run, name: &str| run.notes.get(name).cloned();
    let unfinished = run.unfinished().filter(|_| held.is_none());
    let left = |name: &str| {
        let value = unfinished.as_ref()?.notes.get(name)?;
        (!value.is_null()).then(|| value.clone())
    };
    let id = notes(&run, ID).or_else(|| left(ID));
    let words = unfinished.as_ref().map(|left| {
        let last = left.steps.values().last();
        let step = match last.map(|record| (&record.step.words, record.step.state)) {
            Some((words, StepState::Finished)) => format!("stopped after `{words}`"),
            Some((words, StepState::Failed)) => format!("failed at `{words}`"),
            Some((words, StepState::Started)) => format!("stopped within `{words}`"),
            None => "stopped before its first step".to_owned(),
        };
        format!("{} of {} {step}", left.operation, left.holder)
    });
    Ok(Looked {
        in_the_making: left(MAKING).is_some() && id.is_none(),
        leaving: unfinished
            .as_ref()
            .is_some_and(|left| left.operation == DESTROY),
        emptied: left(EMPTIED).is_some(),
        unfinished: words,
        id: id.and_then(|id| Some(id.as_str()?.to_owned())),
        held,
    })
}

/// Takes the lock; nobody else's steps come between ours until it is given back.
pub async fn take(
    place: &Place,
    operation: &str,
    commit: &str,
    plan: &str,
    patience: Duration,
) -> Result<Turn, Failure> {
    let folder = open(place).await?;
    let claim = Claim {
        holder: holder(),
        operation: operation.to_owned(),
        commit: commit.to_owned(),
        plan: plan.to_owned(),
    };
    let turn = Turn::acquire(&folder, &claim, patience, Terms::default()).await;
    turn.map_err(|error| failure(&error))
}

/// Writes down that the cluster is being made.
pub async fn note_making(turn: &Turn) -> Result<(), Failure> {
    let noted = turn.note(MAKING, json!(true)).await;
    noted.map_err(|error| failure(&error))
}

/// Writes down again what an earlier run knew, since a run that does anything is read alone.
pub async fn note_again(turn: &Turn, looked: &Looked) -> Result<(), StateError> {
    if looked.in_the_making {
        turn.note(MAKING, json!(true)).await?;
    }
    if let Some(id) = &looked.id {
        turn.note(ID, json!(id)).await?;
    }
    if looked.emptied {
        turn.note(EMPTIED, json!(true)).await?;
    }
    Ok(())
}

/// Writes down that the cloud holds nothing any more for what ran on the cluster.
pub async fn note_emptied(turn: &Turn) -> Result<(), StateError> {
    turn.note(EMPTIED, json!(true)).await
}

/// Writes down that the cluster is gone: nothing that was known of it holds any more.
pub async fn note_gone(turn: &Turn) -> Result<(), StateError> {
    for fact in [MAKING, ID, EMPTIED] {
        turn.note(fact, Value::Null).await?;
    }
    Ok(())
}

impl Journal for Turn {
    async fn note(&self, note: &Note) -> Result<(), JournalError> {
        let number = u32::try_from(note.step + 1).unwrap_or(u32::MAX);
        let (state, detail) = match &note.state {
            Progress::Begun => (StepState::Started, Value::Null),
            Progress::Done => (StepState::Finished, Value::Null),
            Progress::Failed(sentence) => (StepState::Failed, json!(sentence)),
        };
        let written = self.step(number, &note.words, state, detail).await;
        written.map_err(|error| JournalError(error.to_string()))
    }

    async fn met(&self, id: &str) -> Result<(), JournalError> {
        let written = Turn::note(self, ID, json!(id)).await;
        written.map_err(|error| JournalError(error.to_string()))
    }
}

async fn open(place: &Place) -> Result<StateFolder, Failure> {
    let folder = StateFolder::open(&place.state, &place.name, &ambient(), LIMIT).await;
    folder.map_err(|error| failure(&error))
}

pub fn failure(error: &StateError) -> Failure {
    let code = match error {
        StateError::Held { .. } | StateError::Lost { .. } => codes::APPLY_LOCKED,
        _ => codes::KOPS,
    };
    let diagnostic = Diagnostic::error(code, error.to_string()).help(error.help());
    Failure::new(diagnostic.into(), "")
}

#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
fn ambient() -> Ambient {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ambient::new(variables, std::env::var_os("HOME").map(PathBuf::from))
}

#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
fn holder() -> Holder {
    let (user, host) = apply::user_and_host();
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let link = || {
        let (server, repository, run) = (
            text("GITHUB_SERVER_URL")?,
            text("GITHUB_REPOSITORY")?,
            text("GITHUB_RUN_ID")?,
        );
        Some(format!("{server}/{repository}/actions/runs/{run}"))
    };
    Holder {
        user,
        host,
        process: std::process::id(),
        link: text("CI_JOB_URL").or_else(link).unwrap_or_default(),
    }
}
