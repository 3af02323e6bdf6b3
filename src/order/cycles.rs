//! Circles: edges that give way are left out of them; what remains is an error.

use std::collections::VecDeque;

use super::builder::{Draft, Strength};
use super::circles::groups;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::graph::{Edge, Node};

/// The edges without those that give way; an error that shows a circle where none does.
pub fn resolve(
    environment: &str,
    nodes: &[Node],
    drafts: Vec<Draft>,
) -> Result<Vec<Edge>, Diagnostics> {
    let all: Vec<Edge> = drafts.iter().map(|draft| draft.edge.clone()).collect();
    let groups = groups(nodes.len(), &all);
    let stays = |draft: &Draft| {
        let within = groups[draft.edge.before] == groups[draft.edge.after];
        draft.strength == Strength::Must || !within
    };
    let edges: Vec<Edge> = drafts
        .into_iter()
        .filter(stays)
        .map(|draft| draft.edge)
        .collect();
    match edges.len() == all.len() && !has_circle(&groups, &edges) {
        true => Ok(edges),
        false => refuse_circles(environment, nodes, edges),
    }
}

fn has_circle(groups: &[usize], edges: &[Edge]) -> bool {
    // No edge goes from a node to itself, so a circle is an edge within a group.
    edges
        .iter()
        .any(|edge| groups[edge.before] == groups[edge.after])
}

fn refuse_circles(
    environment: &str,
    nodes: &[Node],
    edges: Vec<Edge>,
) -> Result<Vec<Edge>, Diagnostics> {
    let groups = groups(nodes.len(), &edges);
    let mut shown = vec![false; nodes.len()];
    let mut diagnostics = Diagnostics::default();
    for edge in &edges {
        let group = groups[edge.before];
        if group == groups[edge.after] && !shown[group] {
            shown[group] = true;
            let circle = shortest(&edges, &groups, edge);
            diagnostics.push(diagnostic(environment, nodes, &circle));
        }
    }
    match diagnostics.is_empty() {
        true => Ok(edges),
        false => Err(diagnostics),
    }
}

/// The shortest circle that begins with `first`: from its end back to its beginning.
fn shortest<'e>(edges: &'e [Edge], groups: &[usize], first: &'e Edge) -> Vec<&'e Edge> {
    let group = groups[first.before];
    let within = |edge: &&Edge| groups[edge.before] == group && groups[edge.after] == group;
    let inner: Vec<&Edge> = edges.iter().filter(within).collect();
    let mut came_by: Vec<Option<&Edge>> = vec![None; groups.len()];
    let mut queue = VecDeque::from([first.after]);
    while let Some(node) = queue.pop_front() {
        // Sorted by their beginnings, as all edges are.
        let begin = inner.partition_point(|edge| edge.before < node);
        for edge in inner[begin..].iter().take_while(|edge| edge.before == node) {
            if came_by[edge.after].is_none() {
                came_by[edge.after] = Some(edge);
                queue.push_back(edge.after);
            }
        }
    }
    let mut circle = way_back(&came_by, first);
    circle.push(first);
    circle.reverse();
    circle
}

/// The edges from the beginning of `first` back to its end.
fn way_back<'e>(came_by: &[Option<&'e Edge>], first: &Edge) -> Vec<&'e Edge> {
    let mut back = Vec::new();
    let mut node = first.before;
    while let Some(edge) = came_by[node].filter(|_| node != first.after) {
        back.push(edge);
        node = edge.before;
    }
    back
}

fn diagnostic(environment: &str, nodes: &[Node], circle: &[&Edge]) -> Diagnostic {
    let message = format!(
        "{} steps of `{environment}` wait for one another in a circle, so that none could be first",
        circle.len()
    );
    let diagnostic = Diagnostic::error(codes::ORDER_CYCLE, message);
    let diagnostic = circle.iter().fold(diagnostic, |diagnostic, edge| {
        let (after, before) = (name(&nodes[edge.after]), name(&nodes[edge.before]));
        diagnostic.help(format!("{after} comes after {before} ({})", edge.reason))
    });
    diagnostic.help(
        "take one of these needs away: the object that is named, or the component that provides it",
    )
}

fn name(node: &Node) -> String {
    match node {
        Node::Object { identity, .. } => identity.to_string(),
        Node::Milestone(name) => format!("\"{name}\""),
    }
}
