//! Desired and current objects to the steps between them, in their order.
//!
//! Pure and offline: what is compared are two renderings, or one with nothing. What only a cluster
//! knows, such as who owns a field, is not asked here.

pub mod cluster;
mod compare;
mod components;
mod crd_changes;
mod deletes;
mod finalizers;
mod immutable;
mod index;
pub mod live;
mod masked;
mod milestones;
mod restarts;
mod scalers;
mod schedule;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::model::graph::Graph;
use crate::model::plan::{Heading, Plan, Step};
use crate::model::rendering::Rendering;
use crate::object::Identity;
use compare::Comparison;
use index::Index;

/// The objects of an environment and the order between them.
#[derive(Debug, Clone, Copy)]
pub struct State<'a> {
    pub rendering: &'a Rendering,
    pub graph: &'a Graph,
}

/// Plans the way from `current`, or from nothing, to `desired`.
pub fn plan(desired: State<'_>, current: Option<State<'_>>, heading: Heading) -> Plan {
    let nothing = Rendering::default();
    let before = Index::of(current.map_or(&nothing, |state| state.rendering));
    let after = Index::of(desired.rendering);
    let comparison = Comparison::new(&before, &after);
    let mut plan = Plan {
        environment: desired.rendering.environment.clone(),
        heading,
        steps: Vec::new(),
        milestones: Vec::new(),
        edges: Vec::new(),
        waves: Vec::new(),
        unchanged: BTreeMap::new(),
        components: current.map_or_else(Vec::new, |current| {
            components::changes(current.rendering, desired.rendering)
        }),
        cluster: None,
        live: None,
    };
    if let Some(wanted) = &desired.rendering.cluster {
        let there = current.and_then(|state| state.rendering.cluster.as_ref());
        plan.cluster = Some(cluster::between(wanted, there, None));
    }
    for entry in after.entries() {
        match comparison.step(entry) {
            Some(step) => plan.steps.push(step),
            None => {
                *plan
                    .unchanged
                    .entry(entry.component.to_owned())
                    .or_default() += 1
            }
        }
    }
    let gone = before
        .entries()
        .filter(|entry| after.find(&entry.identity).is_none());
    plan.steps
        .extend(gone.map(|entry| deletes::step(entry, &before)));
    plan.steps.sort_by(|a, b| place(a).cmp(&place(b)));
    let controllers = finalizers::controllers(&plan, &before);
    let released = scalers::released(&plan, &before, &after);
    schedule::schedule(
        &mut plan,
        desired.graph,
        current.map(|state| state.graph),
        controllers,
        &released,
    );
    plan
}

fn place(step: &Step) -> (&str, &Identity) {
    (&step.component, &step.identity)
}
