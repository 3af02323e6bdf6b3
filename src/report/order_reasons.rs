//! Why steps stand in their wave and no earlier.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::line::printable;
use crate::model::graph::{Neighbours, levels};
use crate::model::plan::{Edge, Plan};

/// Names that are shown of reasons that differ in a name only.
const NAMED: usize = 3;

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
        folded(all)
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

/// Joins reasons that differ in their last word: `reads ConfigMap a, b`.
fn folded<'r>(reasons: impl Iterator<Item = &'r str>) -> Vec<String> {
    let mut folded: IndexMap<&str, Vec<&str>> = IndexMap::new();
    for reason in reasons {
        let (words, last) = reason.rsplit_once(' ').unwrap_or(("", reason));
        folded.entry(words).or_default().push(last);
    }
    let joined = folded.into_iter().map(|(words, last)| {
        let named = last[..last.len().min(NAMED)].join(", ");
        let text = format!("{words} {named}");
        match last.len().saturating_sub(NAMED) {
            0 => printable(text.trim_start()),
            more => printable(&format!("{} and {more} more", text.trim_start())),
        }
    });
    joined.collect()
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn reasons_of_one_kind_are_one() {
        let reasons = [
            "namespace",
            "reads ConfigMap a",
            "its CRD",
            "reads ConfigMap b",
            "its role",
        ];
        assert_eq!(
            folded(reasons.into_iter()),
            ["namespace", "reads ConfigMap a, b", "its CRD, role"]
        );
        let many = [
            "reads Secret a",
            "reads Secret b",
            "reads Secret c",
            "reads Secret d",
        ];
        assert_eq!(
            folded(many.into_iter()),
            ["reads Secret a, b, c and 1 more"]
        );
    }
}
