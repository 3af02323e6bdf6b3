//! Sets of fields with one another. Members count one by one: `spec` and `spec.replicas` are two.

use super::{FieldSet, Node};

impl FieldSet {
    /// The members of either.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut union = self.clone();
        union.absorb(other);
        union
    }

    /// The members of this set that the other has not.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        self.filtered(|element, node| {
            let Some(theirs) = other.nodes.get(element) else {
                return node.clone();
            };
            Node {
                is_member: node.is_member && !theirs.is_member,
                below: node.below.difference(&theirs.below),
            }
        })
    }

    /// The members of both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        self.filtered(|element, node| match other.nodes.get(element) {
            Some(theirs) => Node {
                is_member: node.is_member && theirs.is_member,
                below: node.below.intersection(&theirs.below),
            },
            None => Node::default(),
        })
    }

    /// Whether the other set has every member of this one.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.nodes.iter().all(|(element, node)| {
            other.nodes.get(element).is_some_and(|theirs| {
                (theirs.is_member || !node.is_member) && node.below.is_subset(&theirs.below)
            })
        })
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        for (element, theirs) in &other.nodes {
            let node = self.nodes.entry(element.clone()).or_default();
            node.is_member |= theirs.is_member;
            node.below.absorb(&theirs.below);
        }
    }

    fn filtered(&self, keep: impl Fn(&super::Element, &Node) -> Node) -> Self {
        let nodes = self.nodes.iter();
        let kept = nodes.map(|(element, node)| (element.clone(), keep(element, node)));
        Self {
            nodes: kept.filter(|(_, node)| !node.is_empty()).collect(),
        }
    }
}
