//! Programs of others that are asked for the truth.

use std::path::Path;
use std::process::Command;

use super::ROOT;

/// kubectl, where tools/oracles.sh has put it; nothing where there is none, which is said, and fails where `CI`
/// is set.
pub fn kubectl() -> Option<Command> {
    let kubectl = Path::new(ROOT).join("target/oracles/kubectl");
    if !kubectl.exists() {
        assert!(std::env::var_os("CI").is_none(), "kubectl is missing");
        eprintln!("skipped: no kubectl; tools/oracles.sh gets it");
        return None;
    }
    Some(Command::new(kubectl))
}
