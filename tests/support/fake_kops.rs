//! The fake kops of tests/fake-kops/, with a state store and a cloud of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use super::{Sandbox, control_plane};

/// A folder in which the fake kops keeps all that it has: state store, cloud, faults, log of calls.
///
/// The control planes that it starts end with this process, if nobody deletes their clusters before.
pub struct FakeKops {
    folder: Sandbox,
    environment: Vec<(String, String)>,
}

/// How a call ended.
#[derive(Debug)]
pub struct Said {
    /// None when a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl FakeKops {
    /// One without machines; nothing where it cannot be built, which is said, and fails where `CI` is set.
    pub fn new() -> Option<Self> {
        static BUILT: OnceLock<bool> = OnceLock::new();
        if !*BUILT.get_or_init(|| control_plane::build("kops")) {
            return None;
        }
        let kops = Self {
            folder: Sandbox::empty(),
            environment: Vec::new(),
        };
        for name in ["state", "work"] {
            fs_err::create_dir(kops.path(name)).expect("it is new");
        }
        Some(kops)
    }

    /// One whose clusters have a control plane and nodes.
    pub fn with_machines() -> Option<Self> {
        if !control_plane::is_built() {
            return None;
        }
        let planes = control_plane::folder().display().to_string();
        let parent = std::process::id().to_string();
        Some(
            Self::new()?
                .env("KOPS_FAKE_PLANES", &planes)
                .env("KOPS_FAKE_PARENT", &parent),
        )
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path(name)
    }

    /// The program.
    pub fn program() -> PathBuf {
        control_plane::folder().join("kops")
    }

    /// What a program that calls kops needs in its environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |name: &str| self.path(name).display().to_string();
        let mut all = vec![
            ("HOME".to_owned(), text("work")),
            ("KUBECONFIG".to_owned(), text("kubeconfig")),
            (
                "KOPS_STATE_STORE".to_owned(),
                format!("file://{}", text("state")),
            ),
            ("KOPS_FAKE_FOLDER".to_owned(), text("cloud")),
            ("KOPS_FAKE_BUCKETS".to_owned(), text("buckets")),
        ];
        all.extend(self.environment.iter().cloned());
        all
    }

    /// One call, in the folder `work`.
    pub fn call(&self, arguments: &[&str]) -> Said {
        let output = Command::new(Self::program())
            .args(arguments)
            .env_clear()
            .envs(self.environment())
            .current_dir(self.path("work"))
            .stdin(Stdio::null())
            .output()
            .expect("it was built");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            code: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// One call that must end well; what it said on stdout.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let said = self.call(arguments);
        assert_eq!(said.code, Some(0), "kops {arguments:?}: {said:#?}");
        said.stdout
    }

    /// A file in the folder `work`.
    pub fn file(&self, name: &str, content: &str) {
        fs_err::write(self.path("work").join(name), content).expect("it can be written");
    }

    /// What shall go wrong from now on, as tests/fake-kops/README.md has the words; nothing for "".
    pub fn faults(&self, yaml: &str) {
        fs_err::create_dir_all(self.path("cloud")).expect("it can be made");
        fs_err::write(self.path("cloud/faults.yaml"), yaml).expect("it can be written");
    }

    /// The calls that have ended, and those that were killed, in order: one JSON object each.
    pub fn log(&self) -> Vec<serde_json::Value> {
        let log = fs_err::read_to_string(self.path("cloud/calls.jsonl")).unwrap_or_default();
        let lines: Vec<serde_json::Value> = log
            .lines()
            .map(|line| serde_json::from_str(line).expect("each line is JSON"))
            .collect();
        let ended = |pid: &serde_json::Value| {
            lines
                .iter()
                .any(|line| line["event"] == "end" && line["pid"] == *pid)
        };
        lines
            .iter()
            .filter(|line| line["event"] == "end" || !ended(&line["pid"]))
            .cloned()
            .collect()
    }
}

/// A digest of all that a folder holds, names and contents.
pub fn digest(folder: &Path) -> String {
    use sha2::Digest;
    let mut sum = sha2::Sha256::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.expect("it can be read");
        sum.update(entry.path().display().to_string());
        if entry.file_type().is_file() {
            sum.update(fs_err::read(entry.path()).expect("it can be read"));
        }
    }
    sum.finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
