//! Everything that a repository and the built-in catalogue hold, read and typed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::environment::{Environment, Layer};
use crate::model::lock::Lock;
use crate::model::module::Module;
use crate::model::settings::RepositorySettings;
use crate::model::stack::Stack;
use crate::model::vendored::Vendored;
use crate::model::version::Version;
use crate::yaml::Value;

#[derive(Debug, Default)]
pub struct Repository {
    pub settings: RepositorySettings,
    pub modules: BTreeMap<String, Arc<Module>>,
    pub stacks: BTreeMap<String, BTreeMap<Version, Arc<Stack>>>,
    pub layers: BTreeMap<String, Layer>,
    pub environments: BTreeMap<String, Environment>,
    /// Values that all templates may read, of `templates/shared.yaml`.
    pub shared: Value,
    /// Files of others, of vendor/.
    pub vendored: Vendored,
    /// None when the repository has no kops-stack.lock yet.
    pub lock: Option<Lock>,
}

impl Repository {
    /// The release that an environment names, such as `reference/2026.11`.
    pub fn stack(&self, reference: &str) -> Option<&Arc<Stack>> {
        let (name, release) = reference.split_once('/')?;
        self.stacks.get(name)?.get(&Version::parse(release)?)
    }
}
