//! `plan`: what would be done, in which order and why.

use std::path::Path;

use serde_json::json;

use crate::cli::arguments::{self, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Rendered, Workspace, stop_on_errors};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::manifests;
use crate::model::environment::Crds;
use crate::model::plan::{Against, Heading, Plan, VersionOverride};
use crate::model::rendering::Rendering;
use crate::order;
use crate::plan::{self, State};
use crate::report;
use crate::tree;

const NO_PLAN: &str = "no plan was made";

pub fn run(
    directory: &Path,
    options: &arguments::Plan,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let against = against(&options.against)?;
    let workspace = Workspace::load(directory, terminal)?;
    let names = workspace.environments(&options.environments)?;
    let rendered = workspace.render(&names, terminal, |rendered| rendered)?;
    refuse_stale(&workspace, &rendered)?;
    let plans = rendered
        .iter()
        .map(|rendered| plan_of(&workspace, rendered, &against, terminal))
        .collect::<Result<Vec<_>, _>>()?;
    terminal.result(&output(&plans, options.format, terminal));
    let changes = plans.iter().any(|plan| !plan.is_empty());
    Ok(match options.detailed_exitcode && changes {
        true => Exit::Changes,
        false => Exit::Done,
    })
}

fn against(text: &str) -> Result<Against, Failure> {
    match (text, text.strip_prefix("git:")) {
        ("empty", _) => Ok(Against::Empty),
        (_, Some(revision)) if !revision.is_empty() => Ok(Against::Revision(revision.to_owned())),
        _ => Err(Failure::usage(
            format!("`--against {text}` is neither `empty` nor `git:REV`"),
            "write `--against empty`, or a revision as `--against git:origin/main`",
        )),
    }
}

fn output(plans: &[Plan], format: Format, terminal: &Terminal) -> String {
    match format {
        Format::Text => {
            let texts: Vec<String> = plans
                .iter()
                .map(|plan| report::plan::text(plan, terminal.out))
                .collect();
            texts.join("\n")
        }
        Format::Json => {
            let plans: Vec<_> = plans.iter().map(report::plan::json).collect();
            let all = json!({"format": "kops-stack.plans/1", "plans": plans});
            serde_json::to_string_pretty(&all).expect("plans are JSON")
        }
        Format::Markdown => String::new(),
    }
}

/// A plan is about what is committed: knobs that were edited and not rendered are refused.
fn refuse_stale(workspace: &Workspace, rendered: &[Rendered]) -> Result<(), Failure> {
    const SHOWN: usize = 10;
    let mut diagnostics = Diagnostics::default();
    for rendered in rendered {
        let name = &rendered.environment.name;
        let folder = manifests::folder(name);
        let present = tree::disk::below(&workspace.root, &folder)?;
        let wanted = manifests::tree(&rendered.rendering);
        let differences = manifests::compare(&wanted, &present, &folder);
        let message = match differences.len() {
            0 => continue,
            1 => format!("the manifests of `{name}` are not what the knobs say: 1 file differs"),
            count => format!(
                "the manifests of `{name}` are not what the knobs say: {count} files differ"
            ),
        };
        let mut diagnostic = Diagnostic::error(codes::MANIFEST_STALE, message).file(&folder);
        for (mark, path) in differences.iter().take(SHOWN) {
            diagnostic = diagnostic.help(format!("{mark} {folder}/{path}"));
        }
        if differences.len() > SHOWN {
            diagnostic = diagnostic.help(format!("… and {} more", differences.len() - SHOWN));
        }
        diagnostics
            .push(diagnostic.help("run `kops-stack render`, look at the change, and plan again"));
    }
    match diagnostics.is_empty() {
        true => Ok(()),
        false => Err(Failure::new(diagnostics, NO_PLAN)),
    }
}

fn plan_of(
    workspace: &Workspace,
    rendered: &Rendered,
    against: &Against,
    terminal: &Terminal,
) -> Result<Plan, Failure> {
    let current = match against {
        Against::Revision(revision) => {
            let name = &rendered.environment.name;
            Some(committed_at(workspace, name, revision, terminal)?)
        }
        Against::Empty | Against::Live => None,
    };
    let refused = |problems| Failure::new(problems, NO_PLAN);
    let desired_graph = order::order(&rendered.rendering).map_err(refused)?;
    let current_graph = current.as_ref().map(order::order).transpose();
    let current_graph = current_graph.map_err(refused)?;
    let desired = State {
        rendering: &rendered.rendering,
        graph: &desired_graph,
    };
    let before = current
        .as_ref()
        .zip(current_graph.as_ref())
        .map(|(rendering, graph)| State { rendering, graph });
    let heading = heading(rendered, current.as_ref(), against.clone());
    Ok(plan::plan(desired, before, heading))
}

fn heading(rendered: &Rendered, current: Option<&Rendering>, against: Against) -> Heading {
    let environment = &rendered.environment;
    let overrides = environment.components.iter().filter_map(|component| {
        Some(VersionOverride {
            component: component.name.clone(),
            stack: component.overrides.as_ref()?.to_string(),
            chosen: component.version.to_string(),
        })
    });
    let stack_from = current.and_then(|current| {
        let component = current.components.values().next()?;
        Some(component.stack.clone())
    });
    Heading {
        against,
        stack_from,
        stack_to: environment.stack.title(),
        kubernetes: environment.kubernetes.to_string(),
        overrides: overrides.collect(),
        notes: notes(rendered),
    }
}

fn notes(rendered: &Rendered) -> Vec<String> {
    let mut components = rendered.environment.components.iter();
    let stand_ins = rendered.environment.crds == Crds::StandIn
        && components.any(|component| !component.module.crds.is_empty());
    let note =
        "CRDs are stand-ins with an open schema: what the real ones would refuse is not seen here";
    stand_ins.then(|| note.to_owned()).into_iter().collect()
}

/// The manifests of an environment as a revision holds them.
pub fn committed_at(
    workspace: &Workspace,
    name: &str,
    revision: &str,
    terminal: &Terminal,
) -> Result<Rendering, Failure> {
    let folder = manifests::folder(name);
    let prefix = format!("{folder}/");
    let files = tree::git::revision(&workspace.root, revision, |path| path.starts_with(&prefix))?;
    let (rendering, diagnostics) = manifests::read(&files, &folder, name);
    stop_on_errors(diagnostics, terminal)?;
    Ok(rendering)
}
