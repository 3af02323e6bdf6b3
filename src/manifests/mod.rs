//! The rendered tree: `environments/<environment>/manifests/`.
//!
//! Which files must change is decided as a plain list of [`Operation`]s; only [`write`] touches
//! the disk. The folder belongs wholly to the tool: a file that neither the index nor the list of
//! a rendering under way names is an error, never deleted in silence.

mod index;
mod operations;
mod read;
mod write;

pub use index::{INDEX, Index, UNDER_WAY};
pub use operations::{Operation, Tree, compare, operations, tree};
pub use read::read;
pub use write::{WriteError, replace, write};

/// Where the manifests of an environment lie.
pub fn folder(environment: &str) -> String {
    format!("environments/{environment}/manifests")
}
