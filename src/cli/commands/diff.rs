//! `diff`: what a change of knobs does to the rendered objects, for reviewers.

use std::path::Path;

use super::plan::{committed_at, heading, joined, json_text, patch_notes, planned, stack_of};
use super::plan_live;
use crate::cli::arguments::{self, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Rendered, Workspace};
use crate::model::plan::{Against, Heading, Plan};
use crate::model::rendering::Rendering;
use crate::report;

pub fn run(
    directory: &Path,
    options: &arguments::Diff,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    match &options.base {
        Some(base) => of_base(directory, options, base, terminal),
        None => plan_live::diff(directory, options, terminal),
    }
}

fn of_base(
    directory: &Path,
    options: &arguments::Diff,
    base: &str,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load_for(directory, &options.environments, terminal)?;
    let names = workspace.environments(&options.environments)?;
    let diffs = match &options.head {
        None => of_knobs(&workspace, &names, base, terminal)?,
        Some(head) => names
            .iter()
            .map(|name| of_revisions(&workspace, name, base, head, terminal))
            .collect::<Result<Vec<_>, _>>()?,
    };
    let whole = |diff: &Plan| format!("kops-stack diff {} --base {base}", diff.environment);
    terminal.result(&match options.format {
        Format::Text => joined(&diffs, |diff| report::diff::text(diff, terminal.out)),
        Format::Json => json_text("kops-stack.diffs/1", "diffs", &diffs, report::diff::json),
        Format::Markdown => report::diff::comment(&diffs, whole),
    });
    let differs = diffs.iter().any(|diff| !diff.is_empty());
    Ok(match options.detailed_exitcode && differs {
        true => Exit::Changes,
        false => Exit::Done,
    })
}

/// The work tree: what its knobs render to, whether or not somebody has rendered them yet.
fn of_knobs(
    workspace: &Workspace,
    names: &[String],
    base: &str,
    terminal: &Terminal,
) -> Result<Vec<Plan>, Failure> {
    let rendered = workspace.render(names, terminal, |rendered| rendered)?;
    let diff = |head: &Rendered| {
        let name = &head.environment.name;
        let before = committed_at(workspace, name, base, terminal)?;
        let against = Against::Revision(base.to_owned());
        let heading = heading(head, Some(&before), against);
        planned(&head.rendering, Some(&before), heading)
    };
    rendered.iter().map(diff).collect()
}

/// Two revisions: their committed manifests.
fn of_revisions(
    workspace: &Workspace,
    name: &str,
    base: &str,
    head: &str,
    terminal: &Terminal,
) -> Result<Plan, Failure> {
    let before = committed_at(workspace, name, base, terminal)?;
    let after = committed_at(workspace, name, head, terminal)?;
    planned(
        &after,
        Some(&before),
        revision_heading(&before, &after, base),
    )
}

fn revision_heading(before: &Rendering, after: &Rendering, base: &str) -> Heading {
    Heading {
        against: Against::Revision(base.to_owned()),
        stack_from: stack_of(before),
        stack_to: stack_of(after).unwrap_or_default(),
        kubernetes: None,
        overrides: Vec::new(),
        patches: patch_notes(after),
        notes: Vec::new(),
    }
}
