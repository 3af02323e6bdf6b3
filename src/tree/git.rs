//! Files of a revision, read from git's objects without touching the work tree.

use std::path::Path;

use git2::{ObjectType, TreeWalkMode, TreeWalkResult};

use crate::model::tree::{FileContent, FileTree};

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error("{path} is not in a git repository")]
    NoRepository { path: String },
    #[error("git knows no revision `{revision}`: {message}")]
    NoRevision { revision: String, message: String },
    #[error("failed to read git's objects: {0}")]
    Broken(#[from] git2::Error),
}

/// Files of `revision` whose path from `root` satisfies `wanted`.
///
/// `root` may be a folder within the git repository; paths are relative to it.
pub fn revision(
    root: &Path,
    revision: &str,
    wanted: impl Fn(&str) -> bool,
) -> Result<FileTree, GitError> {
    let repository = git2::Repository::discover(root).map_err(|_| GitError::NoRepository {
        path: root.display().to_string(),
    })?;
    let commit = repository
        .revparse_single(revision)
        .and_then(|object| object.peel_to_tree())
        .map_err(|error| GitError::NoRevision {
            revision: revision.to_owned(),
            message: error.message().to_owned(),
        })?;
    let prefix = prefix_of(&repository, root);
    let mut tree = FileTree::default();
    let mut failure = None;
    commit.walk(TreeWalkMode::PreOrder, |folder, entry| {
        let path = format!("{folder}{}", entry.name().unwrap_or_default());
        let Some(path) = path.strip_prefix(&prefix).filter(|path| wanted(path)) else {
            return TreeWalkResult::Ok;
        };
        if entry.kind() == Some(ObjectType::Blob) {
            match content(&repository, entry) {
                Ok(content) => {
                    tree.files.insert(path.to_owned(), content);
                }
                Err(error) => {
                    failure = Some(error);
                    return TreeWalkResult::Abort;
                }
            }
        }
        TreeWalkResult::Ok
    })?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(tree),
    }
}

const LINK_MODE: i32 = 0o120_000;

fn content(
    repository: &git2::Repository,
    entry: &git2::TreeEntry<'_>,
) -> Result<FileContent, git2::Error> {
    if entry.filemode() == LINK_MODE {
        return Ok(FileContent::Link);
    }
    let blob = repository.find_blob(entry.id())?;
    Ok(FileContent::Bytes(blob.content().to_vec().into()))
}

/// Where `root` lies within the work tree, with a `/` at its end unless it is the work tree itself.
fn prefix_of(repository: &git2::Repository, root: &Path) -> String {
    let canonical = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let within = repository.workdir().map(canonical).and_then(|workdir| {
        canonical(root)
            .strip_prefix(workdir)
            .map(Path::to_path_buf)
            .ok()
    });
    match within.map(|path| path.to_string_lossy().replace('\\', "/")) {
        Some(path) if !path.is_empty() => format!("{path}/"),
        _ => String::new(),
    }
}
