//! A plan against the cluster: read, ask, decide.

use std::collections::HashMap;
use std::time::Instant;

use super::desired::Desired;
use super::session::{Session, failed};
use super::{coming, preflight};
use crate::cli::exit::Failure;
use crate::kubernetes::SecretStore;
use crate::model::api::Target;
use crate::model::graph::Graph;
use crate::model::inventory::Inventory;
use crate::model::live::{Live, Probe};
use crate::model::rendering::Rendering;
use crate::model::server::Store;
use crate::model::work::Decision;
use crate::order;
use crate::plan::State;
use crate::plan::live::{DesiredIndex, Known, Only, Planner, Situation};

/// What was decided, what it cost, and who can decide again.
pub struct Planned<'a> {
    pub planner: Planner<'a>,
    pub decision: Decision,
    pub requests: u64,
    pub seconds: f64,
}

/// The record of what was applied; `None` before the first apply.
pub async fn inventory(session: &Session, environment: &str) -> Result<Option<Inventory>, Failure> {
    let store = SecretStore::new(session.cluster.connection().clone(), environment);
    let inventory = store.read().await;
    inventory.map_err(|error| failed("the inventory cannot be read", &error))
}

/// Reads what the plan needs of the cluster.
pub async fn read(session: &Session, desired: &Desired) -> Result<Live, Failure> {
    let (inventory, kinds) = futures::join!(
        inventory(session, &desired.environment),
        session.cluster.need_kinds()
    );
    kinds.map_err(|error| failed("the server does not say what it serves", &error))?;
    let components = desired.rendering.components.values();
    let objects = components.flat_map(|component| &component.objects);
    let targets: Vec<Target> = objects
        .map(|rendered| Target::of(&rendered.object))
        .collect();
    let live = session.cluster.live(&targets, inventory?).await;
    live.map_err(|error| failed("the cluster cannot be read", &error))
}

/// Decides what is to be done for the cluster to be as desired.
pub async fn plan<'a>(
    session: &Session,
    desired: &'a Desired,
    live: &'a Live,
    index: &'a DesiredIndex<'a>,
    verify: bool,
    started: Instant,
) -> Planned<'a> {
    let only = desired.only.as_ref();
    plan_part(session, desired, live, index, only, verify, started).await
}

/// The same for a part of it.
pub async fn plan_part<'a>(
    session: &Session,
    desired: &'a Desired,
    live: &'a Live,
    index: &'a DesiredIndex<'a>,
    only: Option<&'a Only>,
    verify: bool,
    started: Instant,
) -> Planned<'a> {
    let mut planner = Planner::new(
        Situation {
            desired: State {
                rendering: &desired.rendering,
                graph: &desired.graph,
            },
            live,
            rules: &desired.rules,
            verify,
            only,
            order: &order_of,
        },
        index,
    );
    let mut fresh = HashMap::new();
    let cluster = &session.cluster;
    let keep = |probe: &Probe, answer| {
        fresh.insert(probe.target.identity.clone(), answer);
    };
    cluster.probes(&planner.fresh_probes(), keep).await;
    let mut inside = HashMap::new();
    for namespace in planner.namespaces_that_go() {
        let held = cluster.inside(&namespace.name).await;
        inside.insert(namespace, held);
    }
    planner.learn(Known {
        fresh,
        inside,
        wrong: coming::wrong(&desired.rendering, planner.unknown_to_the_server()),
    });
    let probes = planner.probes();
    let hear = |probe: &Probe, answer| planner.answered(&probe.target.identity, &answer);
    cluster.probes(&probes, hear).await;
    let probes = planner.replacement_probes();
    let hear = |probe: &Probe, answer| planner.replacement(&probe.target.identity, &answer);
    cluster.probes(&probes, hear).await;
    let mut decision = planner.decide(desired.heading());
    preflight::look(session, &desired.rendering, &mut decision).await;
    Planned {
        decision,
        planner,
        requests: session.cluster.connection().requests(),
        seconds: started.elapsed().as_secs_f64(),
    }
}

/// What is in a cluster need not be free of circles; then it is deleted in any order.
fn order_of(rendering: &Rendering) -> Option<Graph> {
    order::order(rendering).ok()
}
