//! Lock and journal of what is done to the cluster itself, beside the provider's state store.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use super::desired::{Desired, Place};
use crate::cli::apply;
use crate::cli::exit::Failure;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::cluster::Roles;
use crate::model::cluster::journal::{Journal, JournalError, Note, State as Progress};
use crate::provider::account::{self, Caller};
use crate::provider::ambient::Ambient;
use crate::provider::state::{
    Claim, Holder, LockState, Run, StateError, StateFolder, StepState, Terms, Turn,
    break_lock as break_lock_of,
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

/// What somebody is about to do to the cluster itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Look,
    Change,
}

/// Whether the caller is of the account, and has a role, that the environment names; asked before all else.
pub async fn check_caller(
    desired: &Desired,
    place: &Place,
    purpose: Purpose,
) -> Result<(), Failure> {
    if desired.account.is_none() && desired.roles == Roles::default() {
        return Ok(());
    }
    let caller = account::caller(&place.state, &ambient(), LIMIT).await;
    let caller = caller.map_err(|error| failure(&error))?;
    let problem = caller.and_then(|caller| {
        let account = wrong_account(desired.account.as_deref(), &caller);
        account.or_else(|| wrong_role(&desired.roles, purpose, &caller))
    });
    match problem {
        None => Ok(()),
        Some((message, help)) => Err(Failure::plain(codes::KOPS, message, &help)),
    }
}

fn wrong_account(wanted: Option<&str>, caller: &Caller) -> Option<(String, String)> {
    let wanted = wanted.filter(|wanted| *wanted != caller.account)?;
    let message = format!(
        "the credentials are of account {}, {}, and cluster.yaml says {wanted}",
        caller.account, caller.arn
    );
    let help = "use the credentials of that account; nothing was asked of kops";
    Some((message, help.to_owned()))
}

/// Whoever may change may look; where no role is named, all of the account may.
fn wrong_role(roles: &Roles, purpose: Purpose, caller: &Caller) -> Option<(String, String)> {
    let (verb, wanted) = match purpose {
        Purpose::Change => ("apply", roles.apply.as_ref()?),
        Purpose::Look => ("plan", roles.plan.as_ref()?),
    };
    let mut allowed = [Some(wanted), roles.apply.as_ref()].into_iter().flatten();
    if allowed.any(|role| is_of(&caller.arn, role)) {
        return None;
    }
    let message = format!(
        "the credentials are those of {}, and cluster.yaml says `roles.{verb}: {wanted}`",
        caller.arn
    );
    let help = format!(
        "assume that role, as by a profile with `role_arn: {wanted}`; nothing was asked of kops"
    );
    Some((message, help))
}

/// Whether the caller has assumed the role, whatever the session is called, or is the role or user
/// itself. STS leaves the path of a role out: `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`.
fn is_of(caller: &str, role: &str) -> bool {
    if caller == role {
        return true;
    }
    let (Some((account, of_caller)), Some((home, of_role))) = (
        caller.split_once(":assumed-role/"),
        role.split_once(":role/"),
    ) else {
        return false;
    };
    let name = of_role.rsplit('/').next();
    account.replacen(":sts:", ":iam:", 1) == home && of_caller.split('/').next() == name
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
    let unfinished = run.unfinished().filter(|_| held.is_none());
    let left = |name: &str| {
        let value = unfinished.as_ref()?.notes.get(name)?;
        (!value.is_null()).then(|| value.clone())
    };
    let id = id_of(&run);
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
        id,
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
) -> Result<Turn, StateError> {
    let folder = StateFolder::open(&place.state, &place.name, &ambient(), LIMIT).await?;
    let claim = Claim {
        holder: holder(),
        operation: operation.to_owned(),
        commit: commit.to_owned(),
        plan: plan.to_owned(),
    };
    Turn::acquire(&folder, &claim, patience, Terms::default()).await
}

/// Why the lock was not taken, with the command that takes it away from whoever holds it.
pub fn refused(environment: &str, error: &StateError) -> Failure {
    let StateError::Held { held, .. } = error else {
        return failure(error);
    };
    let link = &held.holder.link;
    let look = match link.is_empty() {
        true => String::new(),
        false => format!(" (its run is {link})"),
    };
    let help = format!(
        "wait for it{look} with `--lock-timeout SECONDS`; if that run is surely dead, `kops-stack lock break {environment} {}`: what a run does to the cluster does not end with its lock",
        held.id
    );
    Failure::plain(codes::APPLY_LOCKED, error.to_string(), &help)
}

/// Who holds the lock, and who the cluster is, where the journal says it.
pub async fn lock(place: &Place) -> Result<(LockState, Option<String>), Failure> {
    let folder = open(place).await?;
    let state = folder.state(jiff::Timestamp::now()).await;
    let state = state.map_err(|error| failure(&error))?;
    let id = state.last.as_ref().and_then(id_of);
    Ok((state.lock, id))
}

/// Takes the lock away from the run with this id, and tells whose that was; None where it does not hold
/// it.
pub async fn break_lock(place: &Place, id: &str) -> Result<Option<Holder>, Failure> {
    let folder = open(place).await?;
    let broken = break_lock_of(&folder, id, &holder(), "lock break").await;
    broken.map_err(|error| failure(&error))
}

/// The id of the cluster, as a run knew it or found it.
fn id_of(run: &Run) -> Option<String> {
    let left = || run.unfinished()?.notes.get(ID).cloned();
    let id = run.notes.get(ID).cloned().or_else(left)?;
    Some(id.as_str()?.to_owned())
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

#[cfg(test)]
mod tests {
    use super::{Caller, Purpose, Roles, wrong_role};

    fn refused(purpose: Purpose, arn: &str) -> Option<String> {
        let roles = Roles {
            plan: Some("arn:aws:iam::210987654321:role/plan".to_owned()),
            apply: Some("arn:aws:iam::210987654321:role/ci/apply".to_owned()),
        };
        let caller = Caller {
            account: "210987654321".to_owned(),
            arn: arn.to_owned(),
        };
        wrong_role(&roles, purpose, &caller).map(|(message, _)| message)
    }

    #[test]
    fn who_may_change_may_look_and_nobody_else_does() {
        let plan = "arn:aws:sts::210987654321:assumed-role/plan/jo";
        let apply = "arn:aws:sts::210987654321:assumed-role/apply/run-7";
        assert_eq!(refused(Purpose::Look, plan), None);
        assert_eq!(refused(Purpose::Look, apply), None);
        assert_eq!(refused(Purpose::Change, apply), None);
        let message = refused(Purpose::Change, plan).expect("it is refused");
        assert_eq!(
            message,
            "the credentials are those of arn:aws:sts::210987654321:assumed-role/plan/jo, and cluster.yaml says `roles.apply: arn:aws:iam::210987654321:role/ci/apply`"
        );
    }

    #[test]
    fn the_same_name_elsewhere_is_another_role() {
        for arn in [
            "arn:aws:sts::000000000000:assumed-role/apply/run-7",
            "arn:aws:sts::210987654321:assumed-role/applying/run-7",
            "arn:aws:iam::210987654321:user/apply",
        ] {
            assert!(refused(Purpose::Change, arn).is_some(), "{arn}");
        }
    }
}
