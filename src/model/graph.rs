//! Which object must come before which, and why.

use std::sync::Arc;

use crate::object::Identity;

/// The objects of a rendering with the order between them. It has no cycle.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    /// Objects by component and identity, then milestones.
    pub nodes: Vec<Node>,
    /// By their ends; one at most between two nodes.
    pub edges: Vec<Edge>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    Object {
        component: String,
        identity: Identity,
    },
    /// A point that many reach and many wait for, such as `cert-manager is ready`. It does nothing;
    /// it keeps the number of edges linear, where each of many objects follows each of many others.
    Milestone(Arc<str>),
}

/// `after` follows `before`; both are indexes of nodes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub before: usize,
    pub after: usize,
    pub kind: EdgeKind,
    /// A few words that stand behind "after": `its CRD`, `reads ConfigMap shop/web`.
    pub reason: Arc<str>,
}

/// What must be true of the earlier object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EdgeKind {
    /// It has been written, or, of a delete, is gone.
    Applied,
    /// It is healthy.
    Ready,
}

impl EdgeKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ready => "ready",
        }
    }
}

/// The longest path that leads to each node: how many nodes that weigh something come before it
/// one after the other. `None` when a cycle has no beginning.
pub fn levels(weighs: &[bool], edges: &[Edge]) -> Option<Vec<usize>> {
    let after = Neighbours::new(weighs.len(), edges, |edge| (edge.before, edge.after));
    let mut waiting = vec![0usize; weighs.len()];
    for edge in edges {
        waiting[edge.after] += 1;
    }
    let mut levels = vec![0usize; weighs.len()];
    let mut ready: Vec<usize> = (0..weighs.len())
        .filter(|node| waiting[*node] == 0)
        .collect();
    let mut done = 0;
    while let Some(node) = ready.pop() {
        done += 1;
        for &next in after.of(node) {
            levels[next] = levels[next].max(levels[node] + usize::from(weighs[node]));
            waiting[next] -= 1;
            if waiting[next] == 0 {
                ready.push(next);
            }
        }
    }
    (done == weighs.len()).then_some(levels)
}

/// The neighbours of every node on one side, in one allocation.
#[derive(Debug)]
pub struct Neighbours {
    starts: Vec<usize>,
    ends: Vec<usize>,
}

impl Neighbours {
    /// Of each edge `ends` takes the node and its neighbour.
    pub fn new(nodes: usize, edges: &[Edge], ends: impl Fn(&Edge) -> (usize, usize)) -> Self {
        let mut starts = vec![0; nodes + 1];
        for edge in edges {
            starts[ends(edge).0 + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut neighbours = vec![0; edges.len()];
        for edge in edges {
            let (node, neighbour) = ends(edge);
            neighbours[next[node]] = neighbour;
            next[node] += 1;
        }
        Self {
            starts,
            ends: neighbours,
        }
    }

    pub fn of(&self, node: usize) -> &[usize] {
        &self.ends[self.starts[node]..self.starts[node + 1]]
    }
}

#[cfg(test)]
mod tests {
    use super::{Edge, EdgeKind, levels};

    fn edges(ends: &[(usize, usize)]) -> Vec<Edge> {
        let edge = |&(before, after): &(usize, usize)| Edge {
            before,
            after,
            kind: EdgeKind::Applied,
            reason: "a test".into(),
        };
        ends.iter().map(edge).collect()
    }

    #[test]
    fn the_longest_path_counts_and_milestones_weigh_nothing() {
        let diamond = edges(&[(0, 1), (1, 2), (0, 2), (2, 3)]);
        assert_eq!(levels(&[true; 4], &diamond), Some(vec![0, 1, 2, 3]));
        let weighs = [true, false, true, true];
        assert_eq!(levels(&weighs, &diamond), Some(vec![0, 1, 1, 2]));
    }

    #[test]
    fn a_cycle_has_no_levels() {
        assert_eq!(levels(&[true; 3], &edges(&[(0, 1), (1, 2), (2, 1)])), None);
    }
}
