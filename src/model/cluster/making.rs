//! What apply tells of the steps of the cluster itself.

use std::time::Duration;

use super::journal::JournalError;
use super::provider::ProviderError;

/// What happened, and how long after the beginning.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub after: Duration,
    pub what: Happening,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    Started {
        step: usize,
    },
    /// What the provider's program says while it works.
    Said {
        step: usize,
        message: String,
    },
    Done {
        step: usize,
        took: Duration,
    },
    Failed {
        step: usize,
        failure: Failure,
    },
    /// No step begins any more.
    Stopping {
        reason: String,
    },
}

/// Why a step did not end well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    Provider(ProviderError),
    /// What is stored afterwards is not what was handed over.
    Stored(Vec<String>),
    /// The update would do more than the plan said; it was not begun.
    Undeclared(Undeclared),
    /// Somebody else has the turn, or the journal cannot be written.
    Journal(JournalError),
    /// What was asked of the cluster's own API did not come about: pods that cannot be moved, load balancers
    /// that do not go, a new cluster that does not say who it is.
    Cluster(String),
}

/// How far it came.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    /// Steps that are done, from the first on.
    pub done: usize,
    pub failed: Option<Failure>,
    pub interrupted: bool,
    pub took: Duration,
}

impl Outcome {
    pub fn succeeded(&self) -> bool {
        self.failed.is_none() && !self.interrupted
    }
}

/// More than the plan said.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Undeclared {
    /// Groups whose machines would be replaced.
    pub rolls: Vec<String>,
    /// Groups that would come.
    pub comes: Vec<String>,
    /// What would be deleted at once.
    pub deletes: Vec<String>,
    /// Resources that would be made or changed, of kinds that the plan's changes do not touch.
    pub tasks: Vec<String>,
    /// Lines of the dry run that cannot be read.
    pub unknown: Vec<String>,
}

impl Undeclared {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub fn sentence(&self) -> String {
        let parts = [
            ("replace the machines of", &self.rolls),
            ("make", &self.comes),
            ("delete", &self.deletes),
            ("touch", &self.tasks),
            ("do what cannot be read,", &self.unknown),
        ];
        let parts: Vec<String> = parts
            .into_iter()
            .filter(|(_, what)| !what.is_empty())
            .map(|(verb, what)| format!("{verb} {}", what.join(", ")))
            .collect();
        format!("the update would also {}", parts.join("; and "))
    }
}

impl Failure {
    /// One sentence, for the journal and the terminal.
    pub fn sentence(&self) -> String {
        match self {
            Self::Provider(error) => error.message.clone(),
            Self::Stored(differences) => format!(
                "what is stored is not what was handed over: {}",
                differences.join(", ")
            ),
            Self::Undeclared(undeclared) => undeclared.sentence(),
            Self::Journal(error) => error.to_string(),
            Self::Cluster(reason) => reason.clone(),
        }
    }
}
