//! The cluster itself, as its provider knows it: what is there, and what is to be done.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::desired::{Desired, Place};
use super::turn::{self, Purpose};
use crate::cli::commands::plan::planned;
use crate::cli::exit::Failure;
use crate::diagnostic::codes;
use crate::model::cluster::change::ClusterPlan;
use crate::model::cluster::provider::{Provider, ProviderError};
use crate::model::live::Live;
use crate::model::plan::{LivePlan, Plan};
use crate::object::Object;
use crate::plan::cluster::{self, Hop, There};
use crate::provider::kops::{Kops, KopsCluster, Surroundings};
use crate::render::NAMESPACES;

/// What a reader of a plan for a cluster that is not there must know.
const NOTHING_TO_ASK: &str = "the cluster is not there yet, so nothing was asked of it: what runs on it is planned against nothing, and once more when it is there";

/// The provider's side of an environment.
pub struct Itself {
    pub plan: ClusterPlan,
    pub kops: Kops,
    /// The documents that are stored.
    pub stored: Option<Vec<Object>>,
    /// Who the cluster is, as the journal has it.
    pub id: Option<String>,
    /// Somebody works on it now, in words.
    pub held: Option<String>,
}

/// Asks the provider, and writes nothing; None where no provider of ours makes the cluster, or where it
/// is to be left alone.
pub async fn itself(desired: &Desired, purpose: Purpose) -> Result<Option<Itself>, Failure> {
    let (Some(component), Some(place)) = (desired.provided(), &desired.place) else {
        return Ok(None);
    };
    turn::check_caller(desired, place, purpose).await?;
    let looked = turn::look(place).await?;
    // As the release of the stack says.
    let wanted = component.version.as_str();
    let otherwise = "; `--without-cluster` leaves the cluster itself alone";
    let (kops, asked) = ask(desired, place, wanted, otherwise).await?;
    let stored = asked.stored().await.map_err(|error| failed(&error))?;
    let there = There {
        documents: stored.as_deref(),
        unfinished: looked.unfinished.as_deref(),
        // What a removal has begun to take away is not asked any more, though machines may be left of it.
        in_the_making: looked.in_the_making || looked.emptied,
        rolls: Some(&desired.rolls),
        ..There::default()
    };
    let mut plan = cluster::plan(component, there);
    if stored.is_some() && !plan.is_blocked() {
        // kops can foretell an update only of what is stored.
        let other_key = other_key(desired, &asked).await?;
        let settled = plan.changes.is_empty() && !other_key;
        let (cloud, machines) = futures::join!(
            async {
                match settled {
                    true => asked.cloud_changes().await.map(Some),
                    false => Ok(None),
                }
            },
            asked.machines()
        );
        let cloud = cloud.map_err(|error| failed(&error))?;
        let machines = machines.map_err(|error| failed(&error))?;
        let there = There {
            cloud: cloud.as_ref(),
            machines: Some(&machines),
            other_key,
            ..there
        };
        plan = cluster::plan(component, there);
    }
    Ok(Some(Itself {
        plan,
        kops,
        // Where nothing is stored, it is that of a cluster that is gone.
        id: looked.id.filter(|_| stored.is_some()),
        stored,
        held: looked.held,
    }))
}

/// The program of the wanted version, and what it says of the cluster. `otherwise` ends the help where there
/// is no such program.
pub(super) async fn ask(
    desired: &Desired,
    place: &Place,
    wanted: &str,
    otherwise: &str,
) -> Result<(Kops, KopsCluster), Failure> {
    let help = format!("kops-stack drives kops {wanted}: put it into PATH{otherwise}");
    let kops = Kops::find(wanted, &place.state, &folders())
        .await
        .map_err(|error| Failure::plain(codes::KOPS, error.to_string(), &help))?;
    let around = Surroundings::default();
    let asked = KopsCluster::new(kops.clone(), &place.name, around, &desired.rolls);
    Ok((kops, asked))
}

/// Whether the machines take another key than the knobs say; not asked where they say none.
async fn other_key(desired: &Desired, asked: &KopsCluster) -> Result<bool, Failure> {
    let Some(wanted) = &desired.ssh_key else {
        return Ok(false);
    };
    let kept = asked.ssh_keys().await.map_err(|error| failed(&error))?;
    Ok(cluster::is_other_key(wanted, &kept))
}

/// What is planned for a cluster that is not there: everything is new.
pub fn coming(desired: &Desired, itself: &Itself) -> Result<Plan, Failure> {
    let mut heading = desired.heading();
    heading.notes.push(NOTHING_TO_ASK.to_owned());
    let mut plan = planned(&desired.rendering, None, heading)?;
    plan.live = Some(LivePlan {
        digest: desired.digest[..16].to_owned(),
        ..LivePlan::default()
    });
    include(&mut plan, itself, &BTreeSet::new());
    Ok(plan)
}

/// Puts the cluster itself into the plan of what runs on it, and into its digest; `first` are the
/// components that are applied before it.
pub fn include(plan: &mut Plan, itself: &Itself, first: &BTreeSet<String>) {
    let mut provided = itself.plan.clone();
    if !first.is_empty() {
        let changing: BTreeSet<&String> = plan.steps.iter().map(|step| &step.component).collect();
        let (before, after): (Vec<&String>, Vec<&String>) = changing
            .into_iter()
            .filter(|component| *component != NAMESPACES)
            .partition(|component| first.contains(*component));
        provided.first = before.into_iter().cloned().collect();
        provided.then = after.into_iter().cloned().collect();
    }
    if let Some(live) = &mut plan.live {
        live.digest = cluster::digest(&provided, &live.digest);
    }
    plan.heading.notes.extend(itself.held.clone());
    plan.cluster = Some(provided);
}

/// The components that are applied before the cluster itself is changed; none where its Kubernetes stays
/// within its minor.
pub fn first(desired: &Desired, itself: &Itself, live: &Live) -> BTreeSet<String> {
    let wanted = desired.provided().into_iter();
    let wanted = wanted.flat_map(|component| &component.objects);
    let to = cluster::kubernetes(wanted.map(|rendered| &*rendered.object));
    let from = cluster::kubernetes(itself.stored.iter().flatten());
    let (Some(from), Some(to)) = (from, to) else {
        return BTreeSet::new();
    };
    let inventory = live.inventory.iter();
    let hop = Hop {
        from: &from,
        to: &to,
        ranges: &desired.ranges,
        dependencies: &desired.rendering.dependencies,
        installed: &inventory
            .flat_map(|inventory| inventory.members.keys().cloned())
            .collect(),
    };
    hop.first()
}

pub fn failed(error: &ProviderError) -> Failure {
    Failure::plain(
        codes::KOPS,
        error.message.clone(),
        "look at the credentials of the cloud, and at `state` in cluster.yaml; `--without-cluster` leaves the cluster itself alone",
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
pub fn folders() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH");
    path.iter().flat_map(std::env::split_paths).collect()
}
