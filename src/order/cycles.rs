//! Circles: edges that give way are left out of them; what remains is an error.

use super::builder::{Draft, Strength};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::graph::{Edge, Neighbours, Node};

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
            let circle = shortest(nodes.len(), &edges, &groups, edge);
            diagnostics.push(diagnostic(environment, nodes, &circle));
        }
    }
    match diagnostics.is_empty() {
        true => Ok(edges),
        false => Err(diagnostics),
    }
}

/// Strongly connected components (Tarjan), each node with the number of its own: nodes of one
/// group reach one another. Without recursion, since a chain may be as long as there are objects.
fn groups(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let after = Neighbours::new(nodes, edges, |edge| (edge.before, edge.after));
    let (mut index, mut low) = (vec![NONE; nodes], vec![NONE; nodes]);
    let mut group = vec![NONE; nodes];
    let (mut open, mut seen, mut found) = (Vec::new(), 0, 0);
    for root in 0..nodes {
        let mut path = vec![(root, 0)];
        while let Some((node, next)) = path.pop() {
            if next == 0 {
                if index[node] != NONE {
                    continue;
                }
                (index[node], low[node]) = (seen, seen);
                seen += 1;
                open.push(node);
            }
            match after.of(node).get(next) {
                Some(&neighbour) => {
                    path.push((node, next + 1));
                    if index[neighbour] == NONE {
                        path.push((neighbour, 0));
                    } else if group[neighbour] == NONE {
                        low[node] = low[node].min(index[neighbour]);
                    }
                }
                None => {
                    if low[node] == index[node] {
                        while let Some(member) = open.pop() {
                            group[member] = found;
                            if member == node {
                                break;
                            }
                        }
                        found += 1;
                    }
                    if let Some((parent, _)) = path.last() {
                        low[*parent] = low[*parent].min(low[node]);
                    }
                }
            }
        }
    }
    group
}

/// The shortest circle that begins with `first`: from its end back to its beginning.
fn shortest<'e>(
    nodes: usize,
    edges: &'e [Edge],
    groups: &[usize],
    first: &'e Edge,
) -> Vec<&'e Edge> {
    let within = |edge: &&Edge| {
        let group = groups[first.before];
        groups[edge.before] == group && groups[edge.after] == group
    };
    let inner: Vec<&Edge> = edges.iter().filter(within).collect();
    let mut came_by: Vec<Option<&Edge>> = vec![None; nodes];
    let mut queue = std::collections::VecDeque::from([first.after]);
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
    let mut back = vec![];
    let mut node = first.before;
    while let Some(edge) = came_by[node].filter(|_| node != first.after) {
        back.push(edge);
        node = edge.before;
    }
    back.reverse();
    std::iter::once(first).chain(back).collect()
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
