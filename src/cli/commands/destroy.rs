//! `destroy`: take away everything that was applied; the cluster itself is a matter of `destroy_cluster`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use super::destroy_cluster::Destroying;
use super::plan_live::cost;
use crate::cli::apply::{self, Work};
use crate::cli::arguments;
use crate::cli::ask::{self, Answer};
use crate::cli::cluster::{self, Desired, NOTHING_DELETED, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::ownership::{Allowance, AllowedAction};
use crate::object::Identity;
use crate::plan::live::DesiredIndex;
use crate::report;

pub fn run(
    directory: &Path,
    options: &arguments::Destroy,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let name = &options.environment;
    if let Some(typed) = options.yes.as_ref().filter(|typed| *typed != name) {
        return Err(Failure::usage(
            format!("`--yes={typed}` is not the name of the environment"),
            &format!("write `--yes={name}`; nothing was deleted"),
        ));
    }
    let workspace = Workspace::load_for(directory, std::slice::from_ref(name), terminal)?;
    let desired = Desired::nothing(&workspace, name, allowances(&options.delete)?, terminal)?;
    if desired.rules.protect {
        let message = format!("`{name}` is protected");
        let help = "take `protect: true` out of environment.yaml first, by a reviewed change";
        return Err(Failure {
            exit: Exit::Blocked,
            ..Failure::new(
                Diagnostic::error(codes::PLAN_REFUSED, message)
                    .help(help)
                    .into(),
                NOTHING_DELETED,
            )
        });
    }
    if options.cluster {
        let placed = desired.with_place(&workspace, terminal)?;
        let desired = placed.ok_or_else(|| no_provider(name))?;
        let destroying = Destroying {
            workspace: &workspace,
            options,
            terminal,
            started,
        };
        return cluster::runtime()?.block_on(destroying.run(desired));
    }
    cluster::runtime()?.block_on(async {
        let session = Session::of(&desired, None, None, terminal).await?;
        let live = cluster::read(&session, &desired).await?;
        let index = DesiredIndex::of(&desired.rendering);
        let planned = cluster::plan(&session, &desired, &live, &index, false, started).await;
        let plan = &planned.decision.plan;
        if options.pace.format == arguments::ListFormat::Text {
            let cost = cost(planned.requests, planned.seconds);
            terminal.result(&report::plan::text_with_cost(plan, &cost, terminal.out));
        }
        if plan.is_empty() {
            return Ok(Exit::Done);
        }
        if options.yes.is_none() {
            let context = session.cluster.connection().context();
            let question = format!(
                "This deletes all of that from context {context}. Type the name of the environment:"
            );
            if ask::word(&question, name, terminal)? == Answer::No {
                terminal.talk(NOTHING_DELETED);
                return Ok(Exit::Error);
            }
        }
        let work = Work {
            environment: name,
            command: format!("kops-stack destroy {name}"),
            operation: "destroy",
            root: &workspace.root,
            desired: &desired.rendering,
            // They tell how something gets ready.
            runbooks: BTreeMap::new(),
            pace: &options.pace,
        };
        apply::run(&work, &session, &planned, terminal).await
    })
}

fn no_provider(name: &str) -> Failure {
    let message = format!("nothing here makes the cluster of `{name}`, or takes it away");
    let help = "`--cluster` is for environments whose cluster.yaml says `provider: kops`, and whose manifests are rendered";
    Failure {
        conclusion: NOTHING_DELETED,
        ..Failure::plain(codes::KOPS, message, help)
    }
}

/// The protected objects that go too.
fn allowances(objects: &[String]) -> Result<Vec<Allowance>, Failure> {
    let allowance = |text: &String| {
        let identity: Identity = text
            .parse()
            .map_err(|error: crate::object::IdentityError| {
                Failure::usage(error.to_string(), "write `--delete 'Namespace shop'`")
            })?;
        Ok(Allowance {
            object: identity.to_string(),
            action: AllowedAction::Delete,
            reason: "named on the command line".to_owned(),
        })
    };
    objects.iter().map(allowance).collect()
}
