//! What was approved before an apply, and whether it is still what would be done.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::cli::arguments;
use crate::cli::cluster::Desired;
use crate::cli::exit::{Exit, Failure};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::plan::{Action, Plan, Step};
use crate::model::saved::{FORMAT, Moved, SavedPlan};
use crate::model::work::Work;
use crate::object::Identity;
use crate::render::NAMESPACES;
use crate::report;

/// What is said when a command ends before it wrote anything.
pub const NOTHING_APPLIED: &str = "nothing was applied";

/// What was approved before.
pub enum Approved {
    /// A saved plan.
    File(Box<SavedPlan>),
    /// The digest of a plan.
    Digest(String),
    /// Nothing yet: the plan is shown, and somebody is asked.
    Nothing,
}

/// A plan of now, against which what was approved is held.
#[derive(Clone, Copy)]
pub struct Now<'a> {
    pub plan: &'a Plan,
    /// Of its steps; none where the cluster is not there yet.
    pub works: &'a [Work],
    /// The cluster's id.
    pub cluster: &'a str,
}

pub fn approved(options: &arguments::Apply) -> Result<Approved, Failure> {
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

/// Refuses what is no longer what was approved; everything that moved is told at once. `show` shows the
/// plan of now, for whoever has to approve it.
pub fn stale(
    approved: &Approved,
    desired: &Desired,
    now: Now<'_>,
    show: impl FnOnce(),
) -> Result<(), Failure> {
    let digest = now.plan.live.as_ref().map(|live| live.digest.as_str());
    let saved = match approved {
        Approved::Nothing => return Ok(()),
        Approved::Digest(approved) if digest == Some(approved) => return Ok(()),
        Approved::Digest(approved) => {
            show();
            let message = format!(
                "the plan of now is {}, and {approved} was approved",
                digest.unwrap_or_default()
            );
            let help = "look at the plan above, and have its digest approved";
            let diagnostic = Diagnostic::error(codes::PLAN_STALE, message).help(help);
            return Err(stale_failure(diagnostic.into()));
        }
        Approved::File(saved) => saved,
    };
    let mut problems = Diagnostics::default();
    let made = desired.saving(now.cluster);
    let facts = [
        ("the version of kops-stack", &saved.made.tool, &made.tool),
        ("the cluster", &saved.made.cluster, &made.cluster),
        (
            "the digest of the manifests",
            &saved.made.manifests,
            &made.manifests,
        ),
    ];
    for (what, was, is) in facts.into_iter().filter(|(_, was, is)| was != is) {
        let message = format!("{what} is {is}, and the plan was made with {was}");
        problems.push(Diagnostic::error(codes::PLAN_STALE, message));
    }
    problems.extend(told(saved.moved(now.plan, now.works)));
    if let Some((was, is)) = saved.other_way(now.plan) {
        let words = |way: Vec<String>| match way.is_empty() {
            true => "nothing".to_owned(),
            false => way.join(" · "),
        };
        let message = format!(
            "for the cluster itself was planned: {}; and now it would be: {}",
            words(was),
            words(is)
        );
        problems.push(Diagnostic::error(codes::PLAN_STALE, message));
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(stale_failure(problems)),
    }
}

/// Objects that are no longer as they were approved.
pub fn told(moved: impl IntoIterator<Item = (Identity, Moved)>) -> Diagnostics {
    let told = moved.into_iter().map(|(object, moved)| {
        let message = format!("{object}: {}", report::plan::moved(&moved));
        Diagnostic::error(codes::PLAN_STALE, message)
    });
    told.collect()
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
pub fn refuse(desired: &Desired, plan: &Plan) -> Result<(), Failure> {
    let mut problems = Diagnostics::default();
    if plan.is_blocked() {
        let documents = plan.cluster.iter().flat_map(|cluster| &cluster.changes);
        let is_blocked = |step: &&Step| step.action == Action::Blocked;
        let blocked = plan.count(Action::Blocked) + documents.filter(is_blocked).count();
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

pub fn stale_failure(problems: Diagnostics) -> Failure {
    Failure {
        exit: Exit::Stale,
        ..Failure::new(problems, NOTHING_APPLIED)
    }
}
