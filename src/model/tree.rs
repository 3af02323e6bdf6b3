//! Files as values: what a disk, a git revision, the binary itself or a test holds.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// Files by path, relative to the root of the tree, with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FileTree {
    pub files: BTreeMap<String, FileContent>,
}

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileContent {
    Bytes(Cow<'static, [u8]>),
    /// A symbolic link: never followed, since it could lead out of the repository.
    Link,
    /// Too large to be read; the size in bytes.
    TooLarge(u64),
    /// Neither a file nor a folder where one is wanted: a pipe, a device, a folder called as a file.
    Other,
    /// There, and the system refuses to read it, with the reason.
    Unreadable(String),
}

impl FileTree {
    pub fn insert(&mut self, path: impl Into<String>, bytes: impl Into<Cow<'static, [u8]>>) {
        self.files
            .insert(path.into(), FileContent::Bytes(bytes.into()));
    }

    pub fn bytes(&self, path: &str) -> Option<&[u8]> {
        match self.files.get(path)? {
            FileContent::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Files below `folder`, with their path within it.
    pub fn below<'a>(
        &'a self,
        folder: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a FileContent)> {
        self.files
            .range(format!("{folder}/")..)
            .map_while(move |(path, content)| {
                let within = path.strip_prefix(folder)?.strip_prefix('/')?;
                Some((within, content))
            })
    }

    /// Names of the folders directly below `folder`.
    pub fn folders<'a>(&'a self, folder: &'a str) -> Vec<&'a str> {
        let mut names: Vec<&str> = self
            .below(folder)
            .filter_map(|(path, _)| path.split_once('/').map(|(first, _)| first))
            .collect();
        names.dedup();
        names
    }
}
