//! What may be typed about a cluster.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Format, ListFormat};

#[derive(Debug, Args)]
pub struct Diff {
    /// Environments; all by default, with `--base`
    #[arg(value_name = "ENV", required_unless_present = "base")]
    pub environments: Vec<String>,
    /// Git revision to compare with, instead of the cluster
    #[arg(long, value_name = "REV")]
    pub base: Option<String>,
    /// Git revision to compare; the work tree by default
    #[arg(long, value_name = "REV", requires = "base")]
    pub head: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// End with exit code 2 when there are differences
    #[arg(long)]
    pub detailed_exitcode: bool,
    /// Leave out the cluster itself, and ask nothing of what makes it
    #[arg(long, conflicts_with = "base")]
    pub without_cluster: bool,
}

#[derive(Debug, Args)]
pub struct Plan {
    /// Environments
    #[arg(
        value_name = "ENV",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    pub environments: Vec<String>,
    /// All environments
    #[arg(long)]
    pub all: bool,
    /// What is compared with: `live`, the cluster; `empty`, a cluster that has nothing yet; or `git:REV`, the manifests of a revision
    #[arg(long, value_name = "STATE", default_value = "live")]
    pub against: String,
    #[command(flatten)]
    pub scope: Scope,
    /// Ask the server about every object, also about those that provably would not change
    #[arg(long)]
    pub verify: bool,
    /// Save the plan for `apply`; it holds no values of secrets
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// End with exit code 2 when there are changes
    #[arg(long)]
    pub detailed_exitcode: bool,
}

/// Which manifests a plan is about.
#[derive(Debug, Args)]
pub struct Scope {
    /// Only this component and what it needs; may be given again
    #[arg(long, value_name = "COMPONENT")]
    pub only: Vec<String>,
    /// Take the committed manifests as they are, also where the knobs would render something else
    #[arg(long)]
    pub as_committed: bool,
    /// Leave the cluster itself alone, and ask nothing of what makes it
    #[arg(long)]
    pub without_cluster: bool,
}

#[derive(Debug, Args)]
pub struct Apply {
    /// An environment, or a plan that `plan --out` saved
    #[arg(value_name = "ENV|FILE")]
    pub target: String,
    #[command(flatten)]
    pub scope: Scope,
    /// Go on only when the plan of now has this digest
    #[arg(long, value_name = "DIGEST")]
    pub reviewed: Option<String>,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub pace: Pace,
}

/// How an apply goes about it.
#[derive(Debug, Args)]
pub struct Pace {
    /// Begin nothing more after the first failure
    #[arg(long)]
    pub fail_fast: bool,
    /// Seconds that an object may take to become healthy, or to go away
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub timeout: u64,
    /// Seconds to wait for somebody else's lock
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub lock_timeout: u64,
    /// `text` tells what happens as it happens, `json` as one event a line
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

#[derive(Debug, Args)]
pub struct Status {
    /// Name of the environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

#[derive(Debug, Args)]
pub struct Destroy {
    /// Name of the environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Do not ask: the name of the environment once more
    #[arg(long, value_name = "ENV", require_equals = true)]
    pub yes: Option<String>,
    /// A protected object that goes too, as `Namespace shop`; may be given again
    #[arg(long, value_name = "OBJECT")]
    pub delete: Vec<String>,
    /// Take the cluster itself away too, after what runs on it; only one that kops makes
    #[arg(long)]
    pub cluster: bool,
    /// Ask nothing of the cluster, and delete it with what runs on it: load balancers and volumes may be left in the cloud
    #[arg(long, requires = "cluster")]
    pub skip_components: bool,
    #[command(flatten)]
    pub pace: Pace,
}

#[derive(Debug, Args)]
pub struct Roll {
    /// Name of the environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// A group of machines; all by default, the control plane first
    #[arg(value_name = "GROUP")]
    pub group: Option<String>,
    /// Why, for the journal
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub pace: Pace,
}

#[derive(Debug, Args)]
pub struct Pin {
    /// Name of the environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Write without asking
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Lock {
    /// Write nothing; end with exit code 2 when the lock does not hold what is in use
    #[arg(long)]
    pub check: bool,
    #[command(subcommand)]
    pub action: Option<LockAction>,
}

#[derive(Debug, Subcommand)]
pub enum LockAction {
    /// Show who holds the lock of a cluster, and the one beside kops' state store
    Status {
        /// Name of the environment
        #[arg(value_name = "ENV")]
        environment: String,
        #[arg(long, value_enum, default_value_t = ListFormat::Text)]
        format: ListFormat,
    },
    /// Take the lock away from whoever died with it
    Break {
        /// Name of the environment
        #[arg(value_name = "ENV")]
        environment: String,
        /// What `lock status` shows
        #[arg(value_name = "ID")]
        id: String,
    },
}
