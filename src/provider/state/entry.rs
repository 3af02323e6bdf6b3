//! One entry of a log: what is written when the lock is taken, kept, used and given back.
//!
//! An entry is one JSON object and never changes once it is there. Each says to which run it
//! belongs and where that began, so that the last one leads to all that its run did.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The version of this form. What a newer one wrote is refused, not guessed.
const FORMAT: u32 = 1;

/// Who holds the lock, for others who want it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The user's name on that machine.
    pub user: String,
    /// The machine's name.
    pub host: String,
    /// The number of the process there.
    pub process: u32,
    /// The address of the run in CI; empty elsewhere.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub link: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{} (process {})", self.user, self.host, self.process)
    }
}

/// Who wants the lock, and what for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claim {
    pub holder: Holder,
    /// `apply`, `destroy`.
    pub operation: String,
    /// Of the manifests; empty outside git.
    pub commit: String,
    /// The digest of the plan: a run goes on where the last one of the same plan ended.
    pub plan: String,
}

/// How far one step has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StepState {
    /// Its first call is about to be made: it may have had any part of its effect.
    Started,
    /// All of its effect is there.
    Finished,
    /// It gave up; it may have had any part of its effect.
    Failed,
}

/// One step of the plan, as the journal has it. Nothing in it may be secret: it is kept as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its number in the plan; the last entry of a number wins.
    pub number: u32,
    /// What it does, for people: `roll group nodes-eu-west-1a`.
    pub words: String,
    pub state: StepState,
    /// What whoever goes on needs to know: any JSON value, null where nothing.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub detail: Value,
}

/// A step and when it came so far, by the holder's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub at: Timestamp,
    pub step: Step,
}

/// How a run ended, in its own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Everything was done: nothing is left to go on with.
    Done,
    /// A step failed.
    Failed,
    /// It was stopped before its end.
    Interrupted,
}

/// What an earlier run left unfinished, for the one that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfinished {
    /// The run that left it.
    pub run: String,
    pub holder: Holder,
    pub operation: String,
    pub commit: String,
    /// The digest of its plan: only steps of the same plan may be skipped.
    pub plan: String,
    /// The last record of each step, by number; those of still earlier runs of this plan too.
    pub steps: BTreeMap<u32, Record>,
    /// The last value of each note.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<String, Value>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Entry {
    pub format: u32,
    /// Another one each time that the lock is taken.
    pub run: String,
    /// The number of the entry with which this run took the lock.
    pub began: u64,
    /// By the clock of who wrote it.
    pub at: Timestamp,
    /// The lock is held until then, unless another entry follows.
    pub until: Timestamp,
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Event {
    Acquired(Box<Acquired>),
    Renewed,
    Step(Step),
    Note {
        kind: String,
        value: Value,
    },
    Released {
        outcome: Outcome,
        text: String,
    },
    /// Written by somebody else than the holder.
    Broken {
        by: Holder,
        reason: String,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Acquired {
    pub holder: Holder,
    pub operation: String,
    pub commit: String,
    pub plan: String,
    /// Who was silent for too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub took_over: Option<Holder>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Unfinished>,
}

impl Entry {
    pub fn new(run: &str, began: u64, at: Timestamp, until: Timestamp, event: Event) -> Self {
        let run = run.to_owned();
        Self {
            format: FORMAT,
            run,
            began,
            at,
            until,
            event,
        }
    }

    /// Whether the holder of this run wrote it.
    pub fn is_of(&self, run: &str) -> bool {
        self.run == run && !matches!(self.event, Event::Broken { .. })
    }

    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        let mut bytes = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// The reason where it cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        let value: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON: {error}"))?;
        let format = value["format"].as_u64();
        if format.is_some_and(|format| format > u64::from(FORMAT)) {
            return Err("a newer version of kops-stack wrote it".to_owned());
        }
        serde_json::from_value(value)
            .map_err(|error| format!("it is no entry of a log of kops-stack: {error}"))
    }
}
