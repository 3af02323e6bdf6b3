//! What will be done to the cluster, before anything is written.
//!
//! The types of the whole life of a plan stand here; a plan made offline, against nothing or
//! against a git revision, uses those that need no cluster.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::cluster::change::ClusterPlan;
pub use crate::model::graph::{Edge, EdgeKind};
use crate::object::{FieldChange, Identity};

/// Steps with the order between them.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    pub environment: String,
    pub heading: Heading,
    /// By component, then by identity; each object once.
    pub steps: Vec<Step>,
    /// Points that many steps reach and many wait for; see [`Node::Milestone`](super::graph::Node).
    pub milestones: Vec<Arc<str>>,
    /// Why one step follows another. An index below the number of steps is a step; the milestones
    /// have the indexes behind.
    pub edges: Vec<Edge>,
    /// Steps that may go together, first to last; the indexes are into `steps`. A way to show the
    /// order, not a barrier.
    pub waves: Vec<Vec<usize>>,
    /// Objects that stay as they are, by component.
    pub unchanged: BTreeMap<String, usize>,
    /// Components that come, go, or change their version, by name.
    pub components: Vec<ComponentChange>,
    /// What becomes of the cluster itself, where its provider is ours to drive.
    pub cluster: Option<ClusterPlan>,
    /// What is known of a plan against a cluster.
    pub live: Option<LivePlan>,
}

/// What a plan against a cluster says besides its steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LivePlan {
    /// Of all actions and differences: what people approve.
    pub digest: String,
    /// Serial of the inventory that it was made with; 0 before the first apply.
    pub serial: u64,
    /// Why the plan as a whole must not be applied, such as limits.
    pub refusals: Vec<String>,
    /// The components that it is about, where not all.
    pub only: Option<Vec<String>>,
    /// New objects that the server judged in another namespace, since theirs comes with the plan.
    pub elsewhere: usize,
}

/// What becomes of a component as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComponentChange {
    pub component: String,
    /// The version that is there; `None` when the component is new.
    pub from: Option<String>,
    /// `None` when it goes.
    pub to: Option<String>,
}

/// What the caller knows and a reader wants to read first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    pub against: Against,
    /// Stack release of the current and of the desired state, as `reference/2026.11`.
    pub stack_from: Option<String>,
    pub stack_to: String,
    /// `None` where two revisions are compared, whose knobs are not read.
    pub kubernetes: Option<String>,
    /// Versions that the environment sets over the stack's, said in every plan.
    pub overrides: Vec<VersionOverride>,
    /// Patches of objects, said in every plan.
    pub patches: Vec<PatchNote>,
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
    /// The manifests in the work tree.
    Committed,
    /// What the cluster holds.
    Live,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionOverride {
    pub component: String,
    pub stack: String,
    pub chosen: String,
}

/// A patch that the desired state holds, changed by this plan or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatchNote {
    pub name: String,
    pub component: String,
    pub object: Identity,
    pub reason: String,
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
    /// Names of the patches of the desired object.
    pub patches: Vec<String>,
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

impl Action {
    pub const ALL: [Self; 9] = [
        Self::Create,
        Self::Update,
        Self::Replace,
        Self::Adopt,
        Self::Delete,
        Self::Orphan,
        Self::Noop,
        Self::Blocked,
        Self::Unverified,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Adopt => "adopt",
            Self::Delete => "delete",
            Self::Orphan => "orphan",
            Self::Noop => "noop",
            Self::Blocked => "blocked",
            Self::Unverified => "unverified",
        }
    }
}

/// What a step does beside changing its object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Pods restart, since their template changes.
    Restarts {
        /// `None` where no number is set: a DaemonSet, or a workload that an autoscaler scales.
        pods: Option<u64>,
        pace: Pace,
        reason: String,
    },
    /// A field that cannot change: the object is deleted and made anew, or the step is blocked.
    Immutable { path: String, reason: String },
    /// A CRD goes, and every object of its kind with it.
    DeletesKind { objects: usize, namespaces: usize },
    /// A CRD changes in a way that may refuse what exists, such as a version that is no longer served.
    CrdChange { reason: String },
    /// A Namespace, volume or claim goes, with what it holds.
    DeletesData { reason: String },
    /// The object says itself that it stays.
    Protected { reason: String },
    /// Somebody else owns a field that the manifest sets, and nothing says whose it is.
    Conflict {
        field: String,
        manager: String,
        /// What the manifest says, and what is there, as far as it is known.
        ours: Option<String>,
        theirs: Option<String>,
    },
    /// The server does not take it, or would not.
    Refused { reason: String },
    /// A field that another manager set is set again, and ours from then on.
    TakesOver { field: String, manager: String },
    /// The object belonged to another component before.
    Moved { from: String },
    /// Worth knowing, and not dangerous.
    Note { text: String },
}

/// How pods restart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Some serve while others restart.
    Rolling,
    /// For a time none is there.
    AtOnce,
}

impl Effect {
    /// Whether a reviewer must look at it before the rest.
    pub fn is_dangerous(&self) -> bool {
        match self {
            Self::Restarts { pace, .. } => *pace == Pace::AtOnce,
            Self::Note { .. } | Self::Moved { .. } | Self::TakesOver { .. } => false,
            _ => true,
        }
    }
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

    /// Objects that stay as they are, of all components.
    pub fn unchanged(&self) -> usize {
        self.unchanged.values().sum()
    }

    /// Neither the cluster nor an object on it changes.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.cluster.as_ref().is_none_or(ClusterPlan::is_empty)
    }

    /// Whether policy stands in the way: a step that is blocked, or a limit.
    pub fn is_blocked(&self) -> bool {
        let refused = self
            .live
            .as_ref()
            .is_some_and(|live| !live.refusals.is_empty());
        let cluster = self.cluster.as_ref().is_some_and(ClusterPlan::is_blocked);
        refused || cluster || self.count(Action::Blocked) > 0
    }
}
