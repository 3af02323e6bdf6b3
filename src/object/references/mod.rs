//! Which other objects an object needs.
//!
//! Only what the object itself names: that a Service selects pods, or that a custom resource needs
//! its CRD, is for others to say. What a controller makes, such as the Secret of a Certificate, is
//! not needed and not listed.

mod always_there;
mod builtin;
mod cursor;
mod custom;
mod finder;
mod gateway;
mod pod;

use super::{Identity, Object, Path, Schema};
pub use always_there::is_always_there;
use cursor::Cursor;
use finder::Finder;

/// One object named by another.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub to: Identity,
    /// Where the name stands.
    pub at: Path,
    pub how: How,
    /// The object works, or waits without failing, where the other is not there; so says the
    /// manifest, or what is named is built into every cluster.
    pub optional: bool,
}

/// How the other object is used, which decides what happens when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Mounted; the kubelet brings changes into running pods, but for `subPath`.
    Volume,
    /// One variable; read when a container starts.
    Env,
    /// All variables; read when a container starts.
    EnvFrom,
    /// Read when an image is pulled.
    ImagePullSecret,
    /// Named by any other field.
    Field,
}

/// Lists what `object` names, in the order of its fields as they are read here; one entry for each
/// place, so the same object may come several times.
pub fn references(object: &Object) -> Vec<Reference> {
    let schema = Schema::of(object);
    let root = Cursor::root(object.value(), &schema);
    let mut finder = Finder::new(object.namespace());
    pod::find(object, &root, &mut finder);
    builtin::find(object, &root, &mut finder);
    custom::find(object, &root, &mut finder);
    finder.found
}

#[cfg(test)]
mod tests;
