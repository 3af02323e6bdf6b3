//! Files of a folder on disk.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use crate::model::tree::{FileContent, FileTree};

/// Files larger than this are not read: no knob file or template is.
pub const LARGEST: u64 = 8 << 20;

#[derive(Debug, thiserror::Error)]
#[error("failed to read {path}: {source}")]
pub struct ReadError {
    pub path: String,
    #[source]
    pub source: std::io::Error,
}

/// Folders of a repository that hold what people write.
const FOLDERS: [&str; 5] = ["environments", "modules", "stacks", "templates", "vendor"];
const ENVIRONMENTS: &str = FOLDERS[0];
/// Stands among the environments, and is none.
const LAYERS: &str = "layers";
const FILES: [&str; 2] = ["kops-stack.yaml", "kops-stack.lock"];

/// The root of the repository that holds `from`: the nearest folder above with a kops-stack.yaml.
pub fn find_root(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .find(|folder| folder.join(FILES[0]).is_file())
        .map(Path::to_path_buf)
}

/// What people wrote in a repository. Manifests are left out: they are many, and only the commands
/// that compare or plan need them.
pub fn repository(root: &Path) -> Result<FileTree, ReadError> {
    repository_for(root, &[])
}

/// The same for work on a few environments: the others are left out, so that a mistake in one of
/// them stops nobody. All are read when none is named, and when one that is named is not there,
/// so that the nearest can be told.
pub fn repository_for(root: &Path, environments: &[String]) -> Result<FileTree, ReadError> {
    let is_there = |name: &String| {
        *name != LAYERS
            && root
                .join(ENVIRONMENTS)
                .join(name)
                .symlink_metadata()
                .is_ok()
    };
    let all = environments.is_empty() || !environments.iter().all(is_there);
    let is_asked = |path: &str| match environment_of(path) {
        Some(name) => all || name == LAYERS || environments.iter().any(|asked| asked == name),
        None => true,
    };
    let mut tree = FileTree::default();
    for folder in FOLDERS {
        read_below(root, folder, &mut tree, |path| {
            !is_manifests(path) && !is_hidden(path) && is_asked(path)
        })?;
    }
    for file in FILES {
        match root.join(file).is_dir() {
            true => drop(tree.files.insert(file.to_owned(), FileContent::Other)),
            false => read_below(root, file, &mut tree, |_| true)?,
        }
    }
    Ok(tree)
}

/// All files below `folder` of `root`, hidden ones too, by their path from `root`: among the
/// manifests, the list of a rendering under way is one, and a stranger's is not to be overlooked.
pub fn below(root: &Path, folder: &str) -> Result<FileTree, ReadError> {
    let mut tree = FileTree::default();
    read_below(root, folder, &mut tree, |_| true)?;
    Ok(tree)
}

/// The first folder below environments/ that a path lies in; a file beside the folders has none.
fn environment_of(path: &str) -> Option<&str> {
    let (name, _) = path
        .strip_prefix(ENVIRONMENTS)?
        .strip_prefix('/')?
        .split_once('/')?;
    Some(name)
}

/// `environments/<environment>/manifests`, which belongs to the tool.
fn is_manifests(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.next() == Some("environments") && parts.nth(1) == Some("manifests")
}

/// What editors leave beside the files that they edit.
fn is_hidden(path: &str) -> bool {
    path.rsplit('/')
        .next()
        .is_some_and(|name| name.starts_with('.'))
}

fn read_below(
    root: &Path,
    start: &str,
    tree: &mut FileTree,
    wanted: impl Fn(&str) -> bool,
) -> Result<(), ReadError> {
    let relative = |path: &Path| {
        let within = path.strip_prefix(root).unwrap_or(path);
        within.to_string_lossy().replace('\\', "/")
    };
    let top = root.join(start);
    if top.symlink_metadata().is_err() {
        return Ok(());
    }
    let walk = WalkDir::new(top).follow_root_links(false);
    let entries = walk.sort_by_file_name().into_iter();
    // A link is seen even where the rest is not wanted, so that it can be refused: what is written
    // to `manifests/` would end up elsewhere. (An editor's lock is a hidden link.)
    let entries = entries.filter_entry(|entry| {
        let path = relative(entry.path());
        wanted(&path) || (entry.path_is_symlink() && !is_hidden(&path))
    });
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| ReadError {
            path: error.path().map(relative).unwrap_or_default(),
            source: error.into(),
        })?;
        let path = relative(entry.path());
        if entry.path_is_symlink() {
            tree.files.insert(path, FileContent::Link);
        } else if entry.file_type().is_file() {
            files.push((path, entry.into_path()));
        } else if !entry.file_type().is_dir() {
            tree.files.insert(path, FileContent::Other);
        }
    }
    let files = files.into_par_iter().map(|(path, place)| {
        let content = read_file(&place);
        let content = content.unwrap_or_else(|error| FileContent::Unreadable(error.to_string()));
        (path, content)
    });
    tree.files.par_extend(files);
    Ok(())
}

fn read_file(path: &Path) -> std::io::Result<FileContent> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    if size > LARGEST {
        return Ok(FileContent::TooLarge(size));
    }
    // With room for a little more, the end is found without another buffer.
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 64);
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    Ok(FileContent::Bytes(bytes.into()))
}
