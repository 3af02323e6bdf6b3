//! Which nodes of a graph reach one another.

use crate::model::graph::{Edge, Neighbours};

const NONE: usize = usize::MAX;

/// Each node with the number of its group: two nodes are of one group when each reaches the other
/// (the strongly connected components, after Tarjan).
pub fn groups(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let mut search = Search {
        after: Neighbours::new(nodes, edges, |edge| (edge.before, edge.after)),
        seen: 0,
        found: 0,
        index: vec![NONE; nodes],
        low: vec![NONE; nodes],
        group: vec![NONE; nodes],
        open: Vec::new(),
    };
    for root in 0..nodes {
        if search.index[root] == NONE {
            search.from(root);
        }
    }
    search.group
}

struct Search {
    after: Neighbours,
    seen: usize,
    found: usize,
    /// When a node was seen first.
    index: Vec<usize>,
    /// The earliest open node that is known to be reached from here.
    low: Vec<usize>,
    group: Vec<usize>,
    /// Nodes without a group yet, in the order in which they were seen.
    open: Vec<usize>,
}

impl Search {
    /// Keeps its own path: a chain of edges may be as long as there are objects, and the stack of
    /// the program is not.
    fn from(&mut self, root: usize) {
        let mut path = vec![(self.enter(root), 0)];
        while let Some((node, next)) = path.pop() {
            let Some(&neighbour) = self.after.of(node).get(next) else {
                self.leave(node, path.last().map(|(parent, _)| *parent));
                continue;
            };
            path.push((node, next + 1));
            if self.index[neighbour] == NONE {
                path.push((self.enter(neighbour), 0));
            } else if self.group[neighbour] == NONE {
                self.low[node] = self.low[node].min(self.index[neighbour]);
            }
        }
    }

    fn enter(&mut self, node: usize) -> usize {
        (self.index[node], self.low[node]) = (self.seen, self.seen);
        self.seen += 1;
        self.open.push(node);
        node
    }

    fn leave(&mut self, node: usize, parent: Option<usize>) {
        if self.low[node] == self.index[node] {
            self.close(node);
        }
        if let Some(parent) = parent {
            self.low[parent] = self.low[parent].min(self.low[node]);
        }
    }

    /// What was seen since the first of a group, and is open still, is the group.
    fn close(&mut self, first: usize) {
        while let Some(member) = self.open.pop() {
            self.group[member] = self.found;
            if member == first {
                break;
            }
        }
        self.found += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::groups;
    use crate::model::graph::{Edge, EdgeKind};

    #[test]
    fn nodes_that_reach_one_another_are_one_group() {
        let ends = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 0)];
        let edge = |(before, after)| Edge {
            before,
            after,
            kind: EdgeKind::Applied,
            reason: "a test".into(),
        };
        let edges = {
            let mut edges = ends.map(edge);
            edges.sort();
            edges
        };
        let groups = groups(6, &edges);
        assert!(groups[0] == groups[1] && groups[1] == groups[2]);
        assert!(groups[3] == groups[4] && groups[3] != groups[0]);
        assert!(groups[5] != groups[0] && groups[5] != groups[3]);
    }

    #[test]
    fn a_long_chain_does_not_exhaust_the_stack() {
        let edges: Vec<Edge> = (0..200_000)
            .map(|before| Edge {
                before,
                after: before + 1,
                kind: EdgeKind::Applied,
                reason: "a test".into(),
            })
            .collect();
        assert_eq!(groups(200_001, &edges).len(), 200_001);
    }
}
