//! One case: its files, its run, its snapshot.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use super::made;
use crate::support::{ROOT, Sandbox};

/// No mistake may make the program busy for longer; most cases take a tenth of a second.
const LONGEST: Duration = Duration::from_secs(30);

/// Files of a case that are not part of its repository. `show` lists files that are printed after
/// the run, for cases that must succeed.
const OWN: [&str; 3] = ["command", "show", "expected.txt"];

pub struct Case {
    pub name: String,
    folder: PathBuf,
}

/// How the run of a case ended.
pub struct Outcome {
    /// What the snapshot holds.
    pub text: String,
    /// None when it was stopped.
    pub code: Option<i32>,
    /// Paths that are not as they were before.
    pub touched: Vec<String>,
}

impl Case {
    /// All cases, by name.
    pub fn all() -> Vec<Case> {
        let top = folder("cases");
        let entries = fs_err::read_dir(&top).expect("the folder of cases is there");
        let mut cases: Vec<Case> = entries
            .map(|entry| {
                let folder = entry.expect("the folder can be read").path();
                let name = folder.file_name().expect("it has a name");
                Case {
                    name: name.to_string_lossy().into_owned(),
                    folder,
                }
            })
            .collect();
        cases.sort_by(|a, b| a.name.cmp(&b.name));
        let made = made::NAMES.iter().filter(|name| {
            let mut cases = cases.iter();
            !cases.any(|case| case.name == **name)
        });
        let unused: Vec<_> = made.collect();
        assert!(unused.is_empty(), "made and not used by a case: {unused:?}");
        cases
    }

    /// Lays the case over the base and runs its command.
    pub fn run(&self) -> Outcome {
        let sandbox = Sandbox::copy_of(&folder("base"));
        for (path, bytes) in files(&self.folder) {
            if !OWN.contains(&path.as_str()) {
                sandbox.write(&path, bytes);
            }
        }
        made::make(&self.name, &sandbox);
        let command = self.text("command").unwrap_or_else(|| "render".to_owned());
        let before = content(&sandbox.root());
        let (code, stdout, stderr) = finish(sandbox.command(command.trim()).spawn());
        let touched = differing(&before, &content(&sandbox.root()));
        let mut text = format!("$ kops-stack {}\n", command.trim());
        for (title, part) in [("stdout", &stdout), ("stderr", &stderr)] {
            if !part.is_empty() {
                text.push_str(&format!("--- {title}\n{}", steady(part, &sandbox.root())));
            }
        }
        let end = code.map_or("stopped".to_owned(), |code| format!("exit code {code}"));
        text.push_str(&format!("--- {end}\n"));
        for path in self.text("show").unwrap_or_default().lines() {
            let shown = fs_err::read_to_string(sandbox.path(path));
            let shown = shown.unwrap_or_else(|_| "(not there)\n".to_owned());
            text.push_str(&format!("--- {path}\n{shown}"));
        }
        Outcome {
            text,
            code,
            touched,
        }
    }

    pub fn expected(&self) -> String {
        self.text("expected.txt").unwrap_or_default()
    }

    pub fn write_expected(&self, text: &str) {
        fs_err::write(self.folder.join("expected.txt"), text).expect("snapshots can be written");
    }

    fn text(&self, name: &str) -> Option<String> {
        fs_err::read_to_string(self.folder.join(name)).ok()
    }
}

pub fn folder(name: &str) -> PathBuf {
    Path::new(ROOT).join("tests/errors").join(name)
}

/// Files below a folder, by path.
pub fn files(top: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = content(top).into_iter();
    entries
        .filter_map(|(path, content)| match content {
            Content::File(bytes) => Some((path, bytes)),
            Content::Other(_) => None,
        })
        .collect()
}

/// What stands at a path, so that any change of it shows.
#[derive(PartialEq)]
enum Content {
    File(Vec<u8>),
    Other(String),
}

fn content(top: &Path) -> BTreeMap<String, Content> {
    let walk = walkdir::WalkDir::new(top).min_depth(1).into_iter();
    walk.map(|entry| entry.expect("the folder can be read"))
        .map(|entry| {
            let within = entry.path().strip_prefix(top).expect("it lies below");
            let content = match entry.file_type() {
                kind if kind.is_file() => {
                    Content::File(fs_err::read(entry.path()).expect("the file can be read"))
                }
                kind if kind.is_symlink() => {
                    let target = fs_err::read_link(entry.path()).expect("links can be read");
                    Content::Other(target.display().to_string())
                }
                kind => Content::Other(format!("{kind:?}")),
            };
            (within.to_string_lossy().into_owned(), content)
        })
        .collect()
}

fn differing(before: &BTreeMap<String, Content>, after: &BTreeMap<String, Content>) -> Vec<String> {
    let paths = before.keys().chain(after.keys());
    let mut paths: Vec<String> = paths
        .filter(|path| before.get(*path) != after.get(*path))
        .cloned()
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Waits for the end, though not for ever; both pipes are read meanwhile, so that neither fills.
fn finish(mut child: Child) -> (Option<i32>, String, String) {
    let stdout = child.stdout.take().expect("it is piped");
    let stderr = child.stderr.take().expect("it is piped");
    let stdout = std::thread::spawn(move || text_of(stdout));
    let stderr = std::thread::spawn(move || text_of(stderr));
    let started = Instant::now();
    let code = loop {
        match child.try_wait().expect("the child can be waited for") {
            Some(status) => break status.code(),
            None if started.elapsed() > LONGEST => {
                child.kill().expect("the child can be killed");
                child.wait().expect("the child can be waited for");
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let text = |thread: std::thread::JoinHandle<String>| thread.join().expect("reading ends");
    (code, text(stdout), text(stderr))
}

fn text_of(mut pipe: impl Read) -> String {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).expect("pipes can be read");
    String::from_utf8(bytes).expect("output is UTF-8")
}

/// Text without what differs from run to run.
fn steady(text: &str, root: &Path) -> String {
    let seconds = regex_lite::Regex::new(r"\d+\.\d+ s\b").expect("the pattern is right");
    let text = text.replace(&root.display().to_string(), "[REPOSITORY]");
    let text = seconds.replace_all(&text, "[TIME]").into_owned();
    match text.ends_with('\n') {
        true => text,
        false => format!("{text}\n"),
    }
}
