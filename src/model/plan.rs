//! What will be done to the cluster, before anything is written.
//!
//! The types of the whole life of a plan stand here; a plan made offline, against nothing or
//! against a git revision, uses those that need no cluster.

use std::collections::BTreeMap;

use crate::object::{FieldChange, Identity};

/// Steps with the order between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub environment: String,
    pub against: Against,
    /// Stack release of the current and of the desired state, as `reference/2026.11`.
    pub stack_from: Option<String>,
    pub stack_to: String,
    pub kubernetes: String,
    /// Versions that the environment sets over the stack's, said in every plan.
    pub overrides: Vec<VersionOverride>,
    /// By component, then by identity; each once.
    pub steps: Vec<Step>,
    /// Why one step follows another; the indexes are into `steps`.
    pub edges: Vec<Edge>,
    /// Steps that may go together, first to last; the indexes are into `steps`. A way to show the
    /// order, not a barrier.
    pub waves: Vec<Vec<usize>>,
    /// Objects that stay as they are, by component.
    pub unchanged: BTreeMap<String, usize>,
    /// What a reader must know beside the steps, such as CRDs that are stand-ins.
    pub notes: Vec<String>,
}

/// What the desired state is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Against {
    /// Everything is to be created.
    Empty,
    /// The manifests of a git revision.
    Revision(String),
    /// What the cluster holds.
    Live,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionOverride {
    pub component: String,
    pub stack: String,
    pub chosen: String,
}

/// A change of one object.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub component: String,
    pub identity: Identity,
    pub action: Action,
    /// Fields that differ, of updates and replaces; values of Secrets are masked.
    pub changes: Vec<FieldChange>,
    /// What the action does beside itself, or why it is dangerous.
    pub effects: Vec<Effect>,
    /// Why this could not be checked, where it could not.
    pub unverified: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Create,
    Update,
    Replace,
    Adopt,
    Delete,
    Orphan,
    Noop,
    Blocked,
    Unverified,
}

/// What a step does beside changing its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Pods restart: their template changes.
    Restarts {
        /// None for a DaemonSet, or where a replica count is not set.
        pods: Option<u64>,
        /// All at once: the strategy is Recreate, or there is one replica, or no budget holds it back.
        at_once: bool,
        reason: String,
    },
    /// A field that cannot change: the object is deleted and made anew.
    Immutable { path: String, reason: String },
    /// A CRD goes, and every object of its kind with it.
    DeletesKind { objects: usize },
    /// A CRD changes in a way that may refuse what exists, such as a version that is no longer served.
    CrdChange { reason: String },
    /// A Namespace, volume or claim goes, with what it holds.
    DeletesData { reason: String },
    /// Traffic or admission is concerned, such as a webhook that fails closed.
    Note { text: String },
}

impl Effect {
    /// Whether a reviewer must look at it before the rest.
    pub fn is_dangerous(&self) -> bool {
        match self {
            Self::Restarts { at_once, .. } => *at_once,
            Self::Note { .. } => false,
            _ => true,
        }
    }
}

/// `after` follows `before`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    pub before: usize,
    pub after: usize,
    pub kind: EdgeKind,
    pub reason: String,
}

/// What must be true of the earlier step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeKind {
    /// It has been written.
    Applied,
    /// It is healthy.
    Ready,
}

impl Step {
    pub fn is_dangerous(&self) -> bool {
        matches!(
            self.action,
            Action::Delete | Action::Replace | Action::Blocked
        ) || self.effects.iter().any(Effect::is_dangerous)
    }
}

impl Plan {
    /// Steps by action.
    pub fn count(&self, action: Action) -> usize {
        self.steps
            .iter()
            .filter(|step| step.action == action)
            .count()
    }

    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
