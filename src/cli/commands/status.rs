//! `status`: what is installed in a cluster, and whether it works.

use std::path::Path;
use std::time::Instant;

use crate::cli::arguments::{self, ListFormat};
use crate::cli::cluster::{self, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::model::live::Live;
use crate::report;
use crate::report::status::{Cluster, Status};

pub fn run(
    directory: &Path,
    options: &arguments::Status,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let name = &options.environment;
    let workspace = Workspace::load_for(directory, std::slice::from_ref(name), terminal)?;
    let settings = cluster::settings(&workspace, name, terminal)?;
    let (context, pinned) = (settings.context.as_deref(), settings.cluster.as_deref());
    cluster::runtime()?.block_on(async {
        let session = Session::open(name, context, pinned, terminal).await?;
        let (live, components) = cluster::standing(&session, name).await?;
        let connection = session.cluster.connection();
        let status = Status {
            environment: name.clone(),
            cluster: Cluster {
                context: connection.context().to_owned(),
                server: connection.server(),
                id: session.id.id.clone(),
                version: session.id.version.clone(),
            },
            components,
            last: last(&live),
            pending: live
                .inventory
                .as_ref()
                .is_some_and(|inventory| inventory.pending.is_some()),
            requests: connection.requests(),
            seconds: started.elapsed().as_secs_f64(),
        };
        terminal.result(&match options.format {
            ListFormat::Text => report::status::text(&status, terminal.out),
            ListFormat::Json => report::pretty(&report::status::json(&status)),
        });
        let unwell = status
            .components
            .iter()
            .any(|component| !component.unwell.is_empty());
        Ok(match unwell {
            true => Exit::Error,
            false => Exit::Done,
        })
    })
}

fn last(live: &Live) -> Option<crate::model::inventory::Record> {
    live.inventory.as_ref()?.history.first().cloned()
}
