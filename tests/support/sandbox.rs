//! A folder of its own for each test, away from this repository, removed at the end.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{Ran, Run};

/// A temporary `repository/` and a `home/` beside it.
///
/// It lies in the system's folder for temporary files: below this repository, the program would
/// find this repository's kops-stack.yaml where a test means to have none.
pub struct Sandbox {
    folder: PathBuf,
}

impl Sandbox {
    /// An empty folder.
    pub fn empty() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kops-stack-test-{}-{number}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        for sub in ["repository", "home"] {
            fs_err::create_dir_all(folder.join(sub)).expect("temporary folders can be made");
        }
        let folder = folder.canonicalize().expect("it was made just now");
        Self { folder }
    }

    /// A repository with these files, by path and text.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let sandbox = Self::empty();
        for (path, text) in files {
            sandbox.write(path, text);
        }
        sandbox
    }

    /// A copy of a folder, without what git would not keep of it.
    pub fn copy_of(folder: &Path) -> Self {
        let sandbox = Self::empty();
        copy(folder, &sandbox.root());
        sandbox
    }

    /// Where the repository is.
    pub fn root(&self) -> PathBuf {
        self.folder.join("repository")
    }

    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        let parent = path.parent().expect("a file has a folder");
        fs_err::create_dir_all(parent).expect("folders can be made");
        fs_err::write(path, text).expect("files can be written");
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs_err::read_to_string(self.path(path)).expect("the file is there")
    }

    /// Puts `new` in the place of `old`, which must stand in the file exactly once.
    pub fn replace(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}:\n{text}");
        self.write(path, text.replace(old, new))
    }

    pub fn remove(&self, path: &str) -> &Self {
        fs_err::remove_file(self.path(path)).expect("the file was there");
        self
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path(path).exists()
    }

    /// Every file below `path` with its bytes, by its path from there.
    pub fn files(&self, path: &str) -> std::collections::BTreeMap<String, Vec<u8>> {
        let top = self.path(path);
        let walk = walkdir::WalkDir::new(&top).into_iter();
        walk.map(|entry| entry.expect("the folder can be read"))
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| {
                let within = entry.path().strip_prefix(&top).expect("it lies below");
                let bytes = fs_err::read(entry.path()).expect("the file can be read");
                (within.to_string_lossy().into_owned(), bytes)
            })
            .collect()
    }

    /// The program with these arguments (divided at spaces), in the repository, not yet started.
    pub fn command(&self, arguments: &str) -> Run {
        Run::new(self, arguments.split_whitespace())
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &str) -> Ran {
        self.command(arguments).run()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // What a failed test made is worth a look.
        if !std::thread::panicking() {
            let _ = fs_err::remove_dir_all(&self.folder);
        }
    }
}

pub fn copy(from: &Path, to: &Path) {
    let kept = |entry: &walkdir::DirEntry| {
        let name = entry.file_name();
        entry.depth() != 1 || !(name == ".git" || name == "target" || name == ".kops-stack")
    };
    for entry in walkdir::WalkDir::new(from).into_iter().filter_entry(kept) {
        let entry = entry.expect("the folder can be read");
        let within = entry.path().strip_prefix(from).expect("it lies below");
        let target = to.join(within);
        match entry.file_type().is_dir() {
            true => fs_err::create_dir_all(target).expect("folders can be made"),
            false => drop(fs_err::copy(entry.path(), target).expect("files can be copied")),
        }
    }
}
