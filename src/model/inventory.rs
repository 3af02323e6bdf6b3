//! The record, in the cluster, of the objects that kops-stack put there.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::object::Identity;

/// Where lock and inventory live.
pub const NAMESPACE: &str = "kops-stack-system";

/// The label that every object of an environment carries, added when it is sent; its value is the
/// environment's name. Reads narrow by it; deletes never rely on it.
pub const LABEL: &str = "kops-stack.io/environment";

/// The field manager of everything that is applied.
pub const MANAGER: &str = "kops-stack";

/// Name of the lease and of the inventory's parent Secret of an environment.
pub fn name(environment: &str) -> String {
    format!("kops-stack-{environment}")
}

/// What was applied, and what is being applied.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inventory {
    /// Grows with every write.
    pub serial: u64,
    /// Made at the first write and never changed: another one is another history.
    pub lineage: String,
    pub members: BTreeMap<String, Vec<Member>>,
    /// Version of each component, as last applied whole.
    pub versions: BTreeMap<String, String>,
    /// Set before the first write of an apply, taken away by the last: what a killed apply may
    /// have made beside the members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<Pending>,
    /// The last applies, newest first, twenty at most.
    #[serde(default)]
    pub history: Vec<Record>,
}

/// An object that kops-stack put into the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    #[serde(rename = "object")]
    pub identity: Identity,
    /// The version with which it was sent: `v1`.
    pub version: String,
    /// Absent while a create is pending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// What proves, together with an unchanged list of owners, that a dry run would change nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Proof>,
}

/// Digests as of the last time that a dry run or a write of the payload left it as desired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// Of the payload as sent.
    pub payload: String,
    /// Of our entry in managedFields: fields, apiVersion and time.
    pub entry: String,
}

/// An apply under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Pending {
    pub plan: String,
    /// Objects that it may create or adopt: ours if they are there and carry our manager.
    pub members: BTreeMap<String, Vec<Member>>,
}

/// One apply that ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// RFC 3339, in UTC, of the end.
    pub time: String,
    /// `user@host`.
    pub who: String,
    /// The commit of the manifests; empty outside git.
    pub commit: String,
    pub stack: String,
    /// Digest of the plan.
    pub plan: String,
    /// Objects by action.
    pub counts: BTreeMap<String, usize>,
    pub seconds: f64,
    /// `applied`, `failed`, `interrupted`.
    pub result: String,
}

impl Inventory {
    /// Every object, with its component; those that a killed apply may have made come last.
    pub fn all(&self) -> impl Iterator<Item = (&str, &Member)> {
        let pending = self.pending.iter().map(|pending| &pending.members);
        std::iter::once(&self.members)
            .chain(pending)
            .flatten()
            .flat_map(|(component, members)| {
                members
                    .iter()
                    .map(move |member| (component.as_str(), member))
            })
    }

    pub fn find(&self, identity: &Identity) -> Option<(&str, &Member)> {
        self.all().find(|(_, member)| member.identity == *identity)
    }
}
