//! Which other objects an object needs.

use super::{Identity, Object, Path};

/// One object named by another.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub to: Identity,
    pub at: Path,
    pub optional: bool,
}

pub fn references(_object: &Object) -> Vec<Reference> {
    Vec::new()
}
