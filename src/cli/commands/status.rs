//! `status`: what is installed in a cluster, and whether it works.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::apply::Examine;
use crate::cli::arguments::{self, ListFormat};
use crate::cli::cluster::{self, Examiner, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::model::health::{Health, Ready, Status as Verdict};
use crate::model::inventory::Inventory;
use crate::model::live::Live;
use crate::model::rendering::Rendering;
use crate::model::server::Server;
use crate::report;
use crate::report::status::{Cluster, Installed, Status, Unwell};

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
        let inventory = cluster::inventory(&session, name).await?;
        let live = session.cluster.live(&[], inventory).await;
        let live = live.map_err(|error| cluster::failed("the cluster cannot be read", &error))?;
        let examiner = Examiner::of(
            &session.cluster,
            live.objects.keys(),
            [],
            &Rendering::default(),
        )
        .await;
        let ready = ready(&session, &live, &examiner).await;
        let connection = session.cluster.connection();
        let status = Status {
            environment: name.clone(),
            cluster: Cluster {
                context: connection.context().to_owned(),
                server: connection.server(),
                id: session.id.id.clone(),
                version: session.id.version.clone(),
            },
            components: installed(&live, &examiner, &ready),
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

/// What stands behind the Services that objects need. What cannot be read is taken to be well.
async fn ready(session: &Session, live: &Live, examiner: &Examiner) -> Ready {
    let calling = live
        .objects
        .keys()
        .filter(|identity| identity.group == "admissionregistration.k8s.io");
    let calling = calling.filter_map(|identity| live.object(identity));
    let services: BTreeSet<_> = calling
        .flat_map(|object| examiner.services(&object))
        .collect();
    let mut ready = Ready::new();
    for (namespace, name) in services {
        let count = session.cluster.ready_addresses(&namespace, &name).await;
        ready.insert((namespace, name), count.unwrap_or(1));
    }
    ready
}

fn installed(live: &Live, examiner: &Examiner, ready: &Ready) -> Vec<Installed> {
    let nothing = Inventory::default();
    let inventory = live.inventory.as_ref().unwrap_or(&nothing);
    let component = |(name, members): (&String, &Vec<crate::model::inventory::Member>)| {
        let mut unwell = Vec::new();
        for member in members {
            let health = match live.object(&member.identity) {
                // What has been there for long has a status, if it ever gets one.
                Some(object) => examiner.health(&object, Duration::MAX, ready.clone()),
                None => Health {
                    status: Verdict::NotFound,
                    message: "is not there".to_owned(),
                },
            };
            if health.status != Verdict::Current {
                unwell.push(Unwell {
                    object: member.identity.clone(),
                    health,
                });
            }
        }
        Installed {
            component: name.clone(),
            version: inventory.versions.get(name).cloned(),
            objects: members.len(),
            unwell,
        }
    };
    inventory.members.iter().map(component).collect()
}
