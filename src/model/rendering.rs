//! What rendering an environment makes: objects, and the files that hold them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::diagnostic::Source;
use crate::model::digest::sha256;
use crate::model::environment::CLUSTER;
use crate::model::resolved::Dependency;
use crate::object::{FieldChange, Identity, Object, Reference, references};
use crate::yaml;

/// All objects of an environment, by component.
#[derive(Debug, Default)]
pub struct Rendering {
    pub environment: String,
    /// The manifests of the provider, where one makes the cluster. They are no objects of the
    /// cluster's API.
    pub cluster: Option<RenderedComponent>,
    pub components: BTreeMap<String, RenderedComponent>,
    pub dependencies: Vec<Dependency>,
}

impl Rendering {
    /// Every folder of manifests: the cluster's and those of the components, by name.
    pub fn folders(&self) -> impl Iterator<Item = (&str, &RenderedComponent)> {
        let cluster = self.cluster.iter().map(|cluster| (CLUSTER, cluster));
        let components = self.components.iter();
        cluster.chain(components.map(|(name, component)| (name.as_str(), component)))
    }
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
    /// Patches of its objects, in the order in which they were applied.
    pub patches: Vec<AppliedPatch>,
}

/// What a patch did.
#[derive(Debug, Clone)]
pub struct AppliedPatch {
    pub name: String,
    pub object: Identity,
    pub reason: String,
    /// Values of Secrets are masked. Not known of manifests that were read.
    pub changes: Vec<FieldChange>,
}

/// An object and the file that holds it.
#[derive(Debug)]
pub struct RenderedObject {
    pub object: SharedObject,
    /// Below the component's folder.
    pub path: String,
    /// Canonical YAML, or a vendored document byte for byte.
    pub text: FileText,
}

/// An object that several environments may share, and that is parsed when it is first looked into:
/// upstream's CRDs are megabytes that most commands only copy.
#[derive(Debug, Clone)]
pub struct SharedObject(Arc<Lazy>);

#[derive(Debug)]
struct Lazy {
    identity: Identity,
    text: Option<FileText>,
    object: OnceLock<Object>,
    references: OnceLock<Vec<Reference>>,
}

impl SharedObject {
    /// An object known by its header, whose text is parsed later.
    pub fn vendored(identity: Identity, text: FileText) -> Self {
        Self(Arc::new(Lazy {
            identity,
            text: Some(text),
            object: OnceLock::new(),
            references: OnceLock::new(),
        }))
    }

    /// Without a look inside.
    pub fn identity(&self) -> Identity {
        self.0.identity.clone()
    }

    /// What the object names, looked for once.
    pub fn references(&self) -> &[Reference] {
        self.0.references.get_or_init(|| references(self))
    }
}

impl From<Object> for SharedObject {
    fn from(object: Object) -> Self {
        Self(Arc::new(Lazy {
            identity: object.identity(),
            text: None,
            object: OnceLock::from(object),
            references: OnceLock::new(),
        }))
    }
}

impl std::ops::Deref for SharedObject {
    type Target = Object;

    fn deref(&self) -> &Object {
        let lazy = &self.0;
        lazy.object.get_or_init(|| {
            let parsed = lazy.text.as_ref().and_then(parse);
            // `vendor` has parsed these bytes before it wrote them, and their digest is locked. Who
            // forges both gets an object that says nothing beyond its header.
            parsed.unwrap_or_else(|| Object::bare(&lazy.identity))
        })
    }
}

fn parse(text: &FileText) -> Option<Object> {
    let source = Source::new("", text.as_str());
    let (value, _) = yaml::kubernetes_stream(&source).ok()?.pop()?;
    Object::new(value).ok()
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
