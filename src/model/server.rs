//! What apply needs of a cluster; the adapter `kubernetes` implements it, tests do in memory.

use std::time::Duration;

use crate::model::api::{ApiError, Kind, Target};
use crate::model::inventory::Inventory;
use crate::model::live::{Answer, Probe};
use crate::model::work::Revision;
use crate::object::{Identity, Object, Path};

/// Requests about single objects.
///
/// None of them is repeated here: what may be repeated, and how often, apply decides.
#[expect(async_fn_in_trait, reason = "apply runs on one thread")]
pub trait Server {
    /// A server-side apply with our manager. `current` stands in the body as a precondition; without
    /// it the object is made, and a stale conflict says that it is there.
    async fn apply(
        &self,
        target: &Target,
        payload: &serde_json::Value,
        current: Option<&Revision>,
        force: bool,
    ) -> Result<Object, ApiError>;

    /// The same without effect, first without force and, on conflicts, with.
    async fn probe(&self, probe: &Probe) -> Answer;

    async fn get(&self, target: &Target) -> Result<Option<Object>, ApiError>;

    /// Objects of a kind with a label, in one namespace or in all.
    async fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Vec<Object>, ApiError>;

    /// Deletes what has this uid (and, where it is given, this resourceVersion); true when it is
    /// gone at once, false when it lingers.
    async fn delete(
        &self,
        target: &Target,
        current: &Revision,
        propagation: Propagation,
    ) -> Result<bool, ApiError>;

    /// Makes the entries of these managers in managedFields, and these fields, ours, guarded by the
    /// resourceVersion,
    /// and drops kubectl's copy of the object; gives the object as it is then.
    async fn adopt(
        &self,
        target: &Target,
        current: &Object,
        managers: &[String],
        fields: &[Path],
    ) -> Result<Object, ApiError>;

    /// Tells of every object of a kind that carries the environment's label: those that are there
    /// first, then each change. One watch per kind for all that wait; it starts again by itself
    /// where the server closes it. Ends when the receiver is dropped.
    async fn watch(&self, kind: &Kind, into: tokio::sync::mpsc::UnboundedSender<Seen>);

    /// Addresses behind a Service that take requests; none where it is not there.
    async fn ready_addresses(&self, namespace: &str, service: &str) -> Result<usize, ApiError>;

    /// Pods, warnings and last lines of logs that say why a workload, or what it made, does not
    /// get well. Empty where nothing can be read: a failure to explain is no failure.
    async fn explain(&self, object: &Object) -> Vec<String>;

    /// Looks again at what kinds the server serves.
    async fn learn(&self) -> Result<(), ApiError>;
}

/// What a watch tells.
#[derive(Debug, Clone)]
pub enum Seen {
    Object(Box<Object>),
    Gone(Identity),
    /// The watch cannot go on; the reason is not about one object.
    Failed(ApiError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Propagation {
    Background,
    Foreground,
    /// What it owns stays, without owner.
    Orphan,
}

/// Where the inventory is kept: every write is one compare-and-swap.
#[expect(async_fn_in_trait, reason = "apply runs on one thread")]
pub trait Store {
    /// The record as it is; `None` before the first apply.
    async fn read(&self) -> Result<Option<Inventory>, ApiError>;

    /// Writes it with the next serial, and refuses (409) when it is not what was read or written
    /// here last. Gives the new serial.
    async fn write(&self, inventory: &Inventory) -> Result<u64, ApiError>;
}

/// One writer at a time.
#[expect(async_fn_in_trait, reason = "apply runs on one thread")]
pub trait Lock {
    /// Takes the lock, waiting for another holder up to `patience`.
    async fn acquire(&self, patience: Duration) -> Result<(), LockError>;

    /// Renews it until it is lost, and then ends.
    async fn hold(&self) -> LockError;

    async fn release(&self);
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    #[error("{holder} holds the lock since {since} ({operation})")]
    Held {
        holder: String,
        since: String,
        operation: String,
        /// What `lock break` takes.
        id: String,
    },
    #[error("the lock was lost: {0}")]
    Lost(String),
    #[error("{0}")]
    Api(ApiError),
}
