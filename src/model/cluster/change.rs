//! What will be done to the cluster itself.

use std::fmt;

use super::cloud::CloudChanges;
use super::kops::OLD_DAYS;
use super::rolls::Hold;
use crate::model::plan::{Action, Step};

/// The difference between the cluster that is wanted and the one that is there, and the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClusterPlan {
    pub name: String,
    /// The provider's program, as `kops 1.36.2`.
    pub program: String,
    /// Changes of the provider's documents, by kind and name.
    pub changes: Vec<Step>,
    /// Documents that stay as they are.
    pub unchanged: usize,
    /// Groups whose machines are replaced, and why.
    pub rolls: Vec<Roll>,
    /// What the groups hold, before and after; nothing before a cluster that comes.
    pub before: Option<Machines>,
    pub after: Option<Machines>,
    /// What apply does, in this order.
    pub steps: Vec<ClusterStep>,
    /// Where components are applied on both sides of the steps: those with changes that go first, and
    /// those that follow. Elsewhere all follow, and none is named.
    pub first: Vec<String>,
    pub then: Vec<String>,
    /// No machine serves its API yet: nothing of what will run on it can be asked.
    pub comes: bool,
    /// What the cloud lacks, where the documents are already stored as they should be.
    pub cloud: CloudChanges,
    /// A run that did not come to its end, in words.
    pub unfinished: Option<String>,
    /// How old machines are, where somebody asked the cluster.
    pub ages: Vec<Age>,
    /// Disruption budgets that would hold a roll up now. They come and go with the pods, and are no part of
    /// what is approved.
    pub stuck: Vec<Stuck>,
}

/// A disruption budget that lets no pod go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stuck {
    pub budget: String,
    pub reason: String,
}

/// The oldest machine of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Age {
    pub group: String,
    /// Since it became a node.
    pub days: u64,
}

/// The machines of one group are replaced, one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    pub group: String,
    pub control_plane: bool,
    /// Fields that ask for it.
    pub reasons: Vec<String>,
    pub least: u64,
    pub most: u64,
    /// Why they stay as they are all the same; None where they are replaced.
    pub held: Option<Hold>,
}

/// What the groups of a cluster hold: at least, and at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Machines {
    pub least: Capacity,
    pub most: Capacity,
    /// Machine types of which processors and memory are not known here.
    pub unknown: Vec<String>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Capacity {
    pub machines: u64,
    pub cpus: u64,
    /// MiB.
    pub memory: u64,
}

/// One call of the provider's program, or one operation on nodes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterStep {
    /// All documents are handed over at once.
    Create { documents: usize },
    /// The public key of the machines is handed over.
    SshKey,
    /// A document is written over the one that is there, or is new.
    Replace { document: String },
    /// The cloud is made as the documents say.
    Update { control_plane_only: bool },
    /// Machines are replaced, pods evicted before.
    Roll { group: String },
    /// All machines of a group are replaced, also those that are as they should be.
    Renew { group: String },
    /// Pods of a group are evicted, then it goes.
    Remove { group: String },
    /// What is no longer used goes.
    Prune,
    /// Waits until all machines and what runs the cluster are well.
    Validate,
    /// What the cluster asked the cloud for goes: load balancers of Services, volumes of claims.
    Release,
    /// All of the cluster goes, with what is stored of it.
    Delete { cluster: String },
}

impl fmt::Display for ClusterStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { documents } => write!(f, "create from {documents} documents"),
            Self::SshKey => write!(f, "hand over the SSH key"),
            Self::Replace { document } => write!(f, "replace {document}"),
            Self::Update {
                control_plane_only: true,
            } => write!(f, "update the cloud, control plane first"),
            Self::Update { .. } => write!(f, "update the cloud"),
            Self::Roll { group } => write!(f, "roll {group}"),
            Self::Renew { group } => write!(f, "renew {group}"),
            Self::Remove { group } => write!(f, "empty and remove {group}"),
            Self::Prune => write!(f, "prune what is no longer used"),
            Self::Validate => write!(f, "validate"),
            Self::Release => write!(f, "wait until load balancers and volumes are gone"),
            Self::Delete { cluster } => write!(f, "delete {cluster}"),
        }
    }
}

impl ClusterStep {
    /// The word of machines for the kind of step.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create",
            Self::SshKey => "ssh-key",
            Self::Replace { .. } => "replace",
            Self::Update { .. } => "update",
            Self::Roll { .. } => "roll",
            Self::Renew { .. } => "renew",
            Self::Remove { .. } => "remove",
            Self::Prune => "prune",
            Self::Validate => "validate",
            Self::Release => "release",
            Self::Delete { .. } => "delete",
        }
    }

    /// Whether it only waits, so that who wants to stop need not wait for its end.
    pub fn is_wait(&self) -> bool {
        matches!(self, Self::Validate | Self::Release)
    }
}

impl ClusterPlan {
    /// Whether nothing is to be done; machines that may not be replaced are told all the same.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.steps.is_empty()
    }

    /// What is done, in order, in words.
    pub fn way(&self) -> Vec<String> {
        let apply = |components: &[String]| match components {
            [] => None,
            components => Some(format!("apply {}", components.join(", "))),
        };
        let steps = self.steps.iter().map(ToString::to_string);
        let first = apply(&self.first).into_iter();
        first.chain(steps).chain(apply(&self.then)).collect()
    }

    /// The groups whose machines are replaced.
    pub fn rolled(&self) -> impl Iterator<Item = &Roll> {
        self.rolls.iter().filter(|roll| roll.held.is_none())
    }

    /// The groups whose machines ought to be replaced and stay.
    pub fn held(&self) -> impl Iterator<Item = &Roll> {
        self.rolls.iter().filter(|roll| roll.held.is_some())
    }

    /// The groups whose oldest machine should be replaced for its age, and is not by this plan.
    pub fn aged(&self) -> impl Iterator<Item = &Age> {
        let replaced = |age: &Age| self.rolled().any(|roll| roll.group == age.group);
        let old = self.ages.iter().filter(|age| age.days >= OLD_DAYS);
        old.filter(move |age| !replaced(age))
    }

    /// Whether all of its documents are new.
    pub fn creates(&self) -> bool {
        matches!(self.steps.first(), Some(ClusterStep::Create { .. }))
    }

    /// Whether all of it goes.
    pub fn goes(&self) -> bool {
        matches!(self.steps.last(), Some(ClusterStep::Delete { .. }))
    }

    pub fn is_blocked(&self) -> bool {
        self.changes
            .iter()
            .any(|change| change.action == Action::Blocked)
    }
}

/// Whether a path of a document, as `spec.api.access[0]`, is the field or lies below it.
pub fn is_below(path: &str, field: &str) -> bool {
    let rest = path.strip_prefix(field);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
