//! An environment with everything decided: versions, dependencies and the value of every knob.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use crate::diagnostic::Span;
use crate::model::capability::Capability;
use crate::model::checking::PlacedIgnore;
use crate::model::cluster::Cluster;
use crate::model::environment::{Crds, Limits};
use crate::model::globals::Globals;
use crate::model::module::Module;
use crate::model::own_object::OwnObject;
use crate::model::ownership::{Allowance, Ownership};
use crate::model::patch::Patch;
use crate::model::stack::Stack;
use crate::model::version::Version;
use crate::yaml::Value;

#[derive(Debug)]
pub struct ResolvedEnvironment {
    pub name: String,
    pub stack: Arc<Stack>,
    pub kubernetes: Version,
    pub cluster: Cluster,
    pub globals: Globals,
    pub crds: Crds,
    pub context: Option<String>,
    pub cluster_id: Option<String>,
    pub limits: Limits,
    pub protect: bool,
    /// Capabilities and objects that something else on the cluster provides.
    pub external: BTreeSet<String>,
    pub ignores: Vec<PlacedIgnore>,
    pub ownership: Vec<Ownership>,
    pub allowances: Vec<Allowance>,
    /// By name.
    pub components: Vec<ResolvedComponent>,
    pub dependencies: Vec<Dependency>,
    /// In the order in which they are applied.
    pub patches: Vec<Patch>,
    /// Manifests of the user's own, of the layers and the environment.
    pub objects: Vec<OwnObject>,
    /// `crd:` capabilities of the CRDs among them.
    pub objects_provide: Vec<Capability>,
    /// Provenance of the values of `global.yaml`, `cluster.yaml` and `environment.yaml`.
    pub provenance: BTreeMap<&'static str, Provenance>,
}

#[derive(Debug)]
pub struct ResolvedComponent {
    pub name: String,
    pub module: Arc<Module>,
    pub version: Version,
    /// The stack's version, where the environment overrides it.
    pub overrides: Option<Version>,
    pub namespace: String,
    pub prefix: String,
    pub instance: String,
    pub features: BTreeMap<String, bool>,
    pub images: BTreeMap<String, String>,
    pub knobs: Value,
    pub provenance: Provenance,
    /// Of several components of one module, one renders the CRDs: the cluster holds them once.
    pub owns_crds: bool,
    /// Capabilities among the module's optional and required ones that somebody provides.
    pub available: Vec<Capability>,
    /// Where environment.yaml or a layer names the component.
    pub span: Option<Span>,
}

/// One component comes after another, since it needs what the other provides.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    pub component: String,
    pub on: String,
    pub capability: Capability,
}

/// Who set which value: by path, from weak to strong.
#[derive(Debug, Clone, Default)]
pub struct Provenance(pub BTreeMap<Vec<String>, Vec<Setting>>);

/// One layer's say about one value.
#[derive(Debug, Clone)]
pub struct Setting {
    pub origin: Origin,
    /// Null returns to the default.
    pub value: Value,
    pub span: Option<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    Stack(String),
    Layer(String),
    Environment(String),
}

/// `layer production`: who says it.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, name) = match self {
            Self::Stack(title) => ("stack", title),
            Self::Layer(name) => ("layer", name),
            Self::Environment(name) => ("environment", name),
        };
        write!(f, "{word} {name}")
    }
}

impl ResolvedEnvironment {
    pub fn component(&self, name: &str) -> Option<&ResolvedComponent> {
        self.components
            .iter()
            .find(|component| component.name == name)
    }
}

impl Provenance {
    /// Where the value at `path`, or something below it, was set last.
    pub fn last_span(&self, path: &[&str]) -> Option<Span> {
        let below = |key: &&Vec<String>| {
            key.len() >= path.len() && key.iter().zip(path).all(|(a, b)| a == b)
        };
        self.0
            .keys()
            .filter(below)
            .filter_map(|key| self.0[key].last()?.span.clone())
            .next_back()
    }
}
