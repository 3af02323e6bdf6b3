//! The order of the objects to the order of the steps.
//!
//! Objects that stay as they are pass no order on: what needs them has them. Milestones do, and
//! stay where a step comes before and another after. Deletes follow the graph of what is there,
//! backwards, when everything else is done: what replaces them must work first. An autoscaler goes before
//! the workload that it scaled is written, where that says again how many pods it has.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::finalizers::Controllers;
use super::milestones::only_used;
use super::scalers::Released;
use crate::model::graph::{Edge, EdgeKind, Graph, Node, levels};
use crate::model::plan::{Action, Plan};
use crate::object::Identity;

/// Adds edges, milestones and waves to the steps.
pub fn schedule(
    plan: &mut Plan,
    desired: &Graph,
    current: Option<&Graph>,
    controllers: BTreeMap<String, Controllers>,
    released: &[Released],
) {
    let mut draft = Draft::new(plan);
    draft.forwards(desired);
    if let Some(current) = current {
        draft.backwards(current);
    }
    draft.all_deletes(plan, released);
    draft.controllers_last(controllers);
    let Draft {
        milestones, edges, ..
    } = draft;
    (plan.milestones, plan.edges) = only_used(plan.steps.len(), milestones, edges);
    plan.edges.sort();
    plan.waves = waves(plan);
}

struct Draft {
    kept: HashMap<Identity, usize>,
    deleted: HashMap<Identity, usize>,
    steps: usize,
    milestones: Vec<Arc<str>>,
    edges: Vec<Edge>,
}

impl Draft {
    fn new(plan: &Plan) -> Self {
        let (mut kept, mut deleted) = (HashMap::new(), HashMap::new());
        for (index, step) in plan.steps.iter().enumerate() {
            let steps = match step.action {
                Action::Delete => &mut deleted,
                _ => &mut kept,
            };
            steps.insert(step.identity.clone(), index);
        }
        Self {
            kept,
            deleted,
            steps: plan.steps.len(),
            milestones: Vec::new(),
            edges: Vec::new(),
        }
    }

    fn forwards(&mut self, graph: &Graph) {
        let places = self.places(graph, |draft, identity| draft.kept.get(identity).copied());
        self.edges.extend(graph.edges.iter().filter_map(|edge| {
            Some(Edge {
                before: places[edge.before]?,
                after: places[edge.after]?,
                ..edge.clone()
            })
        }));
    }

    /// What needs another goes before it: to be gone is enough.
    fn backwards(&mut self, graph: &Graph) {
        let places = self.places(graph, |draft, identity| {
            draft.deleted.get(identity).copied()
        });
        self.edges.extend(graph.edges.iter().filter_map(|edge| {
            Some(Edge {
                before: places[edge.after]?,
                after: places[edge.before]?,
                kind: EdgeKind::Applied,
                reason: edge.reason.clone(),
            })
        }));
    }

    /// Where the nodes of a graph stand in the plan; nowhere, for what is no step.
    fn places(
        &mut self,
        graph: &Graph,
        step: impl Fn(&Self, &Identity) -> Option<usize>,
    ) -> Vec<Option<usize>> {
        let mut places = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            places.push(match node {
                Node::Object { identity, .. } => step(self, identity),
                Node::Milestone(name) => Some(self.milestone(name.clone())),
            });
        }
        places
    }

    fn milestone(&mut self, name: Arc<str>) -> usize {
        self.milestones.push(name);
        self.steps + self.milestones.len() - 1
    }

    /// Where the order of autoscalers makes a circle, it gives way: it is better, and no need.
    fn all_deletes(&mut self, plan: &Plan, released: &[Released]) {
        let (edges, milestones) = (self.edges.len(), self.milestones.len());
        self.deletes_last(plan, released);
        if !released.is_empty() && self.is_circular() {
            self.edges.truncate(edges);
            self.milestones.truncate(milestones);
            self.deletes_last(plan, &[]);
        }
    }

    fn is_circular(&self) -> bool {
        let weighs = vec![true; self.steps + self.milestones.len()];
        levels(&weighs, &self.edges).is_none()
    }

    /// All deletes, but those of autoscalers whose workloads are written: they come before these.
    fn deletes_last(&mut self, plan: &Plan, released: &[Released]) {
        if self.deleted.is_empty() || self.kept.is_empty() {
            return;
        }
        let rest = self.milestone("everything else is done".into());
        self.edges.extend(released.iter().map(|released| Edge {
            before: released.autoscaler,
            after: released.workload,
            kind: EdgeKind::Applied,
            reason: "an autoscaler that goes sets the number of pods no more".into(),
        }));
        for (index, step) in plan.steps.iter().enumerate() {
            if released.iter().any(|released| released.autoscaler == index) {
                continue;
            }
            let (before, after, kind) = match step.action {
                Action::Delete => (rest, index, EdgeKind::Applied),
                _ => (index, rest, EdgeKind::Ready),
            };
            let reason = "deletes come last".into();
            self.edges.push(Edge {
                before,
                after,
                kind,
                reason,
            });
        }
    }

    /// Gives way to what is known: this order is likely, and the others are facts.
    fn controllers_last(&mut self, controllers: BTreeMap<String, Controllers>) {
        let (edges, milestones) = (self.edges.len(), self.milestones.len());
        for (component, found) in controllers {
            let gone = self.milestone(format!("resources of {component} are gone").into());
            let reason: Arc<str> = "it may have to clean up behind its resources".into();
            let before = found.resources.iter().map(|resource| (*resource, gone));
            let after = found.workloads.iter().map(|workload| (gone, *workload));
            self.edges
                .extend(before.chain(after).map(|(before, after)| Edge {
                    before,
                    after,
                    kind: EdgeKind::Applied,
                    reason: reason.clone(),
                }));
        }
        if self.is_circular() {
            self.edges.truncate(edges);
            self.milestones.truncate(milestones);
        }
    }
}

/// Groups the steps by the longest way that leads to them, milestones not counted.
fn waves(plan: &Plan) -> Vec<Vec<usize>> {
    let nodes = plan.steps.len() + plan.milestones.len();
    let weighs: Vec<bool> = (0..nodes).map(|node| node < plan.steps.len()).collect();
    let levels =
        levels(&weighs, &plan.edges).expect("graphs have no cycle, and deletes follow the rest");
    let mut waves: Vec<Vec<usize>> = Vec::new();
    for (step, level) in levels.into_iter().take(plan.steps.len()).enumerate() {
        if waves.len() <= level {
            waves.resize(level + 1, Vec::new());
        }
        waves[level].push(step);
    }
    waves
}
