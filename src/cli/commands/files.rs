//! Small files that commands write beside the manifests: whole or not at all, never over a person's.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::diagnostic::{Diagnostic, codes};
use crate::manifests;

/// Files that a message names at most.
const NAMED: usize = 10;

/// Writes a file that the tool owns.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    manifests::replace(path, text).map_err(|error| {
        let message = format!("failed to write {}: {error}", path.display());
        Failure::plain(codes::IO, message, "")
    })
}

/// Names the files that a problem is about, and counts those beyond ten.
pub fn naming(diagnostic: Diagnostic, files: &[String]) -> Diagnostic {
    let named = files.iter().take(NAMED);
    let diagnostic = named.fold(diagnostic, |diagnostic, file| diagnostic.help(file));
    match files.len().checked_sub(NAMED) {
        None | Some(0) => diagnostic,
        Some(more) => diagnostic.help(format!("… and {more} more")),
    }
}

/// Refuses to go on where one of `paths` exists: they would belong to a person.
pub fn refuse_existing(root: &Path, paths: &[String]) -> Result<(), Failure> {
    let there: Vec<&str> = paths
        .iter()
        .filter(|path| root.join(path).exists())
        .map(String::as_str)
        .collect();
    match there.as_slice() {
        [] => Ok(()),
        there => Err(Failure::plain(
            codes::FILE_EXISTS,
            format!("{} exists already", there.join(", ")),
            "remove it first, or choose another name; nothing was written",
        )),
    }
}
