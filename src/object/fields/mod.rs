//! Who owns which field: the sets of `metadata.managedFields` (fieldsV1), and what follows of them.
//!
//! ```text
//! managedFields ── ManagedFields::of ──► entries, each with its FieldSet
//! live, predicted, our sets ── owned_changes ──► the changes that are ours
//! sent, live, our set ── keeps_order ──► whether a dry run would sort our items anew
//! ```
//!
//! The server keeps for each manager the set of fields that it set last. A set knows *members*, the
//! fields themselves, apart from the mere way to them: in `{"f:spec":{"f:replicas":{}}}` the
//! replicas are a member and `spec` is not.

mod algebra;
mod changes;
mod element;
mod managed;
mod order;
mod read;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use changes::{OwnedChanges, owned_changes};
pub use managed::{FieldsEntry, ManagedFields, ManagedFieldsError, Operation};
pub use order::keeps_order;
pub use read::FieldSetError;

use super::{Path, Segment};
use element::Element;

/// A set of fields of an object.
///
/// Two sets are equal when they have the same members, however they were made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldSet {
    /// No node is here in vain: each is a member, or leads to one.
    nodes: BTreeMap<Element, Node>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    is_member: bool,
    below: FieldSet,
}

/// Where a path lies, seen from a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Reach<'s> {
    /// It is a member, or lies within one.
    Covered,
    /// Members lie below it.
    Above(&'s FieldSet),
    Outside,
}

impl Node {
    fn is_empty(&self) -> bool {
        !self.is_member && self.below.is_empty()
    }
}

impl FieldSet {
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// How many members it has.
    pub fn len(&self) -> usize {
        let nodes = self.nodes.values();
        nodes
            .map(|node| usize::from(node.is_member) + node.below.len())
            .sum()
    }

    /// Whether the field itself is a member.
    pub fn has_member(&self, path: &Path) -> bool {
        self.node(path).is_some_and(|node| node.is_member)
    }

    /// Whether the field or something below it is a member.
    pub fn contains(&self, path: &Path) -> bool {
        match path.segments() {
            [] => !self.is_empty(),
            _ => self.node(path).is_some(),
        }
    }

    /// Whether the field, or what it lies in, is a member: an atomic list covers its items, an item
    /// that is ours covers what the server fills in. `spec` alone covers nothing.
    pub fn covers(&self, path: &Path) -> bool {
        matches!(self.reach(path), Reach::Covered)
    }

    /// Whether an apply that leaves the field out takes it away: it is in the set, leads to a member,
    /// or lies in one that is whole, as an atomic list is. What the server fills into an item of
    /// ours is not.
    pub fn holds(&self, path: &Path) -> bool {
        let mut set = self;
        for segment in path.segments() {
            match set.nodes.get(&Element::of(segment)) {
                Some(node) if node.is_member && node.below.is_empty() => return true,
                Some(node) => set = &node.below,
                None => return false,
            }
        }
        true
    }

    pub(super) fn reach(&self, path: &Path) -> Reach<'_> {
        let mut set = self;
        for segment in path.segments() {
            match set.nodes.get(&Element::of(segment)) {
                Some(node) if node.is_member => return Reach::Covered,
                Some(node) => set = &node.below,
                None => return Reach::Outside,
            }
        }
        match set.is_empty() {
            true => Reach::Outside,
            false => Reach::Above(set),
        }
    }

    /// Every member, a field before what lies in it.
    pub fn members(&self) -> Vec<Path> {
        let mut members = Vec::new();
        self.collect(&mut Path::root(), &mut members);
        members
    }

    fn collect(&self, path: &mut Path, members: &mut Vec<Path>) {
        for (element, node) in &self.nodes {
            path.push(element.segment());
            if node.is_member {
                members.push(path.clone());
            }
            node.below.collect(path, members);
            path.pop();
        }
    }

    /// Makes the field a member; false when it was one. The root is never a member.
    pub fn insert(&mut self, path: &Path) -> bool {
        let Some((last, way)) = path.segments().split_last() else {
            return false;
        };
        let mut set = self;
        for segment in way {
            set = &mut set.nodes.entry(Element::of(segment)).or_default().below;
        }
        let node = set.nodes.entry(Element::of(last)).or_default();
        !std::mem::replace(&mut node.is_member, true)
    }

    /// Takes the field out, and leaves what lies below it; false when it was no member.
    pub fn remove(&mut self, path: &Path) -> bool {
        self.take(path.segments(), &mut |node| {
            std::mem::replace(&mut node.is_member, false)
        })
    }

    /// Takes the field out with all that lies below it; false when nothing was there.
    pub fn remove_all(&mut self, path: &Path) -> bool {
        self.take(path.segments(), &mut |node| {
            !std::mem::take(node).is_empty()
        })
    }

    fn take(&mut self, path: &[Segment], from: &mut dyn FnMut(&mut Node) -> bool) -> bool {
        let Some((first, rest)) = path.split_first() else {
            return false;
        };
        let element = Element::of(first);
        let Some(node) = self.nodes.get_mut(&element) else {
            return false;
        };
        let taken = match rest {
            [] => from(node),
            rest => node.below.take(rest, from),
        };
        if node.is_empty() {
            self.nodes.remove(&element);
        }
        taken
    }

    /// What is known below each field of a mapping.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&str, &Self)> {
        self.nodes
            .iter()
            .filter_map(|(element, node)| match element {
                Element::Field(name) => Some((name.as_str(), &node.below)),
                _ => None,
            })
    }

    /// The items that the set names of a list that merges by keys or by value, and what is known
    /// below each.
    pub(super) fn items(&self) -> impl Iterator<Item = (Segment, &Self)> {
        let nodes = self.nodes.iter();
        let items = nodes.filter(|(element, _)| element.is_item());
        items.map(|(element, node)| (element.segment(), &node.below))
    }

    /// What the set knows below one step.
    pub(super) fn below(&self, segment: &Segment) -> Option<&Self> {
        Some(&self.nodes.get(&Element::of(segment))?.below)
    }

    fn node(&self, path: &Path) -> Option<&Node> {
        let (last, way) = path.segments().split_last()?;
        let mut set = self;
        for segment in way {
            set = &set.nodes.get(&Element::of(segment))?.below;
        }
        set.nodes.get(&Element::of(last))
    }
}

impl<'p> FromIterator<&'p Path> for FieldSet {
    fn from_iter<T: IntoIterator<Item = &'p Path>>(members: T) -> Self {
        let mut set = Self::default();
        for path in members {
            set.insert(path);
        }
        set
    }
}
