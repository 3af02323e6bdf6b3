//! Whether an object works.

use std::collections::BTreeMap;

/// Ready addresses behind Services, by namespace and name.
pub type Ready = BTreeMap<(String, String), usize>;

/// A verdict on one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    pub status: Status,
    /// What it waits for or why it failed, in a few words: `1 of 3 pods ready`. May be empty when
    /// all is well.
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// As it should be; what was suspended on purpose counts.
    Current,
    InProgress,
    /// It will not get well by itself.
    Failed,
    Terminating,
    NotFound,
}
