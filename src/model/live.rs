//! What a cluster held when it was read for a plan.

use std::collections::{BTreeMap, HashMap};

use crate::model::api::{ApiError, Kind, Served};
use crate::model::inventory::Inventory;
use crate::object::{Identity, Object};

/// Who a cluster is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClusterId {
    /// The uid of namespace kube-system, which is made once in the life of a cluster.
    pub id: String,
    /// The server's version, as `v1.36.3`.
    pub version: String,
}

/// What was read.
#[derive(Debug, Default)]
pub struct Live {
    /// The desired objects and those of the inventory, as far as they are there, managedFields
    /// included; apiVersion and kind are set.
    pub objects: HashMap<Identity, Object>,
    /// What could not be read, and why.
    pub unreadable: BTreeMap<Identity, ApiError>,
    /// Kinds that the server serves.
    pub kinds: HashMap<Kind, Served>,
    /// The record of the last apply; `None` before the first.
    pub inventory: Option<Inventory>,
}

impl Live {
    pub fn serves(&self, kind: &Kind) -> bool {
        self.kinds.contains_key(kind)
    }
}

/// What must be asked of the server before it can be said what would change: a dry run.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    pub target: crate::model::api::Target,
    /// What would be sent.
    pub payload: serde_json::Value,
    /// Asked under another namespace and name, since its own namespace comes with the plan.
    pub elsewhere: bool,
}

/// What the server said to a probe.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    Accepted {
        /// What would be stored. Where there were conflicts: if all of them were taken.
        predicted: Box<Object>,
        /// Fields that others own and the payload sets otherwise; empty where none does.
        conflicts: Vec<Conflict>,
        /// The server's `Warning` headers.
        warnings: Vec<String>,
    },
    Refused(ApiError),
}

/// A field that the payload sets and somebody else owns.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Conflict {
    /// As the server writes it, without the first dot: `spec.replicas`,
    /// `spec.template.spec.containers[name="c"].image`.
    pub field: String,
    pub manager: String,
    /// `scale`, `status`: the manager wrote through it.
    pub subresource: Option<String>,
}
