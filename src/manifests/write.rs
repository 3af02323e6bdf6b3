//! The only code that changes a repository's manifests on disk.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use super::operations::{Operation, TEMPORARY};

#[derive(Debug, thiserror::Error)]
#[error("failed to write {path}: {source}")]
pub struct WriteError {
    pub path: String,
    #[source]
    pub source: io::Error,
}

/// Carries out operations below `folder`, in their order.
pub fn write(folder: &Path, operations: &[Operation]) -> Result<(), WriteError> {
    for operation in operations {
        let (path, done) = match operation {
            Operation::Create(path, text) => (path, create(&folder.join(path), text.as_str())),
            Operation::Write(path, text) => (path, replace(&folder.join(path), text.as_str())),
            Operation::Remove(path) => (path, remove(folder, path)),
        };
        done.map_err(|source| WriteError {
            path: folder.join(path).display().to_string(),
            source,
        })?;
    }
    Ok(())
}

/// Straight under its name, which costs half of what [`replace`] does.
fn create(path: &Path, text: &str) -> io::Result<()> {
    let new = || File::create_new(path);
    let file = match new() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            new()
        }
        made => made,
    };
    match file {
        // Somebody was faster, or put a link there, which is not to be followed.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => replace(path, text),
        file => file?.write_all(text.as_bytes()),
    }
}

/// Whole or not at all: the text goes to a file beside, which then takes the name.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the adapter that writes manifests"
)]
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(TEMPORARY);
    let written = match std::fs::write(&name, text) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            std::fs::write(&name, text)
        }
        written => written,
    };
    written?;
    std::fs::rename(&name, path)
}

/// Removes a file and the folders that it leaves empty.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the adapter that writes manifests"
)]
fn remove(folder: &Path, path: &str) -> io::Result<()> {
    match std::fs::remove_file(folder.join(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        done => done?,
    }
    let mut parent = Path::new(path).parent();
    while let Some(empty) = parent.filter(|parent| !parent.as_os_str().is_empty()) {
        // A folder that still holds something stays: that is the usual case.
        if std::fs::remove_dir(folder.join(empty)).is_err() {
            break;
        }
        parent = empty.parent();
    }
    Ok(())
}
