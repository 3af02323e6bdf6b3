//! What apply tells while it works.

use std::time::Duration;

use crate::model::plan::Action;
use crate::object::Identity;

/// Something that happened, in the order in which it happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Since the apply began.
    pub after: Duration,
    pub what: Happening,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Happening {
    /// The lock is held and the pending record is written.
    Began {
        steps: usize,
        serial: u64,
    },
    /// A step is under way: its predecessors are done.
    Started {
        step: usize,
    },
    /// The server took the write; a delete was accepted.
    Written {
        step: usize,
        action: Action,
    },
    /// What it waits for now, told when it changes.
    Waiting {
        step: usize,
        message: String,
    },
    /// It is healthy, or gone.
    Done {
        step: usize,
        /// What its health says, as `3 of 3 pods ready`; may be empty.
        message: String,
        took: Duration,
    },
    /// A request is repeated.
    Retrying {
        step: usize,
        reason: String,
        after: Duration,
    },
    Failed {
        step: usize,
        failure: Failure,
    },
    /// It was not tried, since one that it needs failed, or the apply was stopped.
    Skipped {
        step: usize,
        because: Skip,
    },
    /// SIGINT or lost lock: no new write begins.
    Stopping {
        reason: String,
    },
    /// The inventory says what is there now.
    Recorded {
        serial: u64,
    },
}

/// Why a step was not tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Skip {
    Needs(Identity),
    Stopped,
    /// It is blocked in the plan.
    Blocked,
    /// `--fail-fast`, and another failed.
    FailedFast,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// One sentence without values of the object: `spec.replicas: field not declared in schema`.
    pub message: String,
    /// Why it is so: states of pods, warnings, last lines of logs.
    pub details: Vec<String>,
    /// Where to read on.
    pub runbook: Option<String>,
    /// The object moved since the plan was made, and what would be done is no longer what was
    /// approved.
    pub moved: bool,
}

/// How an apply ended.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outcome {
    pub done: usize,
    /// In the order of the plan, as the next two.
    pub failed: Vec<usize>,
    pub skipped: Vec<usize>,
    /// Written, and not waited for any longer, since the apply was stopped.
    pub waiting: Vec<usize>,
    pub interrupted: bool,
    pub took: Duration,
    /// The serial of the inventory that was written last.
    pub serial: u64,
    /// Why the inventory does not say what is there now; its pending record does then.
    pub unrecorded: Option<String>,
}

impl Outcome {
    pub fn succeeded(&self) -> bool {
        let all = [&self.failed, &self.skipped, &self.waiting];
        all.iter().all(|steps| steps.is_empty()) && !self.interrupted && self.unrecorded.is_none()
    }

    /// Whether a step ended as it should.
    pub fn is_done(&self, step: usize) -> bool {
        let all = [&self.failed, &self.skipped, &self.waiting];
        all.iter().all(|steps| steps.binary_search(&step).is_err())
    }
}
