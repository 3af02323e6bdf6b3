//! What may be typed.

mod cluster;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub use cluster::{Apply, Destroy, Diff, Lock, LockAction, Pace, Pin, Plan, Roll, Scope, Status};

/// Create Kubernetes clusters from a curated catalogue, and keep changing them
///
/// A person edits a few knobs per environment in git; kops-stack renders the manifests, shows what
/// will change, and plans it.
#[derive(Debug, Parser)]
#[command(
    name = "kops-stack",
    version,
    long_version = long_version(),
    disable_help_subcommand = false,
    max_term_width = 100
)]
pub struct Arguments {
    /// Folder of the repository, or one within it
    #[arg(
        long,
        short = 'C',
        global = true,
        value_name = "DIR",
        default_value = "."
    )]
    pub directory: PathBuf,

    /// When to colour the output
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    pub color: ColorChoice,

    #[command(subcommand)]
    pub command: Command,
}

/// The version, and what is built in.
fn long_version() -> String {
    let version = env!("CARGO_PKG_VERSION");
    format!("{version}\n{}", crate::tree::embedded::BUILT_IN.summary())
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum ColorChoice {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, on a terminal or in a log
    Text,
    /// For programs, with the version of its schema
    Json,
    /// For a comment on a pull request
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people, on a terminal or in a log
    Text,
    /// For programs, with the version of its schema
    Json,
    /// SARIF 2.1.0, which code hosts show as annotations
    Sarif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    /// For people, on a terminal or in a log
    Text,
    /// For programs, with the version of its schema
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IamFormat {
    /// For people, on a terminal or in a log
    Text,
    /// Whole policies, with the version of their schema
    Json,
    /// Roles, policies and outputs, in a file of their own
    Terraform,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a repository of knob files
    #[command(after_help = "Example: kops-stack init platform")]
    Init(Init),
    /// Add an environment, a component or a module
    #[command(subcommand)]
    New(New),
    /// Write the knob files of a cluster that is there
    #[command(subcommand)]
    Import(Import),
    /// Test the modules of this repository
    #[command(subcommand)]
    Test(Test),
    /// List modules, stack releases, environments and layers
    #[command(after_help = "Example: kops-stack list --provides gateway-class")]
    List(List),
    /// Show a module: its versions, knobs and what to know
    #[command(after_help = "Example: kops-stack show cert-manager")]
    Show(Show),
    /// Tell which file set a knob, what it overrode and what reads it
    #[command(after_help = "Example: kops-stack explain prod cert-manager.controller.replicas")]
    Explain(Explain),
    /// Render the manifests of environments
    #[command(
        after_help = "Example: kops-stack render prod\n         kops-stack render --check      in CI: exit code 2 when the manifests are not what the knobs say"
    )]
    Render(Render),
    /// Find what is wrong with the rendered objects before anything reaches a cluster
    #[command(
        after_help = "Example: kops-stack check prod\n         kops-stack check --format sarif > check.sarif      for annotations on a pull request"
    )]
    Check(Check),
    /// Show what differs, field by field: from the cluster, or between revisions
    #[command(
        after_help = "Example: kops-stack diff prod                                       from the cluster\n         kops-stack diff --base origin/main --format markdown      what a change of knobs does"
    )]
    Diff(Diff),
    /// Show what would be done, in which order and why
    #[command(
        after_help = "Example: kops-stack plan prod\n         kops-stack plan prod --against empty\n         kops-stack plan --all --against git:origin/main"
    )]
    Plan(Plan),
    /// Do what a plan says, in its order, wait for health, and take away what is gone
    #[command(
        after_help = "Example: kops-stack apply dev\n         kops-stack plan prod --out prod.plan.json && kops-stack apply prod.plan.json\n         kops-stack apply prod --reviewed 5f0c6a1d29e84b73      in CI, after the pull request"
    )]
    Apply(Apply),
    /// Show what is installed in a cluster, and whether it works
    #[command(after_help = "Example: kops-stack status prod")]
    Status(Status),
    /// Take away everything that was applied, and the cluster itself where that is asked for
    #[command(
        after_help = "Example: kops-stack destroy dev --yes=dev\n         kops-stack destroy dev --cluster"
    )]
    Destroy(Destroy),
    /// Replace the machines of a cluster that kops makes, though nothing about them changes
    #[command(
        after_help = "Example: kops-stack roll prod --reason 'images of November'\n         kops-stack roll prod general --reason 'a node that hangs'"
    )]
    Roll(Roll),
    /// Write into environment.yaml which cluster the context must lead to
    #[command(after_help = "Example: kops-stack pin prod")]
    Pin(Pin),
    /// Show the way to a newer Kubernetes or stack release, and edit the knob files for its first hop
    ///
    /// A hop is one pull request: at most one minor of Kubernetes. Everything on the way is
    /// rendered and checked in memory first; where something is in the way, nothing is written.
    #[command(
        after_help = "Example: kops-stack upgrade prod --to kubernetes=1.36\n         kops-stack upgrade prod --to stack=2026.12 --dry-run\n         kops-stack upgrade prod --check      in CI: exit code 3 when something is in the way to the next minor"
    )]
    Upgrade(Upgrade),
    /// List every image that will run, for mirrors and scanners
    #[command(
        after_help = "Example: kops-stack images prod\n         kops-stack images prod --kops      with what kops itself pulls\n         kops-stack images --format json | jq -r '.environments[].images[].image'"
    )]
    Images(Images),
    /// Print the cloud roles that an environment's components need
    #[command(
        after_help = "Example: kops-stack iam prod\n         kops-stack iam prod --format terraform > roles.tf"
    )]
    Iam(Iam),
    /// Accept the built-in modules of this binary in kops-stack.lock, or see to a cluster's lock
    #[command(after_help = "Example: kops-stack lock\n         kops-stack lock status prod")]
    Lock(Lock),
    /// Get the files of others that modules need, such as upstream's CRDs
    #[command(
        after_help = "Example: kops-stack vendor\n         kops-stack vendor --from https://mirror.example.com/raw"
    )]
    Vendor(Vendor),
    /// Write the JSON Schemas of all files, for editors
    #[command(
        after_help = "Example: kops-stack schema            all schemas, into .kops-stack/schemas/\n         kops-stack schema cert-manager   one, to the terminal"
    )]
    Schema(Schema),
    /// Explain the code of a message
    #[command(after_help = "Example: kops-stack explain-code unknown-knob")]
    ExplainCode(ExplainCode),
    /// Print the completions of a shell
    #[command(
        after_help = "Example: kops-stack completions bash > /etc/bash_completion.d/kops-stack"
    )]
    Completions(Completions),
    /// Write the manual pages
    #[command(after_help = "Example: kops-stack man /usr/local/share/man/man1")]
    Man(Man),
}

#[derive(Debug, Args)]
pub struct Init {
    /// Folder of the new repository
    #[arg(value_name = "DIR", default_value = ".")]
    pub folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum New {
    /// Add an environment, empty or like another one
    #[command(after_help = "Example: kops-stack new environment staging --from prod")]
    Environment(NewEnvironment),
    /// Switch on a component in an environment
    #[command(
        after_help = "Example: kops-stack new component prod envoy-gateway-internal --module envoy-gateway"
    )]
    Component(NewComponent),
    /// Write the skeleton of a module of your own, with a case of its tests
    #[command(after_help = "Example: kops-stack new module hello")]
    Module(NewModule),
}

#[derive(Debug, Args)]
pub struct NewEnvironment {
    /// Name of the environment
    pub name: String,
    /// Environment whose knob files are copied
    #[arg(long, value_name = "ENV")]
    pub from: Option<String>,
}

#[derive(Debug, Args)]
pub struct NewComponent {
    /// Name of the environment
    pub environment: String,
    /// Name of the component
    pub name: String,
    /// The module, where it is not called like the component
    #[arg(long)]
    pub module: Option<String>,
}

#[derive(Debug, Args)]
pub struct NewModule {
    /// Name of the module
    pub name: String,
}

#[derive(Debug, Subcommand)]
pub enum Import {
    /// Import a cluster of kops: knobs for what they can say, patches for the rest
    ///
    /// Nothing of the cluster would change after it; otherwise nothing is written.
    #[command(
        after_help = "Example: kops-stack import kops prod.example.com --state s3://kops-state.example.com\n         kops get all prod.example.com -o yaml > prod.yaml && kops-stack import kops prod.example.com --from prod.yaml"
    )]
    Kops(ImportKops),
}

#[derive(Debug, Args)]
pub struct ImportKops {
    /// Name of the cluster
    pub name: String,
    /// Name of the environment; by default the first part of the cluster's
    #[arg(long, value_name = "ENV")]
    pub environment: Option<String>,
    /// Where kops keeps its state; by default what KOPS_STATE_STORE says
    #[arg(long, value_name = "URL", conflicts_with = "from")]
    pub state: Option<String>,
    /// What `kops get all NAME -o yaml` printed, in place of asking kops
    #[arg(long, value_name = "FILE")]
    pub from: Option<std::path::PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum Test {
    /// Test modules: their templates, their knobs, and their cases against the goldens
    ///
    /// Tells at once everything that is wrong or missing, each with file and line.
    #[command(
        after_help = "Example: kops-stack test module\n         kops-stack test module hello --update      writes the goldens anew"
    )]
    Module(TestModule),
}

#[derive(Debug, Args)]
pub struct TestModule {
    /// Modules; all of this repository's own by default
    #[arg(value_name = "MODULE")]
    pub modules: Vec<String>,
    /// Write the goldens of cases that render something else, where nothing else is wrong
    #[arg(long)]
    pub update: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct List {
    /// What to list; everything by default
    #[arg(value_enum)]
    pub what: Option<ListWhat>,
    /// Only modules that provide a capability
    #[arg(long, value_name = "CAPABILITY")]
    pub provides: Option<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ListWhat {
    Modules,
    Stacks,
    Environments,
    Layers,
    Patches,
}

#[derive(Debug, Args)]
pub struct Show {
    /// Name of the module
    pub module: String,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Explain {
    /// Name of the environment
    pub environment: String,
    /// Component and knob, as `cert-manager.controller.replicas`; `global`, `cluster` or `environment` and a key;
    /// `patches` or `patches.NAME`; or a rendered object, as `Deployment cert-manager/cert-manager`
    #[arg(required = true, num_args = 1..=2, value_name = "KNOB")]
    pub knob: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Render {
    /// Environments; all by default
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// Write nothing; end with exit code 2 when the manifests are not what the knobs say
    #[arg(long)]
    pub check: bool,
}

#[derive(Debug, Args)]
pub struct Check {
    /// Environments; all by default
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// End with exit code 1 for warnings too
    #[arg(long)]
    pub strict: bool,
}

#[derive(Debug, Args)]
pub struct Upgrade {
    /// Name of the environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    /// Where to: `kubernetes=VERSION`, which is a minor or one version, or `stack=RELEASE`; with `--check`, by default the next minor
    #[arg(long, value_name = "WHAT=VERSION", required_unless_present = "check")]
    pub to: Option<String>,
    /// Write nothing; end with exit code 3 when anything is in the way, of any hop
    #[arg(long)]
    pub check: bool,
    /// Write nothing; show the values that would be written
    #[arg(long, conflicts_with = "check")]
    pub dry_run: bool,
    /// Ask the cluster too: who writes in API versions that go, and which disruption budgets let no pod go now
    #[arg(long)]
    pub live: bool,
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct Images {
    /// Environments; all by default
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// Ask kops what it has the machines of its clusters pull, images and files; only clusters that it has stored
    #[arg(long)]
    pub kops: bool,
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub format: ListFormat,
}

#[derive(Debug, Args)]
pub struct Iam {
    /// Name of the environment
    #[arg(value_name = "ENV")]
    pub environment: String,
    #[arg(long, value_enum, default_value_t = IamFormat::Text)]
    pub format: IamFormat,
    /// ARN of the IAM OIDC provider of the cluster, over `oidcProvider` in cluster.yaml
    #[arg(long, value_name = "ARN")]
    pub oidc_provider: Option<String>,
}

#[derive(Debug, Args)]
pub struct Vendor {
    /// Environments whose modules are looked at; all by default
    #[arg(value_name = "ENV")]
    pub environments: Vec<String>,
    /// Every version of every module, whether it is in use or not
    #[arg(long, conflicts_with = "environments")]
    pub catalogue: bool,
    /// A mirror of raw files, by its address, or a folder
    #[arg(long, value_name = "URL|DIR")]
    pub from: Option<String>,
    /// Seconds that one file may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub timeout_secs: u64,
}

#[derive(Debug, Args)]
pub struct Schema {
    /// One schema, printed: a module, or `environment`, `cluster`, `global`, `stack`, `module`, `kops-stack`
    pub name: Option<String>,
}

#[derive(Debug, Args)]
pub struct ExplainCode {
    /// A code, as it stands in brackets after `error`; all codes by default
    pub code: Option<String>,
}

#[derive(Debug, Args)]
pub struct Completions {
    pub shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub struct Man {
    /// Folder that the pages are written to
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}
