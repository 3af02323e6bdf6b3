//! `test`: the modules of a repository's own against the rules of modules and their goldens.

use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::files;
use crate::cli::arguments::{self, Format};
use crate::cli::exit::{Exit, Failure};
use crate::cli::module_tests::{Tested, test};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{NOTHING_WRITTEN, Workspace};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::module::{Module, ModuleOrigin};
use crate::report::module_tests::{self as report, ModuleResult};
use crate::tree;

pub fn module(
    directory: &Path,
    options: &arguments::TestModule,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let files = tree::disk::repository(&workspace.root)?;
    let modules = chosen(&workspace, &options.modules)?;
    if modules.is_empty() {
        terminal.talk(
            "this repository has no modules of its own; `kops-stack new module NAME` writes one",
        );
        return Ok(Exit::Done);
    }
    let mut tested: Vec<Tested> = modules
        .par_iter()
        .map(|module| test(&workspace.repository, &files, module))
        .collect();
    let sound = tested.iter().all(|tested| tested.problems.is_empty());
    if options.update && sound {
        write(&workspace, &mut tested, terminal)?;
    }
    let results: Vec<ModuleResult> = tested.iter().map(result).collect();
    let problems: Diagnostics = tested
        .into_iter()
        .flat_map(|tested| tested.problems.into_iter().chain(tested.outdated))
        .collect();
    let problems = problems.sorted();
    match options.format {
        Format::Json => terminal.result(&report::json(&results, &problems).to_string()),
        Format::Text | Format::Markdown => {
            terminal.result(&report::text(&results, terminal.out));
            terminal.diagnostics(&problems);
            if options.update && !sound {
                terminal.talk(&format!(
                    "{NOTHING_WRITTEN}: goldens are written when nothing else is wrong"
                ));
            }
        }
    }
    Ok(match problems.has_errors() {
        true => Exit::Error,
        false => Exit::Done,
    })
}

/// Modules of the repository's own: those that are named, or all.
fn chosen(workspace: &Workspace, names: &[String]) -> Result<Vec<Arc<Module>>, Failure> {
    let modules = &workspace.repository.modules;
    let own = |module: &&Arc<Module>| module.origin == ModuleOrigin::Repository;
    if names.is_empty() {
        return Ok(modules.values().filter(own).cloned().collect());
    }
    let mut chosen = Vec::new();
    let mut refused = Diagnostics::default();
    for name in names {
        match modules.get(name) {
            Some(module) if own(&module) => chosen.push(Arc::clone(module)),
            Some(_) => refused.push(
                Diagnostic::error(
                    codes::USAGE,
                    format!("`{name}` is built in, and its goldens are not in the binary"),
                )
                .help("its cases are tested where kops-stack is built; name a module of modules/"),
            ),
            None => refused.push(unknown(workspace, name)),
        }
    }
    chosen.sort_by(|a, b| a.name.cmp(&b.name));
    chosen.dedup_by(|a, b| a.name == b.name);
    match refused.is_empty() {
        true => Ok(chosen),
        false => Err(Failure::new(refused, "")),
    }
}

fn unknown(workspace: &Workspace, name: &str) -> Diagnostic {
    let modules = workspace.repository.modules.values();
    let own = modules
        .filter(|module| module.origin == ModuleOrigin::Repository)
        .map(|module| module.name.as_str());
    Diagnostic::error(
        codes::MODULE_UNKNOWN,
        format!("there is no module `{name}` in modules/"),
    )
    .suggest(name, own)
    .help(format!("`kops-stack new module {name}` writes one"))
}

/// Writes the goldens that are not what their cases render, and says so.
fn write(workspace: &Workspace, tested: &mut [Tested], terminal: &Terminal) -> Result<(), Failure> {
    let mut lines = Vec::new();
    for tested in tested {
        for (path, text) in std::mem::take(&mut tested.goldens) {
            let target = workspace.root.join(&path);
            let mark = match target.exists() {
                true => '~',
                false => '+',
            };
            files::write(&target, &text)?;
            lines.push(format!("{mark} {path}"));
        }
        tested.outdated = Diagnostics::default();
    }
    terminal.talk(&match lines.is_empty() {
        true => "the goldens are what the cases render".to_owned(),
        false => lines.join("\n"),
    });
    Ok(())
}

fn result(tested: &Tested) -> ModuleResult {
    ModuleResult {
        module: tested.module.clone(),
        cases: tested.cases,
        renderings: tested.renderings,
        knobs: tested.knobs,
        problems: tested.problems.len() + tested.outdated.len(),
    }
}
