//! Files of a revision, read from git's objects without touching the work tree.

use std::path::Path;

use git2::{ErrorCode, ObjectType, TreeWalkMode, TreeWalkResult};

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

/// Files of `revision` below `folder` of `root`, by their path from `root`; none where the revision
/// has no such folder.
///
/// `root` may itself be a folder within the git repository.
pub fn revision(root: &Path, revision: &str, folder: &str) -> Result<FileTree, GitError> {
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
    let place = format!("{}{folder}", prefix_of(&repository, root));
    let entry = match commit.get_path(Path::new(&place)) {
        Err(error) if error.code() == ErrorCode::NotFound => return Ok(FileTree::default()),
        entry => entry?,
    };
    let subtree = entry.to_object(&repository)?.peel_to_tree()?;
    files_of(&repository, &subtree, folder)
}

/// The commit that is checked out around `root`; nothing outside git and before the first commit.
pub fn head(root: &Path) -> Option<String> {
    let repository = git2::Repository::discover(root).ok()?;
    let commit = repository.head().ok()?.peel_to_commit().ok()?;
    Some(commit.id().to_string())
}

fn files_of(
    repository: &git2::Repository,
    subtree: &git2::Tree<'_>,
    folder: &str,
) -> Result<FileTree, GitError> {
    let mut tree = FileTree::default();
    let mut failure = None;
    subtree.walk(TreeWalkMode::PreOrder, |within, entry| {
        if entry.kind() != Some(ObjectType::Blob) {
            return TreeWalkResult::Ok;
        }
        match content(repository, entry) {
            Ok(content) => {
                let name = entry.name().unwrap_or_default();
                tree.files
                    .insert(format!("{folder}/{within}{name}"), content);
                TreeWalkResult::Ok
            }
            Err(error) => {
                failure = Some(error);
                TreeWalkResult::Abort
            }
        }
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
        let within = canonical(root).strip_prefix(workdir).map(Path::to_path_buf);
        within.ok()
    });
    match within.map(|path| path.to_string_lossy().replace('\\', "/")) {
        Some(path) if !path.is_empty() => format!("{path}/"),
        _ => String::new(),
    }
}
