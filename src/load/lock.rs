//! kops-stack.lock, as JSON: machines write it, people review it.

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::lock::Lock;
use crate::model::tree::FileTree;

pub const PATH: &str = "kops-stack.lock";

pub fn read(tree: &FileTree, diagnostics: &mut Diagnostics) -> Option<Lock> {
    let source = file::source(tree, PATH, diagnostics)?;
    let refuse = |message: String| {
        Diagnostic::error(codes::LOCK_INVALID, message)
            .file(PATH)
            .help("restore it from git; `kops-stack lock` writes a new one when it is lost")
    };
    match serde_json::from_str::<Lock>(&source.text) {
        Ok(lock) if lock.lock == Lock::FORMAT => Some(lock),
        Ok(lock) => {
            diagnostics.push(refuse(format!(
                "{PATH} has format {}, which this version does not read",
                lock.lock
            )));
            None
        }
        Err(error) => {
            let diagnostic = refuse(format!("{PATH} is not readable: {error}"));
            diagnostics.push(match source.text.contains("\n<<<<<<< ") {
                true => diagnostic.help(file::CONFLICT_MARKERS),
                false => diagnostic,
            });
            None
        }
    }
}
