//! The order of the objects to the order of the steps.
//!
//! Objects that stay as they are pass no order on: what needs them has them. Milestones do, and
//! stay where a step comes before and another after. Deletes follow the graph of what is there,
//! backwards, when everything else is done: what replaces them must work first.

use std::collections::HashMap;
use std::sync::Arc;

use crate::model::graph::{Edge, EdgeKind, Graph, Neighbours, Node, levels};
use crate::model::plan::{Action, Plan};
use crate::object::Identity;

/// Adds edges, milestones and waves to the steps.
pub fn schedule(plan: &mut Plan, desired: &Graph, current: Option<&Graph>) {
    let mut draft = Draft::new(plan);
    draft.forwards(desired);
    if let Some(current) = current {
        draft.backwards(current);
    }
    draft.deletes_last(plan);
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

    fn deletes_last(&mut self, plan: &Plan) {
        if self.deleted.is_empty() || self.kept.is_empty() {
            return;
        }
        let rest = self.milestone("everything else is done".into());
        for (index, step) in plan.steps.iter().enumerate() {
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
}

/// Leaves out the milestones that no step reaches or no step waits for.
fn only_used(
    steps: usize,
    milestones: Vec<Arc<str>>,
    edges: Vec<Edge>,
) -> (Vec<Arc<str>>, Vec<Edge>) {
    let nodes = steps + milestones.len();
    let after = Neighbours::new(nodes, &edges, |edge| (edge.before, edge.after));
    let before = Neighbours::new(nodes, &edges, |edge| (edge.after, edge.before));
    let (reached, awaited) = (
        touched(steps, nodes, &after),
        touched(steps, nodes, &before),
    );
    let mut places: Vec<Option<usize>> = (0..steps).map(Some).collect();
    let mut kept = Vec::new();
    for (offset, milestone) in milestones.into_iter().enumerate() {
        let used = reached[steps + offset] && awaited[steps + offset];
        places.push(used.then_some(steps + kept.len()));
        if used {
            kept.push(milestone);
        }
    }
    let edges = edges.into_iter().filter_map(|edge| {
        Some(Edge {
            before: places[edge.before]?,
            after: places[edge.after]?,
            ..edge
        })
    });
    (kept, edges.collect())
}

/// Nodes to which a way leads that begins at a step.
fn touched(steps: usize, nodes: usize, next: &Neighbours) -> Vec<bool> {
    let mut touched = vec![false; nodes];
    let mut open: Vec<usize> = (0..steps).collect();
    while let Some(node) = open.pop() {
        for &neighbour in next.of(node) {
            if !touched[neighbour] {
                touched[neighbour] = true;
                open.push(neighbour);
            }
        }
    }
    touched
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
