//! `apply`: do what the plan says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::plan_live::cost;
use crate::cli::apply::{self, Work};
use crate::cli::arguments;
use crate::cli::ask::{self, Answer};
use crate::cli::cluster::{self, Desired, Planned, Scope, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::plan::{Action, Plan, Step};
use crate::model::saved::{FORMAT, SavedPlan};
use crate::plan::live::DesiredIndex;
use crate::render::NAMESPACES;
use crate::report;

/// What is said when a command ends before it wrote anything.
const NOTHING_APPLIED: &str = "nothing was applied";

/// What was approved before.
enum Approved {
    /// A saved plan.
    File(Box<SavedPlan>),
    /// The digest of a plan.
    Digest(String),
    /// Nothing yet: the plan is shown, and somebody is asked.
    Nothing,
}

pub fn run(
    directory: &Path,
    options: &arguments::Apply,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let approved = approved(options)?;
    let (name, only) = match &approved {
        Approved::File(saved) => (&saved.made.environment, saved.made.only.as_slice()),
        _ => (&options.target, options.scope.only.as_slice()),
    };
    let scope = Scope {
        only,
        as_committed: options.scope.as_committed,
    };
    let workspace = Workspace::load_for(directory, std::slice::from_ref(name), terminal)?;
    workspace.environments(std::slice::from_ref(name))?;
    let desired = Desired::read(&workspace, name, scope, terminal)?;
    let runtime = cluster::runtime()?;
    runtime.block_on(async {
        let session = Session::of(&desired, terminal).await?;
        let live = cluster::read(&session, &desired).await?;
        let index = DesiredIndex::of(&desired.rendering);
        let planned = cluster::plan(&session, &desired, &live, &index, false, started).await;
        if let Some(exit) = stale(&approved, &desired, &session, &planned, terminal)? {
            return Ok(exit);
        }
        let json = options.pace.format == arguments::ListFormat::Json;
        if !json {
            show(&planned, terminal);
        }
        refuse(&desired, &planned)?;
        let ask = matches!(approved, Approved::Nothing) && !options.yes;
        if ask && !planned.decision.plan.is_empty() {
            let context = session.cluster.connection().context();
            let question = format!("Apply this to {name} (context {context})?");
            if ask::yes(&question, terminal)? == Answer::No {
                terminal.talk(NOTHING_APPLIED);
                return Ok(Exit::Error);
            }
        }
        let work = Work {
            environment: name,
            command: format!("kops-stack apply {name}"),
            operation: "apply",
            root: &workspace.root,
            desired: &desired.rendering,
            runbooks: runbooks(&workspace, &desired),
            pace: &options.pace,
        };
        apply::run(&work, &session, &planned, terminal).await
    })
}

/// What the modules of the components name.
fn runbooks(workspace: &Workspace, desired: &Desired) -> BTreeMap<String, String> {
    let components = desired.rendering.components.iter();
    let runbooks = components.filter_map(|(name, component)| {
        let module = workspace.repository.modules.get(&component.module)?;
        Some((name.clone(), module.runbook.clone()?))
    });
    runbooks.collect()
}

fn approved(options: &arguments::Apply) -> Result<Approved, Failure> {
    if let Some(digest) = &options.reviewed {
        return Ok(Approved::Digest(digest.clone()));
    }
    let path = PathBuf::from(&options.target);
    match path.is_file() {
        true => read(&path).map(|saved| Approved::File(Box::new(saved))),
        false => Ok(Approved::Nothing),
    }
}

#[expect(clippy::disallowed_methods, reason = "a file that a person names")]
fn read(path: &Path) -> Result<SavedPlan, Failure> {
    let text = std::fs::read_to_string(path)?;
    let wrong = |reason: String| {
        let message = format!("{} is no saved plan: {reason}", path.display());
        Failure::plain(
            codes::PLAN_FILE,
            message,
            "`kops-stack plan ENV --out FILE` saves one",
        )
    };
    let document: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    if document["format"] != FORMAT {
        return Err(wrong(format!("its format is not {FORMAT}")));
    }
    serde_json::from_value(document).map_err(|error| wrong(error.to_string()))
}

/// Refuses what is no longer what was approved; everything that moved is told at once.
fn stale(
    approved: &Approved,
    desired: &Desired,
    session: &Session,
    planned: &Planned<'_>,
    terminal: &Terminal,
) -> Result<Option<Exit>, Failure> {
    let plan = &planned.decision.plan;
    let digest = plan.live.as_ref().map(|live| live.digest.as_str());
    match approved {
        Approved::Nothing => Ok(None),
        Approved::Digest(approved) if digest == Some(approved) => Ok(None),
        Approved::Digest(approved) => {
            show(planned, terminal);
            let message = format!(
                "the plan of now is {}, and {approved} was approved",
                digest.unwrap_or_default()
            );
            let help = "look at the plan above, and have its digest approved";
            Err(stale_failure(
                Diagnostic::error(codes::PLAN_STALE, message)
                    .help(help)
                    .into(),
            ))
        }
        Approved::File(saved) => {
            let mut problems = Diagnostics::default();
            let now = desired.saving(&session.id.id);
            let facts = [
                ("the version of kops-stack", &saved.made.tool, &now.tool),
                ("the cluster", &saved.made.cluster, &now.cluster),
                (
                    "the digest of the manifests",
                    &saved.made.manifests,
                    &now.manifests,
                ),
            ];
            for (what, was, is) in facts.into_iter().filter(|(_, was, is)| was != is) {
                let message = format!("{what} is {is}, and the plan was made with {was}");
                problems.push(Diagnostic::error(codes::PLAN_STALE, message));
            }
            for (object, moved) in saved.moved(&planned.decision) {
                let message = format!("{object}: {}", report::plan::moved(&moved));
                problems.push(Diagnostic::error(codes::PLAN_STALE, message));
            }
            if problems.is_empty() {
                return Ok(None);
            }
            Err(stale_failure(problems))
        }
    }
}

fn stale_failure(problems: Diagnostics) -> Failure {
    Failure {
        exit: Exit::Stale,
        ..Failure::new(problems, NOTHING_APPLIED)
    }
}

fn show(planned: &Planned<'_>, terminal: &Terminal) {
    let plan = &planned.decision.plan;
    let cost = cost(planned.requests, planned.seconds);
    terminal.result(&report::plan::text_with_cost(plan, &cost, terminal.out));
}

/// What can be applied beside what is blocked.
fn way_out(plan: &Plan) -> String {
    let is_blocked = |step: &&Step| step.action == Action::Blocked;
    let blocked: BTreeSet<&str> = plan
        .steps
        .iter()
        .filter(is_blocked)
        .map(|step| step.component.as_str())
        .collect();
    let mut free: Vec<&str> = plan
        .steps
        .iter()
        .map(|step| step.component.as_str())
        .filter(|component| !blocked.contains(component) && *component != NAMESPACES)
        .collect();
    free.dedup();
    match free.as_slice() {
        _ if blocked.is_empty() => {
            "`--only COMPONENT` plans a part that may be within them".to_owned()
        }
        [] => "correct them and plan again; every component with changes has one".to_owned(),
        free => format!("`--only {}` applies what has none", free.join(" --only ")),
    }
}

/// What stands in the way, whatever was approved.
fn refuse(desired: &Desired, planned: &Planned<'_>) -> Result<(), Failure> {
    let plan = &planned.decision.plan;
    let mut problems = Diagnostics::default();
    if plan.is_blocked() {
        let blocked = plan.count(Action::Blocked);
        let message = match plan.live.as_ref().map_or(0, |live| live.refusals.len()) {
            0 => format!("the plan is not applied: {blocked} of its objects blocked"),
            _ => "the plan is not applied: it is beyond what the environment allows".to_owned(),
        };
        let help = format!(
            "the reasons stand in the plan, under Dangerous; {}",
            way_out(plan)
        );
        problems.push(Diagnostic::error(codes::PLAN_REFUSED, message).help(help));
    }
    if desired.stand_ins && desired.rules.protect {
        let message = "CRDs are stand-ins, and the environment is protected";
        let help = "set `crds: vendored` in environment.yaml, run `kops-stack vendor` and render";
        problems.push(Diagnostic::error(codes::PLAN_REFUSED, message).help(help));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Failure {
            exit: Exit::Blocked,
            ..Failure::new(problems, NOTHING_APPLIED)
        }),
    }
}
