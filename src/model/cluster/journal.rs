//! What is written down of the steps of a cluster, where the next runner finds it.

/// The journal of one run, held by who has the turn.
#[expect(async_fn_in_trait, reason = "apply runs on one thread")]
pub trait Journal {
    /// Writes down where a step is; fails when somebody else has the turn by now.
    async fn note(&self, note: &Note) -> Result<(), JournalError>;

    /// Writes down the id of a cluster that is new.
    async fn met(&self, id: &str) -> Result<(), JournalError>;
}

/// Where a step of a plan is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Its place in the plan, from 0.
    pub step: usize,
    /// What it does, as the plan says it.
    pub words: String,
    pub state: State,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    Begun,
    Done,
    /// In one sentence.
    Failed(String),
}

/// Why nothing was written down.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JournalError(pub String);
