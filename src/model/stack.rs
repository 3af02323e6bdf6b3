//! A release of the catalogue.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use crate::model::module::ModuleOrigin;
use crate::model::version::{Minor, Range, Version};
use crate::yaml::Document;

/// Which modules at which exact versions, tested together.
#[derive(Debug)]
pub struct Stack {
    pub name: String,
    pub release: Version,
    pub document: Document,
    pub summary: String,
    pub kubernetes: Range,
    /// Version of kops that makes its clusters.
    pub kops: String,
    pub modules: IndexMap<String, StackVersion>,
    pub notes: Vec<String>,
    pub origin: ModuleOrigin,
    /// sha256 of the file, hexadecimal.
    pub digest: String,
}

/// The version of a module: one, or one for each Kubernetes minor that it must follow.
#[derive(Debug, Clone)]
pub enum StackVersion {
    One(Version),
    ByMinor(BTreeMap<Minor, Version>),
}

impl StackVersion {
    pub fn for_kubernetes(&self, kubernetes: &Version) -> Option<&Version> {
        match self {
            Self::One(version) => Some(version),
            Self::ByMinor(versions) => versions.get(&kubernetes.minor()),
        }
    }
}

impl Stack {
    /// `reference/2026.11`, as environments name it.
    pub fn title(&self) -> String {
        format!("{}/{}", self.name, self.release)
    }
}
