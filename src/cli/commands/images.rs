//! `images`: every image that will run, for mirrors and scanners.

use std::path::Path;

use crate::cli::arguments::{self, ListFormat};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{Workspace, stop_on_errors};
use crate::diagnostic::Diagnostics;
use crate::render::images;
use crate::report;
use crate::report::images::Images;

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
