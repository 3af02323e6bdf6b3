//! What rendering an environment makes: objects, and the files that hold them.

use std::collections::BTreeMap;

use crate::model::resolved::Dependency;
use crate::object::Object;

/// All objects of an environment, by component.
#[derive(Debug, Default)]
pub struct Rendering {
    pub environment: String,
    pub components: BTreeMap<String, RenderedComponent>,
    pub dependencies: Vec<Dependency>,
}

/// The objects of one component, and the inputs that they were made of.
#[derive(Debug, Default)]
pub struct RenderedComponent {
    pub module: String,
    pub version: String,
    pub stack: String,
    /// Digest of the module, and of the values that it was rendered with.
    pub inputs: BTreeMap<String, String>,
    pub objects: Vec<RenderedObject>,
    /// Capabilities that the component provides, for whoever reads the manifests alone.
    pub provides: Vec<String>,
}

/// An object and the file that holds it.
#[derive(Debug)]
pub struct RenderedObject {
    pub object: Object,
    /// Below the component's folder.
    pub path: String,
    /// Canonical YAML, or a vendored document byte for byte.
    pub text: String,
}
