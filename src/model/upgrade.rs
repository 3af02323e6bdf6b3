//! The way of an environment to a newer Kubernetes or a newer release of its stack.

use std::fmt;

use crate::diagnostic::Code;
use crate::model::version::{Minor, Version};

/// What somebody wants an environment to become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// A minor of Kubernetes, or one exact version.
    Kubernetes(Version),
    /// A release of the stack, as `reference/2026.11`.
    Stack(String),
}

/// The whole way, hop by hop.
#[derive(Debug, Clone)]
pub struct UpgradePath {
    pub environment: String,
    pub kubernetes: Version,
    /// Release of the stack now, as `reference/2026.8`.
    pub stack: String,
    pub target: Target,
    pub hops: Vec<Hop>,
    /// Why it ends before the target, where it does.
    pub dead_end: Option<Obstacle>,
}

/// One pull request of the way: at most one minor of Kubernetes.
#[derive(Debug, Clone)]
pub struct Hop {
    pub kubernetes: Change<Version>,
    pub stack: Change<String>,
    /// In the order in which they happen.
    pub moves: Vec<Move>,
    /// Components that stay at their version.
    pub stay: usize,
    pub cluster: Option<ClusterMove>,
    /// API versions that the new minor no longer serves.
    pub going: Vec<GoneApi>,
    /// How many objects were looked at.
    pub objects: usize,
    pub obstacles: Vec<Obstacle>,
    pub notes: Vec<Note>,
    pub edits: Vec<Edit>,
    /// The hop before could not be rendered, so that of this one only versions are known.
    pub unseen: bool,
}

/// What a value was and will be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<T> {
    pub from: T,
    pub to: T,
}

/// A component that goes to another version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    pub component: String,
    pub version: Change<Version>,
    pub when: When,
    /// Why then.
    pub reason: String,
    /// Components that move in the same part of the hop and come first.
    pub waits_for: Vec<String>,
    /// Whether module.yaml says that pods restart.
    pub restarts: bool,
}

/// When a component moves, seen from the control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum When {
    /// Before the API server of the new minor answers.
    Before,
    /// Once all nodes run the new minor.
    After,
    /// Kubernetes stays in this hop.
    Alone,
}

/// What becomes of the machines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterMove {
    /// Who moves them: `kops 1.36.2`, or nobody here.
    pub kops: Option<String>,
    /// Minors of Kubernetes that this kops makes.
    pub makes: Change<Minor>,
    /// The version of etcd that cluster.yaml names.
    pub etcd: Option<String>,
    /// Machines of the control plane, where they are said.
    pub control_plane: Option<i64>,
    /// Groups of nodes with their least and greatest number of machines.
    pub groups: Vec<(String, Option<(i64, i64)>)>,
}

/// A version of a kind that a minor of Kubernetes is the first not to serve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoneApi {
    /// `scheduling.k8s.io/v1alpha1`.
    pub api_version: String,
    pub kind: String,
    /// Version and kind that take its place.
    pub replacement: Option<String>,
}

/// The place of what no file holds.
pub const IN_CLUSTER: &str = "in the cluster";

/// Something that must change before the hop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    pub code: &'static Code,
    pub message: String,
    /// File and line, or [`IN_CLUSTER`].
    pub place: Option<String>,
    pub helps: Vec<String>,
}

/// Something to know, which stops nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    pub topic: Topic,
    /// Component, module, group of nodes, ...
    pub subject: String,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A module that will go, and the way out.
    Lifecycle,
    /// What module.yaml says of the way between two versions.
    Upgrade,
    /// A value that is another one with the new release.
    Knob,
    /// A version that the environment pins.
    Pin,
    /// Patch releases and images of machines.
    Machines,
    /// What `check` warns of and did not before.
    Check,
    /// An object that would have been in the way, and that the hop itself takes out of it.
    Solved,
}

/// A file of the environment with some values changed and every other byte as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// From the root of the repository.
    pub path: String,
    pub text: String,
    pub values: Vec<EditedValue>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedValue {
    /// `stack`, `components.cert-manager.version`.
    pub key: String,
    pub value: Change<String>,
    /// The layer that says it until now, and the other environments that share it.
    pub over: Option<SharedLayer>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedLayer {
    pub layer: String,
    pub shared_with: Vec<String>,
}

impl UpgradePath {
    /// Everything in the way, of all hops.
    pub fn obstacles(&self) -> impl Iterator<Item = &Obstacle> {
        let of_hops = self.hops.iter().flat_map(|hop| &hop.obstacles);
        of_hops.chain(&self.dead_end)
    }

    /// Whether the way to the target is free.
    pub fn is_free(&self) -> bool {
        self.obstacles().next().is_none()
    }

    /// Whether the environment is there already.
    pub fn is_empty(&self) -> bool {
        self.hops.is_empty() && self.dead_end.is_none()
    }

    /// Whether the first hop may be made: obstacles of later ones can wait.
    pub fn next_is_free(&self) -> bool {
        match self.hops.first() {
            Some(hop) => hop.obstacles.is_empty(),
            None => self.dead_end.is_none(),
        }
    }
}

impl Hop {
    /// Whether Kubernetes goes to another minor.
    pub fn leaves_minor(&self) -> bool {
        self.kubernetes.from.minor() != self.kubernetes.to.minor()
    }

    /// The moves of one part of the hop.
    pub fn moves(&self, when: When) -> impl Iterator<Item = &Move> {
        self.moves.iter().filter(move |moved| moved.when == when)
    }

    pub fn notes(&self, topic: Topic) -> impl Iterator<Item = &Note> {
        self.notes.iter().filter(move |note| note.topic == topic)
    }
}

impl Topic {
    /// As machine formats have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lifecycle => "lifecycle",
            Self::Upgrade => "upgrade",
            Self::Knob => "knob",
            Self::Pin => "pin",
            Self::Machines => "machines",
            Self::Check => "check",
            Self::Solved => "solved",
        }
    }
}

impl When {
    /// As machine formats have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Before => "before",
            Self::After => "after",
            Self::Alone => "alone",
        }
    }
}

/// `Kubernetes 1.36`, `reference/2026.11`.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kubernetes(version) => write!(f, "Kubernetes {version}"),
            Self::Stack(title) => f.write_str(title),
        }
    }
}
