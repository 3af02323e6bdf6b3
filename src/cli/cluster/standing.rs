//! Whether what is installed in a cluster works.

use std::collections::BTreeSet;
use std::time::Duration;

use super::examine::Examiner;
use super::planning::inventory;
use super::session::{Session, failed};
use crate::apply::Examine;
use crate::cli::exit::Failure;
use crate::model::health::{Health, Ready, Status as Verdict};
use crate::model::inventory::{Inventory, Member};
use crate::model::live::Live;
use crate::model::rendering::Rendering;
use crate::model::server::Server;
use crate::report::status::{Installed, Unwell};

/// Reads what was applied, and says of its components which objects do not work.
pub async fn standing(
    session: &Session,
    environment: &str,
) -> Result<(Live, Vec<Installed>), Failure> {
    let inventory = inventory(session, environment).await?;
    let live = session.cluster.live(&[], inventory).await;
    let live = live.map_err(|error| failed("the cluster cannot be read", &error))?;
    let nothing = Rendering::default();
    let examiner = Examiner::of(&session.cluster, live.objects.keys(), [], &nothing).await;
    let ready = ready(session, &live, &examiner).await;
    let installed = judged(&live, &examiner, &ready);
    Ok((live, installed))
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

fn judged(live: &Live, examiner: &Examiner, ready: &Ready) -> Vec<Installed> {
    let nothing = Inventory::default();
    let inventory = live.inventory.as_ref().unwrap_or(&nothing);
    let component = |(name, members): (&String, &Vec<Member>)| {
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
