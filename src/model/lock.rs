//! kops-stack.lock: the bytes of every built-in module that is in use.

use std::collections::BTreeMap;

/// Digests of what the repository uses but does not hold itself.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lock {
    /// Version of this file's format.
    pub lock: u32,
    /// Built-in modules: by name, then by version, the digest of the module's files.
    #[serde(default)]
    pub modules: BTreeMap<String, BTreeMap<String, String>>,
    /// Built-in stack releases, as `reference/2026.11`, and the digest of their file.
    #[serde(default)]
    pub stacks: BTreeMap<String, String>,
    /// Files below vendor/, and the sha256 of each.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<String, String>,
}

/// A lock that holds nothing yet.
impl Default for Lock {
    fn default() -> Self {
        Self {
            lock: Self::FORMAT,
            modules: BTreeMap::new(),
            stacks: BTreeMap::new(),
            inputs: BTreeMap::new(),
        }
    }
}

impl Lock {
    pub const FORMAT: u32 = 1;

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).expect("maps of text are JSON");
        text.push('\n');
        text
    }

    pub fn is_empty(&self) -> bool {
        self.modules.is_empty() && self.stacks.is_empty()
    }
}
