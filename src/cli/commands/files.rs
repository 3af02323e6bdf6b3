//! Small files that commands write beside the manifests: whole or not at all, never over a person's.

use std::path::Path;

use crate::cli::exit::Failure;
use crate::diagnostic::codes;

/// Ends the name of a file that is being written.
const TEMPORARY: &str = ".kops-stack-new";

/// Writes a file that the tool owns.
#[expect(
    clippy::disallowed_methods,
    reason = "commands write the files that they make"
)]
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(TEMPORARY);
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&beside, text))
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(|error| {
            let message = format!("failed to write {}: {error}", path.display());
            Failure::plain(codes::IO, message, "")
        })
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
