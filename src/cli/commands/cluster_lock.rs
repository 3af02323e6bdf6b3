//! `lock status` and `lock break`: who works on an environment right now.

use std::path::Path;

use crate::cli::arguments::{ListFormat, LockAction};
use crate::cli::cluster::{self, Place, Session, turn};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::codes;
use crate::kubernetes::{HOLDS, Held, Holder, LeaseLock};
use crate::model::environment::EnvironmentSettings;
use crate::provider::state::{self, LockState};
use crate::report;
use crate::report::lock::{Facts, Locks, Seen};

pub fn run(directory: &Path, action: &LockAction, terminal: &Terminal) -> Result<Exit, Failure> {
    let (LockAction::Status { environment, .. } | LockAction::Break { environment, .. }) = action;
    let workspace = Workspace::load_for(directory, std::slice::from_ref(environment), terminal)?;
    let settings = cluster::settings(&workspace, environment, terminal)?;
    let both = Both {
        environment,
        place: cluster::committed_place(&workspace, environment)?,
        settings,
        terminal,
    };
    cluster::runtime()?.block_on(async {
        match action {
            LockAction::Status { format, .. } => both.show(*format).await,
            LockAction::Break { id, .. } => both.take_away(id).await,
        }
    })
}

/// The locks of an environment: the one in its cluster, and the one beside the state store where kops
/// makes the cluster.
struct Both<'a> {
    environment: &'a str,
    place: Option<Place>,
    settings: EnvironmentSettings,
    terminal: &'a Terminal,
}

impl Both<'_> {
    /// Shows what can be read. A cluster that does not answer, or is not there yet, is told; a state
    /// store that does not is an error.
    async fn show(&self, format: ListFormat) -> Result<Exit, Failure> {
        let (store, id, failure) = match &self.place {
            None => (None, None, None),
            Some(place) => match turn::lock(place).await {
                Ok((lock, id)) => (Some(in_store(&lock)), id, None),
                Err(failure) => (Some(Seen::Unknown(failure.text())), None, Some(failure)),
            },
        };
        let cluster = match self.in_cluster(id.as_deref()).await {
            Ok(lock) => lock,
            Err(failure) if store.is_some() => Seen::Unknown(failure.text()),
            Err(failure) => return Err(failure),
        };
        let locks = Locks {
            environment: self.environment.to_owned(),
            store,
            cluster,
        };
        self.terminal.result(&match format {
            ListFormat::Text => report::lock::text(&locks),
            ListFormat::Json => report::pretty(&report::lock::json(&locks)),
        });
        failure.map_or(Ok(Exit::Done), Err)
    }

    async fn in_cluster(&self, known: Option<&str>) -> Result<Seen, Failure> {
        let held = self.lease(known).await?.status().await;
        let held = held.map_err(|error| cluster::failed("the lock cannot be read", &error))?;
        Ok(held.map_or(Seen::Free, |held| Seen::Held(facts(held))))
    }

    /// The lock in the cluster; `known` is who that is, where environment.yaml does not say it yet.
    async fn lease(&self, known: Option<&str>) -> Result<LeaseLock, Failure> {
        let name = self.environment;
        let context = self.settings.context.as_deref();
        let pinned = self.settings.cluster.as_deref().or(known);
        let session = Session::open(name, context, pinned, self.terminal).await?;
        let connection = session.cluster.connection().clone();
        Ok(LeaseLock::new(connection, name, Holder::default(), HOLDS))
    }

    /// Takes away the lock that is held under this id, wherever it is.
    async fn take_away(&self, id: &str) -> Result<Exit, Failure> {
        let environment = self.environment;
        let mut unknown = None;
        let mut known = None;
        if let Some(place) = &self.place {
            match turn::break_lock(place, id).await {
                Ok(Some(holder)) => {
                    self.terminal.talk(&format!(
                        "{environment}: took the lock away from {holder}; what it does to the cluster ends when it notices, within 40 s or at its next step"
                    ));
                    return Ok(Exit::Done);
                }
                // Who the cluster is stands in the journal too.
                Ok(None) => known = turn::lock(place).await.ok().and_then(|(_, id)| id),
                Err(failure) => unknown = Some(failure),
            }
        }
        let broken = match self.lease(known.as_deref()).await {
            Ok(lock) => lock.break_lock(id).await,
            Err(failure) => return Err(self.half_known(id, unknown, failure)),
        };
        match broken {
            Ok(Some(held)) => {
                let holder = &held.holder;
                let words = format!("{environment}: took the lock away from {holder}");
                self.terminal.talk(&words);
                Ok(Exit::Done)
            }
            Ok(None) => Err(unknown.unwrap_or_else(|| self.nobody(id, ""))),
            Err(error) => {
                let failure = cluster::failed("the lock cannot be read", &error);
                Err(self.half_known(id, unknown, failure))
            }
        }
    }

    /// The cluster did not answer: what the store said, or that it said nothing of this id.
    fn half_known(&self, id: &str, store: Option<Failure>, cluster: Failure) -> Failure {
        match (store, &self.place) {
            (Some(store), _) => store,
            (None, None) => cluster,
            (None, Some(_)) => {
                let rest = format!(
                    " beside the state store, and nothing is known of the one in the cluster: {}",
                    cluster.text()
                );
                self.nobody(id, &rest)
            }
        }
    }

    fn nobody(&self, id: &str, rest: &str) -> Failure {
        let environment = self.environment;
        let message = format!("nobody holds the lock of `{environment}` as {id}{rest}");
        let help = format!("`kops-stack lock status {environment}` shows who does");
        Failure::plain(codes::APPLY_LOCKED, message, &help)
    }
}

/// What is worth knowing of the lock in the cluster.
fn facts(held: Held) -> Facts {
    vec![
        ("holder", held.holder),
        ("operation", held.operation),
        ("commit", held.commit),
        ("since", held.since),
        ("renewed", held.renewed),
        ("id", held.id),
    ]
}

fn in_store(lock: &LockState) -> Seen {
    let facts = |held: &state::Held| -> Facts {
        vec![
            ("holder", held.holder.to_string()),
            ("run", held.holder.link.clone()),
            ("operation", held.operation.clone()),
            ("commit", held.commit.clone()),
            ("since", held.since.to_string()),
            ("until", held.until.to_string()),
            ("id", held.id.clone()),
        ]
    };
    match lock {
        LockState::Free => Seen::Free,
        LockState::Held(held) => Seen::Held(facts(held)),
        LockState::Expired(held) => Seen::Lapsed(facts(held)),
    }
}
