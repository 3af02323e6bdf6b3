//! `plan`: what would be done, in which order and why.

use std::path::Path;

use serde_json::json;

use super::{files, plan_live};
use crate::cli::arguments::{self, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Rendered, Workspace, stop_on_errors};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::manifests;
use crate::model::cluster::rolls::Rolls;
use crate::model::plan::{Against, Heading, PatchNote, Plan, VersionOverride};
use crate::model::rendering::Rendering;
use crate::order;
use crate::plan::{self, State};
use crate::report;
use crate::tree;
use crate::yaml::Value;

const NO_PLAN: &str = "no plan was made";

pub fn run(
    directory: &Path,
    options: &arguments::Plan,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let against = against(&options.against)?;
    if against == Against::Live {
        return plan_live::plan(directory, options, terminal);
    }
    refuse_live_options(options)?;
    let workspace = Workspace::load_for(directory, &options.environments, terminal)?;
    let names = workspace.environments(&options.environments)?;
    let rendered = workspace.render(&names, terminal, |rendered| rendered)?;
    refuse_stale(&workspace, &rendered)?;
    let plans = rendered
        .iter()
        .map(|rendered| plan_of(&workspace, rendered, &against, terminal))
        .collect::<Result<Vec<_>, _>>()?;
    let whole = |plan: &Plan| {
        format!(
            "kops-stack plan {} --against {}",
            plan.environment, options.against
        )
    };
    terminal.result(&match options.format {
        Format::Text => joined(&plans, |plan| report::plan::text(plan, terminal.out)),
        Format::Json => json_text("kops-stack.plans/1", "plans", &plans, report::plan::json),
        Format::Markdown => report::plan::comment(&plans, whole),
    });
    let changes = plans.iter().any(|plan| !plan.is_empty());
    Ok(match options.detailed_exitcode && changes {
        true => Exit::Changes,
        false => Exit::Done,
    })
}

fn against(text: &str) -> Result<Against, Failure> {
    match (text, text.strip_prefix("git:")) {
        ("live", _) => Ok(Against::Live),
        ("empty", _) => Ok(Against::Empty),
        (_, Some(revision)) if !revision.is_empty() => Ok(Against::Revision(revision.to_owned())),
        _ => Err(Failure::usage(
            format!("`--against {text}` is none of `live`, `empty` and `git:REV`"),
            "write `--against empty`, or a revision as `--against git:origin/main`",
        )),
    }
}

/// Options that say something about a cluster only.
fn refuse_live_options(options: &arguments::Plan) -> Result<(), Failure> {
    let given = [
        ("--only", !options.scope.only.is_empty()),
        ("--as-committed", options.scope.as_committed),
        ("--without-cluster", options.scope.without_cluster),
        ("--verify", options.verify),
        ("--out", options.out.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((option, _)) => Err(Failure::usage(
            format!("`{option}` belongs to a plan against the cluster"),
            "leave `--against` out",
        )),
    }
}

/// One text after the other, with a blank line between.
pub fn joined(plans: &[Plan], text: impl Fn(&Plan) -> String) -> String {
    let texts: Vec<String> = plans.iter().map(text).collect();
    texts.join("\n")
}

/// One document for all environments.
pub fn json_text(format: &str, name: &str, plans: &[Plan], one: fn(&Plan) -> Value) -> String {
    let all: Vec<Value> = plans.iter().map(one).collect();
    let document = json!({"format": format, name: all});
    report::pretty(&document)
}

/// A plan is about what is committed: knobs that were edited and not rendered are refused.
pub fn refuse_stale(workspace: &Workspace, rendered: &[Rendered]) -> Result<(), Failure> {
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
        let diagnostic = Diagnostic::error(codes::MANIFEST_STALE, message).file(&folder);
        let named = differences
            .iter()
            .map(|(mark, path)| format!("{mark} {folder}/{path}"));
        let named: Vec<String> = named.collect();
        diagnostics.push(
            files::naming(diagnostic, &named)
                .help("run `kops-stack render`, look at the change, and plan again"),
        );
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
        Against::Empty | Against::Committed | Against::Live => None,
    };
    let heading = heading(rendered, current.as_ref(), against.clone());
    let mut plan = planned(&rendered.rendering, current.as_ref(), heading)?;
    // Whose machines may be replaced stands in no manifest.
    if let Some(cluster) = &rendered.rendering.cluster {
        let environment = &rendered.environment;
        let rolls = Rolls::of(&environment.cluster, environment.protect);
        let there = current.as_ref().and_then(|there| there.cluster.as_ref());
        plan.cluster = Some(plan::cluster::between(cluster, there, Some(&rolls)));
    }
    Ok(plan)
}

/// Orders both sides and plans the way from one to the other.
pub fn planned(
    desired: &Rendering,
    current: Option<&Rendering>,
    heading: Heading,
) -> Result<Plan, Failure> {
    let refused = |problems| Failure::new(problems, NO_PLAN);
    let desired_graph = order::order(desired).map_err(refused)?;
    let current_graph = current.map(order::order).transpose().map_err(refused)?;
    let desired = State {
        rendering: desired,
        graph: &desired_graph,
    };
    let before = current
        .zip(current_graph.as_ref())
        .map(|(rendering, graph)| State { rendering, graph });
    Ok(plan::plan(desired, before, heading))
}

pub fn heading(rendered: &Rendered, current: Option<&Rendering>, against: Against) -> Heading {
    let environment = &rendered.environment;
    let overrides = environment.components.iter().filter_map(|component| {
        Some(VersionOverride {
            component: component.name.clone(),
            stack: component.overrides.as_ref()?.to_string(),
            chosen: component.version.to_string(),
        })
    });
    Heading {
        against,
        stack_from: current.and_then(stack_of),
        stack_to: environment.stack.title(),
        kubernetes: Some(environment.kubernetes.to_string()),
        overrides: overrides.collect(),
        patches: patch_notes(&rendered.rendering),
        notes: notes(rendered),
    }
}

/// The patches of a rendering, by component.
pub fn patch_notes(rendering: &Rendering) -> Vec<PatchNote> {
    let components = rendering.components.iter();
    let notes = components.flat_map(|(component, rendered)| {
        rendered.patches.iter().map(|patch| PatchNote {
            name: patch.name.clone(),
            component: component.clone(),
            object: patch.object.clone(),
            reason: patch.reason.clone(),
        })
    });
    notes.collect()
}

/// The stack release that manifests were rendered from.
pub fn stack_of(rendering: &Rendering) -> Option<String> {
    let component = rendering.components.values().next()?;
    Some(component.stack.clone())
}

fn notes(rendered: &Rendered) -> Vec<String> {
    let note =
        "CRDs are stand-ins with an open schema: what the real ones would refuse is not seen here";
    rendered
        .uses_stand_ins()
        .then(|| note.to_owned())
        .into_iter()
        .collect()
}

/// The manifests of an environment as a revision holds them.
pub fn committed_at(
    workspace: &Workspace,
    name: &str,
    revision: &str,
    terminal: &Terminal,
) -> Result<Rendering, Failure> {
    let folder = manifests::folder(name);
    let files = tree::git::revision(&workspace.root, revision, &folder)?;
    let (rendering, diagnostics) = manifests::read(&files, &folder, name);
    stop_on_errors(diagnostics, terminal)?;
    Ok(rendering)
}
