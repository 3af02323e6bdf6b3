//! `lock status` and `lock break`: who applies to a cluster right now.

use std::path::Path;

use crate::cli::arguments::LockAction;
use crate::cli::cluster::{self, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::codes;
use crate::kubernetes::{HOLDS, Held, Holder, LeaseLock};
use crate::report;

pub fn run(directory: &Path, action: &LockAction, terminal: &Terminal) -> Result<Exit, Failure> {
    let (LockAction::Status { environment } | LockAction::Break { environment, .. }) = action;
    let workspace = Workspace::load_for(directory, std::slice::from_ref(environment), terminal)?;
    let settings = cluster::settings(&workspace, environment, terminal)?;
    let (context, pinned) = (settings.context.as_deref(), settings.cluster.as_deref());
    cluster::runtime()?.block_on(async {
        let session = Session::open(environment, context, pinned, terminal).await?;
        let connection = session.cluster.connection().clone();
        let lock = LeaseLock::new(connection, environment, Holder::default(), HOLDS);
        let failed = |error| cluster::failed("the lock cannot be read", &error);
        match action {
            LockAction::Status { .. } => {
                let held = lock.status().await.map_err(failed)?;
                terminal.result(&report::status::lock(environment, held.as_ref().map(facts)));
            }
            LockAction::Break { id, .. } => match lock.break_lock(id).await.map_err(failed)? {
                Some(held) => {
                    let holder = &held.holder;
                    terminal.talk(&format!("{environment}: took the lock away from {holder}"));
                }
                None => {
                    let message = format!("nobody holds the lock of `{environment}` as {id}");
                    let help = format!("`kops-stack lock status {environment}` shows who does");
                    return Err(Failure::plain(codes::APPLY_LOCKED, message, &help));
                }
            },
        }
        Ok(Exit::Done)
    })
}

/// What is worth knowing of a lock, by name.
fn facts(held: &Held) -> Vec<(&'static str, &str)> {
    vec![
        ("holder", &held.holder),
        ("operation", &held.operation),
        ("commit", &held.commit),
        ("since", &held.since),
        ("renewed", &held.renewed),
        ("id", &held.id),
    ]
}
