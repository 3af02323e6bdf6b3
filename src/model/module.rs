//! A catalogue entry.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::diagnostic::{Diagnostic, Source, Span};
use crate::model::capability::CapabilityRule;
use crate::model::expression::Expression;
use crate::model::image::MadePods;
use crate::model::input::OutsideInput;
use crate::model::knob::Fields;
use crate::model::permission::Permission;
use crate::model::version::{Minor, Range, Version};
use crate::yaml::{Document, Segment, Value};

/// A module with everything that rendering it needs.
#[derive(Debug)]
pub struct Module {
    pub name: String,
    pub document: Document,
    pub summary: String,
    pub homepage: Option<String>,
    /// Where to read on when an apply fails: a URL, or a page of the book.
    pub runbook: Option<String>,
    pub lifecycle: Lifecycle,
    /// Namespace of a component that names none.
    pub namespace: String,
    /// Labels that the namespace needs.
    pub namespace_labels: BTreeMap<String, String>,
    /// Value of the label `app.kubernetes.io/name`.
    pub app: String,
    /// Name prefix of a component that names none; else the component's name.
    pub prefix: Option<String>,
    pub provides: Vec<CapabilityRule>,
    pub requires: Vec<CapabilityRule>,
    pub optional: Vec<CapabilityRule>,
    pub conflicts: Vec<CapabilityRule>,
    /// Newest first.
    pub versions: Vec<ModuleVersion>,
    pub features: IndexMap<String, Feature>,
    pub knobs: Fields,
    pub upgrades: Vec<Upgrade>,
    /// What its programs may do in the cloud.
    pub permissions: Vec<Permission>,
    /// Pods that its programs make.
    pub pods: Vec<MadePods>,
    /// Whether its pods may be privileged.
    pub privileged: bool,
    /// ConfigMaps, by the suffix of their name, that the program itself watches.
    pub reloads: Vec<String>,
    /// Objects that its programs make while they run, so that no manifest holds them.
    pub makes: Vec<Made>,
    pub crds: Vec<CrdStandIn>,
    /// Files of others, locked to the byte.
    pub inputs: Vec<OutsideInput>,
    pub templates: Vec<Arc<Source>>,
    pub files: BTreeMap<String, Arc<Source>>,
    /// Cases of its tests, which are parsed when somebody runs them.
    pub tests: BTreeMap<String, Arc<Source>>,
    pub origin: ModuleOrigin,
    /// sha256 over all files of the module, hexadecimal.
    pub digest: String,
}

/// Where a module comes from: a repository's own go before the built-in ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModuleOrigin {
    Repository,
    BuiltIn,
}

/// Where a module stands in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lifecycle {
    Active,
    Deprecated { successor: Option<String> },
    Retired { successor: Option<String> },
}

#[derive(Debug)]
pub struct ModuleVersion {
    pub version: Version,
    pub kubernetes: Range,
    pub images: IndexMap<String, String>,
    pub span: Span,
}

/// A named difference, with the ranges in which it holds; all given ones must.
#[derive(Debug, Default)]
pub struct Feature {
    pub versions: Option<Range>,
    pub stacks: Option<Range>,
    pub kubernetes: Option<Range>,
}

impl Feature {
    pub fn holds(&self, version: &Version, release: &Version, kubernetes: &Version) -> bool {
        let within = |range: &Option<Range>, version: &Version| {
            range.as_ref().is_none_or(|range| range.contains(version))
        };
        within(&self.versions, version)
            && within(&self.stacks, release)
            && within(&self.kubernetes, kubernetes)
    }
}

/// An object that a program of the module makes while it runs, such as the Secret of a webhook's
/// authority. Others may refer to it though nothing renders it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Made {
    /// With its group where the kind alone does not say it, as `Issuer.cert-manager.io`.
    pub kind: String,
    /// `{prefix}` stands for the component's name prefix, `{namespace}` for its namespace.
    pub name: String,
    /// The component's, where it is not said.
    pub namespace: Option<String>,
}

/// What a person must know when a component crosses from one range of versions to another.
#[derive(Debug)]
pub struct Upgrade {
    pub from: Range,
    pub to: Range,
    pub note: String,
    pub restarts: bool,
}

/// A row of the compact table from which our own open-schema CRDs are made.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrdStandIn {
    pub group: String,
    pub scope: String,
    pub kind: String,
    pub plural: String,
    pub singular: Option<String>,
    #[serde(default)]
    pub short_names: Vec<String>,
    #[serde(default)]
    pub categories: Vec<String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
    pub feature: Option<String>,
    pub versions: Vec<CrdVersion>,
}

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrdVersion {
    pub name: String,
    pub served: Option<bool>,
    pub storage: Option<bool>,
    #[serde(default)]
    pub status: bool,
    pub scale: Option<Value>,
    #[serde(default)]
    pub columns: Vec<CrdColumn>,
    pub feature: Option<String>,
}

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CrdColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub path: String,
    pub priority: Option<i64>,
    pub format: Option<String>,
}

impl Module {
    pub fn version(&self, version: &Version) -> Option<&ModuleVersion> {
        self.versions.iter().find(|known| known.version == *version)
    }

    /// The newest version that runs on a Kubernetes minor.
    pub fn newest_for(&self, kubernetes: &Version) -> Option<&ModuleVersion> {
        self.versions
            .iter()
            .filter(|version| version.kubernetes.contains(kubernetes))
            .max_by(|a, b| a.version.cmp(&b.version))
    }

    /// `diagnostic` at the place where module.yaml declares a knob; at the file where it does not.
    pub fn at_knob(&self, path: &[String], diagnostic: Diagnostic) -> Diagnostic {
        let mut segments = vec![Segment::Key("knobs".to_owned())];
        for (index, name) in path.iter().enumerate() {
            if index > 0 {
                segments.push(Segment::Key("fields".to_owned()));
            }
            segments.push(Segment::Key(name.clone()));
        }
        match self.document.key_span_of(&segments) {
            Some(span) => diagnostic.at(span),
            None => diagnostic.file(&self.document.source.path),
        }
    }

    /// Every expression of module.yaml.
    pub fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let pods = self.pods.iter().filter_map(|pods| pods.when.as_ref());
        pods.chain(self.permissions.iter().flat_map(Permission::expressions))
    }

    /// Minors that some version of the module runs on, among those that can be asked for.
    pub fn minors(&self, candidates: &[Minor]) -> Vec<Minor> {
        let runs = |minor: &&Minor| {
            let version = Version::parse(&minor.to_string());
            version.is_some_and(|version| self.newest_for(&version).is_some())
        };
        candidates.iter().filter(runs).copied().collect()
    }
}
