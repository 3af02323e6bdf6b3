//! Objects of an environment to the order between them, with the reason of every edge.
//!
//! Order comes from facts alone: what an object names, what its kind needs, and what a component
//! needs of another. There is no list of kinds with weights, so each edge can say why it is there.
//!
//! Facts are of two strengths. What must be true, or the later object fails, stays; what is only
//! better so (an Ingress after its Service) gives way where it would close a circle.

mod builder;
mod circles;
mod components;
mod cycles;
mod facts;
mod kinds;
mod permissions;
mod references;
mod servers;
#[cfg(test)]
mod tests;

use crate::diagnostic::Diagnostics;
use crate::model::graph::Graph;
use crate::model::rendering::Rendering;
use builder::Builder;
use facts::Facts;

/// Connects the objects of a rendering; an error when some wait for one another in a circle.
pub fn order(rendering: &Rendering) -> Result<Graph, Diagnostics> {
    let facts = Facts::of(rendering);
    let mut builder = Builder::new(&facts);
    kinds::connect(&facts, &mut builder);
    references::connect(&facts, &mut builder);
    permissions::connect(&facts, &mut builder);
    servers::connect(&facts, &mut builder);
    components::connect(&facts, &rendering.dependencies, &mut builder);
    let (nodes, edges) = builder.finish();
    let edges = cycles::resolve(&rendering.environment, &nodes, edges)?;
    Ok(Graph { nodes, edges })
}
