//! `images`: every image that will run, for mirrors and scanners.

use std::path::Path;

use crate::cli::arguments::{self, ListFormat};
use crate::cli::cluster::{self, Desired};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Workspace, stop_on_errors};
use crate::diagnostic::{Diagnostics, codes};
use crate::render::images;
use crate::report;
use crate::report::images::{Files, Images};

pub fn run(
    directory: &Path,
    options: &arguments::Images,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load_for(directory, &options.environments, terminal)?;
    let names = workspace.environments(&options.environments)?;
    let shared = &workspace.repository.shared;
    let found = workspace.render(&names, terminal, |rendered| {
        let environment = rendered.environment.name.clone();
        let (images, diagnostics) = images(&rendered.environment, &rendered.rendering, shared);
        (
            Images {
                environment,
                images,
                files: match rendered.rendering.cluster {
                    Some(_) => Files::NotAsked,
                    None => Files::Elsewhere,
                },
            },
            diagnostics,
        )
    })?;
    let mut problems = Diagnostics::default();
    let mut lists = Vec::with_capacity(found.len());
    for (list, diagnostics) in found {
        lists.push(list);
        problems.extend(diagnostics);
    }
    stop_on_errors(problems, terminal)?;
    if options.kops {
        // Who names none means those that kops makes.
        let named = !options.environments.is_empty();
        let asked = lists.iter_mut();
        let asked = asked.filter(|list| named || matches!(list.files, Files::NotAsked));
        for list in asked {
            ask(&workspace, list, terminal)?;
        }
    }
    terminal.result(&match options.format {
        ListFormat::Text => {
            let texts = lists
                .iter()
                .map(|list| report::images::text(list, terminal.out));
            texts.collect::<Vec<_>>().join("\n")
        }
        ListFormat::Json => report::pretty(&report::images::json(&lists)),
    });
    Ok(Exit::Done)
}

/// Adds what kops says of the cluster of one environment.
fn ask(workspace: &Workspace, list: &mut Images, terminal: &Terminal) -> Result<(), Failure> {
    let name = &list.environment;
    let desired = Desired::nothing(workspace, name, Vec::new(), terminal)?;
    let assets = match desired.with_place(workspace, terminal)? {
        Some(desired) => cluster::runtime()?.block_on(cluster::assets(&desired))?,
        None => None,
    };
    let assets = assets.ok_or_else(|| {
        let message = format!("nothing here says where kops keeps the cluster of `{name}`");
        let help = "`--kops` is for environments whose cluster.yaml says `provider: kops`, and whose manifests are rendered";
        Failure::plain(codes::KOPS, message, help)
    })?;
    list.add(assets);
    Ok(())
}
