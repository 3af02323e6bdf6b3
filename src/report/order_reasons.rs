//! Why steps stand in their wave and no earlier.

use std::collections::BTreeMap;

use super::line::printable;
use crate::model::graph::{Neighbours, levels};
use crate::model::plan::{Edge, Plan};

pub struct OrderReasons<'p> {
    plan: &'p Plan,
    /// Of steps and milestones: the wave that they are in or come before.
    levels: Vec<usize>,
    /// The edges that end at a node.
    into: Neighbours,
    by_end: Vec<&'p Edge>,
}

impl<'p> OrderReasons<'p> {
    pub fn of(plan: &'p Plan) -> Self {
        let nodes = plan.steps.len() + plan.milestones.len();
        let weighs: Vec<bool> = (0..nodes).map(|node| node < plan.steps.len()).collect();
        let mut by_end: Vec<&Edge> = plan.edges.iter().collect();
        by_end.sort_by_key(|edge| edge.after);
        Self {
            plan,
            levels: levels(&weighs, &plan.edges).unwrap_or_else(|| vec![0; nodes]),
            into: Neighbours::new(nodes, &plan.edges, |edge| (edge.after, edge.before)),
            by_end,
        }
    }

    /// Reasons of the edges that hold these steps back, each once: what other components provide
    /// first, then what holds most of them.
    pub fn of_steps(&self, steps: &[usize]) -> Vec<String> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        let mut provided: BTreeMap<&str, usize> = BTreeMap::new();
        for step in steps {
            for edge in self.holding(*step) {
                let from_components: Vec<&Edge> = match edge.before >= self.plan.steps.len() {
                    true => self.between_milestones(edge.before),
                    false => Vec::new(),
                };
                if from_components.is_empty() {
                    *counts.entry(&edge.reason).or_default() += 1;
                }
                for edge in from_components {
                    *provided.entry(&edge.reason).or_default() += 1;
                }
            }
        }
        let mut reasons: Vec<_> = counts.into_iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
        let provided = provided.into_keys();
        let all = provided.chain(reasons.into_iter().map(|(reason, _)| reason));
        all.map(printable).collect()
    }

    /// Edges without which a node could come earlier.
    fn holding(&self, node: usize) -> impl Iterator<Item = &'p Edge> {
        let begin = self.by_end.partition_point(|edge| edge.after < node);
        let edges = self.by_end[begin..begin + self.into.of(node).len()]
            .iter()
            .copied();
        edges.filter(move |edge| self.level_behind(edge.before) == self.levels[node])
    }

    fn between_milestones(&self, milestone: usize) -> Vec<&'p Edge> {
        let steps = self.plan.steps.len();
        self.holding(milestone)
            .filter(|edge| edge.before >= steps)
            .collect()
    }

    fn level_behind(&self, node: usize) -> usize {
        self.levels[node] + usize::from(node < self.plan.steps.len())
    }
}
