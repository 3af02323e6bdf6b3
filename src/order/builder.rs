//! Collects nodes and edges.

use std::collections::HashMap;
use std::sync::Arc;

use super::facts::Facts;
use crate::model::graph::{Edge, EdgeKind, Node};

/// What happens to an edge that is part of a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// It gives way: the later object is accepted, and works once the earlier one is there.
    Should,
    /// It stays, and the circle is an error.
    Must,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub edge: Edge,
    pub strength: Strength,
}

pub struct Builder {
    nodes: Vec<Node>,
    drafts: Vec<Draft>,
    milestones: HashMap<String, usize>,
}

impl Builder {
    /// Begins with the objects, each at its place among the facts.
    pub fn new(facts: &Facts<'_>) -> Self {
        let node = |fact: &super::facts::Fact<'_>| Node::Object {
            component: fact.component.to_owned(),
            identity: fact.identity.clone(),
        };
        Self {
            nodes: facts.objects.iter().map(node).collect(),
            drafts: Vec::new(),
            milestones: HashMap::new(),
        }
    }

    /// The node of this name, made when it is first asked for.
    pub fn milestone(&mut self, name: &str) -> usize {
        if let Some(node) = self.milestones.get(name) {
            return *node;
        }
        self.nodes.push(Node::Milestone(name.into()));
        let node = self.nodes.len() - 1;
        self.milestones.insert(name.to_owned(), node);
        node
    }

    pub fn must(&mut self, ends: (usize, usize), kind: EdgeKind, reason: impl Into<Arc<str>>) {
        self.add(ends, kind, reason, Strength::Must);
    }

    /// Adds an edge from the first of `ends` to the second; none from a node to itself.
    pub fn add(
        &mut self,
        (before, after): (usize, usize),
        kind: EdgeKind,
        reason: impl Into<Arc<str>>,
        strength: Strength,
    ) {
        if before == after {
            return;
        }
        let edge = Edge {
            before,
            after,
            kind,
            reason: reason.into(),
        };
        self.drafts.push(Draft { edge, strength });
    }

    /// All nodes, and one edge at most between two of them: the strictest that was asked for.
    pub fn finish(mut self) -> (Vec<Node>, Vec<Draft>) {
        let strictest_first = |draft: &Draft| {
            let Edge { before, after, .. } = draft.edge;
            let strictness = (draft.strength, draft.edge.kind);
            (before, after, std::cmp::Reverse(strictness))
        };
        // Stable, so that of equal ones the first fact that was found gives the reason.
        self.drafts.sort_by_key(strictest_first);
        self.drafts.dedup_by(|later, kept| {
            let same = (later.edge.before, later.edge.after) == (kept.edge.before, kept.edge.after);
            if same {
                kept.edge.kind = kept.edge.kind.max(later.edge.kind);
            }
            same
        });
        (self.nodes, self.drafts)
    }
}
