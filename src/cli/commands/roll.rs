//! `roll`: new machines for groups of which nothing changes.

use std::path::Path;

use crate::cli::arguments::{self, ListFormat};
use crate::cli::ask::{self, Answer};
use crate::cli::cluster::{self, Desired, Itself, Purpose, Scope};
use crate::cli::exit::{Exit, Failure};
use crate::cli::making::{self, Making};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::cluster::change::ClusterPlan;
use crate::model::rendering::RenderedComponent;
use crate::plan::cluster::renewal;
use crate::report;

const NOTHING_DONE: &str = "no machine was replaced";

pub fn run(
    directory: &Path,
    options: &arguments::Roll,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let name = &options.environment;
    let workspace = Workspace::load_for(directory, std::slice::from_ref(name), terminal)?;
    workspace.environments(std::slice::from_ref(name))?;
    let desired = Desired::read(&workspace, name, Scope::WHOLE, terminal)?;
    let Some(component) = desired.provided() else {
        let message =
            format!("nothing here makes the cluster of `{name}`, or replaces its machines");
        let help = "`roll` is for environments whose cluster.yaml says `provider: kops`";
        return Err(Failure::plain(codes::KOPS, message, help));
    };
    let group = options.group.as_deref();
    let plan = renewal(component, group, &options.reason, &desired.rolls)
        .ok_or_else(|| unknown(component, group.unwrap_or_default()))?;
    if plan.rolled().next().is_none() {
        return Err(not_allowed(name, &plan));
    }
    cluster::runtime()?.block_on(async {
        let itself = cluster::itself(&desired, Purpose::Change).await?;
        let Some(itself) = itself else {
            return Ok(Exit::Error);
        };
        settled(name, &itself)?;
        in_turn(name, &itself, &plan)?;
        if options.pace.format == ListFormat::Text {
            terminal.result(&report::making::announcement(&plan, terminal.out));
        }
        if !options.yes {
            let question = format!("Replace these machines of {name}?");
            if ask::yes(&question, terminal)? == Answer::No {
                terminal.talk(NOTHING_DONE);
                return Ok(Exit::Error);
            }
        }
        let itself = Itself { plan, ..itself };
        let making = Making {
            workspace: &workspace,
            desired: &desired,
            itself: &itself,
            operation: &format!("roll, {}", options.reason),
            command: &format!("kops-stack roll {name}"),
            digest: "",
            pace: &options.pace,
            terminal,
        };
        Ok(match making.run().await? {
            making::End::There(_) => Exit::Done,
            making::End::Not(exit) => exit,
        })
    })
}

/// Machines are replaced by what is stored: that must be what the files say.
fn settled(name: &str, itself: &Itself) -> Result<(), Failure> {
    if itself.plan.is_empty() {
        return Ok(());
    }
    let message = format!("the cluster of `{name}` is not as its manifests say");
    let help = format!("`kops-stack plan {name}` shows what is to be done; apply it first");
    Err(refused(message, &help))
}

/// No node may be newer than the control plane, of which something waits to be replaced.
fn in_turn(name: &str, itself: &Itself, plan: &ClusterPlan) -> Result<(), Failure> {
    let mut held = itself.plan.held().filter(|roll| roll.control_plane);
    let nodes = plan.rolled().any(|roll| !roll.control_plane);
    let Some(first) = held.next().filter(|_| nodes) else {
        return Ok(());
    };
    let message = format!(
        "the control plane of `{name}` comes before its nodes, and {} has machines that wait to be replaced",
        first.group
    );
    let help =
        format!("allow it under `rolls.allow` in cluster.yaml, and `kops-stack apply {name}`");
    Err(refused(message, &help))
}

fn not_allowed(name: &str, plan: &ClusterPlan) -> Failure {
    let groups: Vec<&str> = plan.held().map(|roll| roll.group.as_str()).collect();
    let message = format!(
        "the machines of {} in `{name}` may not be replaced: {}",
        groups.join(", "),
        plan.held()
            .find_map(|roll| roll.held)
            .map_or("", report::making::hold)
    );
    let help = "`rolls: { allow: [GROUP] }` in cluster.yaml allows it: nothing has to be rendered or applied for it";
    refused(message, help)
}

fn refused(message: String, help: &str) -> Failure {
    let diagnostic = Diagnostic::error(codes::PLAN_REFUSED, message).help(help);
    Failure {
        exit: Exit::Blocked,
        ..Failure::new(diagnostic.into(), NOTHING_DONE)
    }
}

fn unknown(component: &RenderedComponent, group: &str) -> Failure {
    let objects = component.objects.iter();
    let groups = objects.filter(|rendered| rendered.object.kind() == "InstanceGroup");
    let names: Vec<&str> = groups.map(|rendered| rendered.object.name()).collect();
    let message = format!("there is no group `{group}`");
    let diagnostic = Diagnostic::error(codes::USAGE, message)
        .suggest(group, names.iter().copied())
        .help(format!("groups here: {}", names.join(", ")));
    Failure {
        exit: Exit::Usage,
        ..Failure::new(diagnostic.into(), NOTHING_DONE)
    }
}
