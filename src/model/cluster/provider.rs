//! What plan and apply need of what makes clusters; `provider` drives kops for it, tests do in memory.

use super::cloud::{CloudChanges, Machine};
use crate::object::Object;

/// The calls of one cluster. None of them is repeated here.
#[expect(async_fn_in_trait, reason = "apply runs on one thread")]
pub trait Provider {
    /// The documents that are stored; None when no cluster of the name is known.
    async fn stored(&self) -> Result<Option<Vec<Object>>, ProviderError>;

    /// What an update would do now. Writes nothing.
    async fn cloud_changes(&self) -> Result<CloudChanges, ProviderError>;

    /// What would go with the whole cluster, in [`CloudChanges::goes`]. Writes nothing.
    async fn holdings(&self) -> Result<CloudChanges, ProviderError>;

    /// The machines that are there. Writes nothing.
    async fn machines(&self) -> Result<Vec<Machine>, ProviderError>;

    /// Stores the documents of a new cluster.
    async fn create(&self, documents: &[Object]) -> Result<(), ProviderError>;

    /// The public keys of the machines that are stored. Writes nothing.
    async fn ssh_keys(&self) -> Result<Vec<String>, ProviderError>;

    /// Stores the public key of the machines, in place of any other.
    async fn ssh_key(&self, key: &str) -> Result<(), ProviderError>;

    /// Stores one document over the one that is there, or a new one.
    async fn replace(&self, document: &Object) -> Result<(), ProviderError>;

    /// Makes the cloud as the stored documents say.
    async fn update(&self, part: Part) -> Result<(), ProviderError>;

    /// Gets credentials of an administrator for the cluster's API server, for the calls below and for
    /// who applies what runs on it.
    async fn admit(&self) -> Result<(), ProviderError>;

    /// Waits until the cluster is well.
    async fn validate(&self) -> Result<(), ProviderError>;

    /// Replaces the machines of a group, pods evicted before.
    async fn roll(&self, group: &str, which: Which) -> Result<(), ProviderError>;

    /// Takes a group away, whatever runs on its machines.
    async fn remove(&self, group: &str) -> Result<(), ProviderError>;

    /// Takes the whole cluster away, and then what is stored of it; called again, it goes on.
    async fn delete(&self) -> Result<(), ProviderError>;
}

/// Which machines are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that are older than what their group makes today.
    Old,
    All,
}

/// What an update is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Only machines that serve the API.
    ControlPlane,
    Whole,
    /// Everything, and what is no longer used goes.
    Prune,
}

/// A call that did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ProviderError {
    /// One sentence that names the call.
    pub message: String,
    /// What else was said, such as what does not get well.
    pub details: Vec<String>,
}
