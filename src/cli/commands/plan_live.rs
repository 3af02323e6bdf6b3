//! `plan` and `diff` against the cluster.

use std::path::Path;
use std::time::Instant;

use super::files;
use super::plan::{joined, json_text};
use crate::cli::arguments::{self, Format};
use crate::cli::cluster::{self, Ahead, Desired, Purpose, Scope, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::model::plan::Plan;
use crate::model::saved::{NOT_THERE, SavedPlan};
use crate::model::work::{Decision, Work};
use crate::plan::live::DesiredIndex;
use crate::report;

/// Which plan, and what for.
#[derive(Clone, Copy)]
struct Asked<'a> {
    scope: Scope<'a>,
    verify: bool,
    /// Whether the document of `--out` is made too.
    saves: bool,
}

/// A plan, and what making it took.
struct Made {
    plan: Plan,
    /// The document of `--out`, where it is asked for.
    saved: Option<String>,
    requests: u64,
    seconds: f64,
}

pub fn plan(
    directory: &Path,
    options: &arguments::Plan,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let scope = Scope::from(&options.scope);
    let names = &options.environments;
    let asked = Asked {
        scope,
        verify: options.verify,
        saves: options.out.is_some(),
    };
    let made = make(directory, names, asked, terminal)?;
    if let Some(path) = &options.out {
        let [made] = made.as_slice() else {
            return Err(Failure::usage(
                "`--out` saves the plan of one environment",
                "name one environment",
            ));
        };
        files::write(path, made.saved.as_deref().unwrap_or_default())?;
    }
    let plans: Vec<Plan> = made.iter().map(|made| made.plan.clone()).collect();
    let whole = |plan: &Plan| format!("kops-stack plan {}", plan.environment);
    terminal.result(&match options.format {
        Format::Text => {
            let texts = made.iter().map(|made| {
                let cost = cost(made.requests, made.seconds);
                report::plan::text_with_cost(&made.plan, &cost, terminal.out)
            });
            texts.collect::<Vec<_>>().join("\n")
        }
        Format::Json => json_text("kops-stack.plans/1", "plans", &plans, report::plan::json),
        Format::Markdown => report::plan::comment(&plans, whole),
    });
    Ok(exit(&plans, options.detailed_exitcode))
}

/// What kubectl's users expect of a diff: the fields that an apply would change.
pub fn diff(
    directory: &Path,
    options: &arguments::Diff,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let asked = Asked {
        scope: Scope {
            without_cluster: options.without_cluster,
            ..Scope::WHOLE
        },
        verify: false,
        saves: false,
    };
    let made = make(directory, &options.environments, asked, terminal)?;
    let plans: Vec<Plan> = made.into_iter().map(|made| made.plan).collect();
    let whole = |plan: &Plan| format!("kops-stack diff {}", plan.environment);
    terminal.result(&match options.format {
        Format::Text => joined(&plans, |plan| report::diff::text(plan, terminal.out)),
        Format::Json => json_text("kops-stack.diffs/1", "diffs", &plans, report::diff::json),
        Format::Markdown => report::diff::comment(&plans, whole),
    });
    Ok(exit(&plans, options.detailed_exitcode))
}

/// Blocked comes before changes: who asks for changes must not take a refusal for one.
fn exit(plans: &[Plan], detailed: bool) -> Exit {
    if plans.iter().any(Plan::is_blocked) {
        return Exit::Blocked;
    }
    match detailed && plans.iter().any(|plan| !plan.is_empty()) {
        true => Exit::Changes,
        false => Exit::Done,
    }
}

/// `31 requests, 0.4 s`
pub fn cost(requests: u64, seconds: f64) -> String {
    format!("{requests} requests, {seconds:.1} s")
}

fn make(
    directory: &Path,
    names: &[String],
    asked: Asked<'_>,
    terminal: &Terminal,
) -> Result<Vec<Made>, Failure> {
    let workspace = Workspace::load_for(directory, names, terminal)?;
    let names = workspace.environments(names)?;
    let runtime = cluster::runtime()?;
    let mut all = Vec::with_capacity(names.len());
    for name in &names {
        let started = Instant::now();
        let (desired, ahead) = Session::beside(&runtime, &workspace, name, asked.scope, terminal)?;
        all.push(runtime.block_on(one(&desired, ahead, asked, started, terminal))?);
    }
    Ok(all)
}

async fn one(
    desired: &Desired,
    ahead: Ahead,
    asked: Asked<'_>,
    started: Instant,
    terminal: &Terminal,
) -> Result<Made, Failure> {
    let itself = cluster::itself(desired, Purpose::Look).await?;
    let save = |plan: &Plan, works: &[Work], cluster: &str| {
        let saved = SavedPlan::of(plan, works, desired.saving(cluster));
        asked
            .saves
            .then(|| report::pretty(&report::plan::saved(plan, &saved)))
    };
    if let Some(itself) = itself.as_ref().filter(|itself| itself.plan.comes) {
        let plan = cluster::coming(desired, itself)?;
        return Ok(Made {
            saved: save(&plan, &[], NOT_THERE),
            plan,
            requests: 0,
            seconds: started.elapsed().as_secs_f64(),
        });
    }
    let known = itself.as_ref().and_then(|itself| itself.id.as_deref());
    let session = Session::of(desired, known, ahead, terminal).await?;
    let live = cluster::read(&session, desired).await?;
    let index = DesiredIndex::of(&desired.rendering);
    let planned = cluster::plan(&session, desired, &live, &index, asked.verify, started).await;
    let Decision {
        mut plan, works, ..
    } = planned.decision;
    if let Some(itself) = &itself {
        cluster::include(&mut plan, itself, &cluster::first(desired, itself, &live));
        cluster::nodes::look(&session, &mut plan).await;
    }
    Ok(Made {
        saved: save(&plan, &works, &session.id.id),
        plan,
        requests: session.cluster.connection().requests(),
        seconds: started.elapsed().as_secs_f64(),
    })
}
