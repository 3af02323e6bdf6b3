//! What apply needs to know of a step besides what a plan shows of it.

use std::sync::Arc;

use crate::model::api::Target;
use crate::model::inventory::Proof;
use crate::model::live::{Answer, Conflict};
use crate::model::plan::{Action, Plan};
use crate::object::{Identity, Object, Path};

/// A plan against a cluster, and what it takes to carry it out.
#[derive(Debug)]
pub struct Decision {
    pub plan: Plan,
    /// One for each step of the plan, in the same order.
    pub works: Vec<Work>,
    /// Objects that stay as they are, with what proves it from now on.
    pub unchanged: Vec<Kept>,
    /// Objects of the inventory that are neither wanted nor there any more: only to be forgotten.
    /// What neither this nor a step nor `unchanged` names stays in the inventory as it is.
    pub gone: Vec<Identity>,
}

/// One step as apply sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    pub target: Target,
    pub component: String,
    pub action: Action,
    /// What is sent; nothing for a delete.
    pub payload: Option<Arc<serde_json::Value>>,
    /// Digest of the payload.
    pub payload_digest: String,
    /// The object that the plan saw; `None` when it was not there.
    pub current: Option<Revision>,
    /// Conflicts that the plan shows and the environment takes; nothing else is ever forced.
    pub taken: Vec<Conflict>,
    /// Managers whose entries become ours first, so that fields which they set and we do not are
    /// really gone afterwards.
    pub adopted: Vec<String>,
    /// Fields that nobody owns and that become ours first: an apply takes away only what is ours.
    pub first_ours: Vec<Path>,
    /// What a dry run is asked, where it cannot be asked what is sent.
    pub asked: Option<Arc<serde_json::Value>>,
    /// What a dry run is asked is also sent first: it takes away a field of others that stands in the
    /// way, and the payload lets go of it.
    pub clears: bool,
    /// How a replace deletes.
    pub orphan_pods: bool,
    /// Digest of the action and the differences: what people approved.
    pub difference: String,
}

/// An object at one point of its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    pub uid: String,
    pub resource_version: String,
}

impl Revision {
    pub fn of(object: &Object) -> Self {
        let text = |key| {
            let value = object.get(&["metadata", key]);
            value
                .and_then(serde_json::Value::as_str)
                .unwrap_or_default()
        };
        Self {
            uid: text("uid").to_owned(),
            resource_version: text("resourceVersion").to_owned(),
        }
    }
}

/// An object of the inventory that no step is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub component: String,
    pub target: Target,
    pub uid: String,
    pub proof: Option<Proof>,
}

/// Decides again about one object, where it moved between plan and write.
pub trait Judge {
    /// The work that the plan would hold now, given the object as it is now and the server's answer
    /// to a dry run of the same payload; `None` when nothing is left to be done.
    fn judge(&self, identity: &Identity, live: Option<&Object>, answer: &Answer) -> Option<Work>;

    /// Whether an object that was to be made is there by a write of ours.
    fn made(&self, object: &Object) -> bool;

    /// Whether the server dropped what was sent empty and would keep it, were the same sent again:
    /// an apply that takes the last field out of a mapping takes the mapping too.
    fn drops(&self, identity: &Identity, payload: &serde_json::Value, stored: &Object) -> bool;

    /// What proves from now on that the object is as desired, after a write or a dry run.
    fn proof(&self, payload_digest: &str, stored: &Object) -> Option<Proof>;
}
