//! kops, called as a program (`kops.md`, section 1).
//!
//! State and name are always said: without them kops takes what it finds in the environment, in the
//! home folder and in the current context of a kubeconfig. The home folder stays the user's own, since
//! the cloud's credentials may lie there.

mod answers;
mod call;
mod cluster;
mod listing;
mod report;

use std::path::PathBuf;
use std::time::Duration;

pub use call::{CallLog, Surroundings, private_folder};
pub use cluster::KopsCluster;
pub use report::read as read_report;

use crate::object::Object;
use crate::yaml;

/// What a call that only reads may take.
const READING: Duration = Duration::from_mins(5);

/// A program of the right version, and the store that it works on.
#[derive(Debug, Clone)]
pub struct Kops {
    program: PathBuf,
    state: String,
}

#[derive(Debug, thiserror::Error)]
pub enum KopsError {
    #[error("there is no program `kops` in the folders of PATH")]
    Missing,
    #[error("{program} is kops {found}, and {wanted} is wanted")]
    Version {
        program: PathBuf,
        found: String,
        wanted: String,
    },
    #[error("{program} cannot be run: {reason}")]
    Run { program: PathBuf, reason: String },
    #[error("`kops {call}` was stopped: it did not end within {seconds} s")]
    TookTooLong { call: String, seconds: u64 },
    /// What kops itself says.
    #[error("`kops {call}` failed with exit code {code}: {text}")]
    Failed {
        call: String,
        code: i32,
        text: String,
        /// What it printed on stdout.
        stdout: String,
        /// The file that holds all that it said.
        kept: Option<PathBuf>,
    },
    #[error("`kops {call}` printed what cannot be read: {reason}")]
    Unreadable { call: String, reason: String },
    #[error("what kops says cannot be kept in {folder}: {reason}")]
    Log { folder: PathBuf, reason: String },
}

impl Kops {
    /// The first program `kops` in these folders, which must be of exactly this version; nothing else
    /// is done with another one.
    pub async fn find(version: &str, state: &str, folders: &[PathBuf]) -> Result<Self, KopsError> {
        let program = folders
            .iter()
            .map(|folder| folder.join("kops"))
            .find(|program| program.is_file())
            .ok_or(KopsError::Missing)?;
        let kops = Self {
            program,
            state: state.to_owned(),
        };
        let around = Surroundings::default();
        let said = kops.run(&["version", "--short"], &around, READING).await?;
        let found = said.trim().trim_start_matches("Client version:").trim();
        match found.trim_start_matches('v') == version {
            true => Ok(kops),
            false => Err(KopsError::Version {
                program: kops.program,
                found: found.to_owned(),
                wanted: version.to_owned(),
            }),
        }
    }

    /// The documents that kops has stored of a cluster; None when it knows none of that name.
    pub async fn stored(
        &self,
        name: &str,
        around: &Surroundings,
    ) -> Result<Option<Vec<Object>>, KopsError> {
        let call = ["get", "all", name, "-o", "yaml", "--state", &self.state];
        match self.run(&call, around, READING).await {
            Ok(text) => documents(&call.join(" "), &text).map(Some),
            // `Cluster.kops.k8s.io "NAME" not found`
            Err(KopsError::Failed { text, .. })
                if text.contains(&format!("\"{name}\" not found")) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// What a call that ends well says on stdout.
    async fn run(
        &self,
        arguments: &[&str],
        around: &Surroundings,
        patience: Duration,
    ) -> Result<String, KopsError> {
        let said = call::run(&self.program, arguments, around, patience).await?;
        if said.code == 0 {
            return Ok(said.stdout);
        }
        // Lines of the log come before what went wrong.
        let mut errors = said
            .stderr
            .lines()
            .filter(|line| line.starts_with("Error: "));
        let text = errors.next_back().unwrap_or(said.stderr.trim());
        Err(KopsError::Failed {
            call: arguments.join(" "),
            code: said.code,
            text: text.trim_start_matches("Error: ").to_owned(),
            stdout: said.stdout,
            kept: said.kept,
        })
    }
}

/// A stream of documents, as `kops get all -o yaml` prints it.
pub fn documents(call: &str, text: &str) -> Result<Vec<Object>, KopsError> {
    let unreadable = |reason: String| KopsError::Unreadable {
        call: call.to_owned(),
        reason,
    };
    let source = crate::diagnostic::Source::new("kops", text);
    let documents = yaml::kubernetes_stream(&source).map_err(|problems| {
        unreadable(
            problems
                .iter()
                .map(|problem| problem.message.clone())
                .collect(),
        )
    })?;
    let objects = documents
        .into_iter()
        .map(|(value, _)| Object::new(value).map_err(|error| unreadable(error.to_string())));
    objects.collect()
}
