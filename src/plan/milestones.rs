//! Milestones that say something in a plan: one that no step reaches, or no step waits for, does not.

use std::sync::Arc;

use crate::model::graph::{Edge, Neighbours};

/// Leaves out the milestones that no step reaches or no step waits for.
pub fn only_used(
    steps: usize,
    milestones: Vec<Arc<str>>,
    edges: Vec<Edge>,
) -> (Vec<Arc<str>>, Vec<Edge>) {
    let nodes = steps + milestones.len();
    let after = Neighbours::new(nodes, &edges, |edge| (edge.before, edge.after));
    let before = Neighbours::new(nodes, &edges, |edge| (edge.after, edge.before));
    let (reached, awaited) = (
        touched(steps, nodes, &after),
        touched(steps, nodes, &before),
    );
    let mut places: Vec<Option<usize>> = (0..steps).map(Some).collect();
    let mut kept = Vec::new();
    for (offset, milestone) in milestones.into_iter().enumerate() {
        let used = reached[steps + offset] && awaited[steps + offset];
        places.push(used.then_some(steps + kept.len()));
        if used {
            kept.push(milestone);
        }
    }
    let edges = edges.into_iter().filter_map(|edge| {
        Some(Edge {
            before: places[edge.before]?,
            after: places[edge.after]?,
            ..edge
        })
    });
    (kept, edges.collect())
}

/// Nodes to which a way leads that begins at a step.
fn touched(steps: usize, nodes: usize, next: &Neighbours) -> Vec<bool> {
    let mut touched = vec![false; nodes];
    let mut open: Vec<usize> = (0..steps).collect();
    while let Some(node) = open.pop() {
        for &neighbour in next.of(node) {
            if !touched[neighbour] {
                touched[neighbour] = true;
                open.push(neighbour);
            }
        }
    }
    touched
}
