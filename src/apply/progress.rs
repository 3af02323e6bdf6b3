//! The graph of steps while it is walked: what may begin, and what never will.

use std::collections::VecDeque;

use crate::model::graph::{Edge, EdgeKind};

/// Steps and milestones with what they still wait for.
#[derive(Debug)]
pub struct Progress {
    steps: usize,
    nodes: Vec<Node>,
    ready: VecDeque<usize>,
}

#[derive(Debug, Default)]
struct Node {
    /// Nodes that follow, and what they wait for.
    after: Vec<(usize, EdgeKind)>,
    waits_for: usize,
    applied: bool,
    healthy: bool,
    /// It was given out, or never will be.
    settled: bool,
}

impl Progress {
    pub fn new(steps: usize, milestones: usize, edges: &[Edge]) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        nodes.resize_with(steps + milestones, Node::default);
        for edge in edges {
            nodes[edge.before].after.push((edge.after, edge.kind));
            nodes[edge.after].waits_for += 1;
        }
        let ready = (0..nodes.len()).filter(|node| nodes[*node].waits_for == 0);
        let ready = ready.collect();
        let mut progress = Self {
            steps,
            nodes,
            ready,
        };
        progress.pass_milestones();
        progress
    }

    /// A step that may begin now; each once.
    pub fn next(&mut self) -> Option<usize> {
        let step = self.ready.pop_front()?;
        self.nodes[step].settled = true;
        Some(step)
    }

    /// A step was written, or an object is gone.
    pub fn applied(&mut self, node: usize) {
        if !std::mem::replace(&mut self.nodes[node].applied, true) {
            self.release(node, EdgeKind::Applied);
            self.pass_milestones();
        }
    }

    /// A step is healthy.
    pub fn healthy(&mut self, node: usize) {
        self.applied(node);
        if !std::mem::replace(&mut self.nodes[node].healthy, true) {
            self.release(node, EdgeKind::Ready);
            self.pass_milestones();
        }
    }

    /// A step will not get any further. Gives the steps that will therefore never begin.
    pub fn failed(&mut self, node: usize) -> Vec<usize> {
        self.nodes[node].settled = true;
        let mut never = Vec::new();
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            let applied = self.nodes[node].applied;
            let after = self.nodes[node].after.clone();
            for (next, kind) in after {
                let passed = kind == EdgeKind::Applied && applied;
                if passed || std::mem::replace(&mut self.nodes[next].settled, true) {
                    continue;
                }
                if next < self.steps {
                    never.push(next);
                }
                open.push(next);
            }
        }
        never.sort_unstable();
        never
    }

    /// Steps that were never given out.
    pub fn left(&self) -> Vec<usize> {
        (0..self.steps)
            .filter(|step| !self.nodes[*step].settled)
            .collect()
    }

    fn release(&mut self, node: usize, kind: EdgeKind) {
        for index in 0..self.nodes[node].after.len() {
            let (next, wanted) = self.nodes[node].after[index];
            if wanted != kind {
                continue;
            }
            let next_node = &mut self.nodes[next];
            next_node.waits_for -= 1;
            if next_node.waits_for == 0 && !next_node.settled {
                self.ready.push_back(next);
            }
        }
    }

    /// A milestone is there as soon as all that it waits for is.
    fn pass_milestones(&mut self) {
        while let Some(place) = self.ready.iter().position(|node| *node >= self.steps) {
            let Some(milestone) = self.ready.remove(place) else {
                return;
            };
            let node = &mut self.nodes[milestone];
            (node.settled, node.applied, node.healthy) = (true, true, true);
            self.release(milestone, EdgeKind::Applied);
            self.release(milestone, EdgeKind::Ready);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::model::graph::{Edge, EdgeKind};

    fn edge(before: usize, after: usize, kind: EdgeKind) -> Edge {
        Edge {
            before,
            after,
            kind,
            reason: "a test".into(),
        }
    }

    fn all(progress: &mut Progress) -> Vec<usize> {
        std::iter::from_fn(|| progress.next()).collect()
    }

    #[test]
    fn an_edge_holds_until_its_kind_is_true() {
        let edges = [edge(0, 1, EdgeKind::Applied), edge(0, 2, EdgeKind::Ready)];
        let mut progress = Progress::new(3, 0, &edges);
        assert_eq!(all(&mut progress), [0]);
        progress.applied(0);
        assert_eq!(all(&mut progress), [1]);
        progress.healthy(0);
        assert_eq!(all(&mut progress), [2]);
        assert!(progress.left().is_empty());
    }

    #[test]
    fn milestones_pass_on_what_they_wait_for() {
        let edges = [
            edge(0, 3, EdgeKind::Ready),
            edge(1, 3, EdgeKind::Applied),
            edge(3, 4, EdgeKind::Applied),
            edge(4, 2, EdgeKind::Ready),
        ];
        let mut progress = Progress::new(3, 2, &edges);
        assert_eq!(all(&mut progress), [0, 1]);
        progress.applied(1);
        progress.applied(0);
        assert!(all(&mut progress).is_empty());
        progress.healthy(0);
        assert_eq!(all(&mut progress), [2]);
    }

    #[test]
    fn a_failure_ends_what_needs_it_and_nothing_else() {
        let edges = [
            edge(0, 1, EdgeKind::Applied),
            edge(0, 4, EdgeKind::Ready),
            edge(4, 2, EdgeKind::Applied),
        ];
        let mut progress = Progress::new(4, 1, &edges);
        assert_eq!(all(&mut progress), [0, 3]);
        progress.applied(0);
        assert_eq!(all(&mut progress), [1]);
        assert_eq!(progress.failed(0), [2]);
        assert!(progress.left().is_empty());
    }
}
