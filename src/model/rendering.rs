//! What rendering an environment makes: objects, and the files that hold them.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::digest::sha256;
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
    /// Shared, since a vendored object is the same in every environment.
    pub object: Arc<Object>,
    /// Below the component's folder.
    pub path: String,
    /// Canonical YAML, or a vendored document byte for byte.
    pub text: FileText,
}

/// The text of a file with its digest, made once and shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileText {
    text: Arc<str>,
    digest: Arc<str>,
}

impl FileText {
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        let text = text.into();
        let digest = sha256(text.as_bytes()).into();
        Self { text, digest }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// sha256, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}
