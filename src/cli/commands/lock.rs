//! `lock`: accept the built-in modules of this binary.

use std::path::Path;

use super::files;
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::load::LOCK;
use crate::resolve::{in_use, lock_state};

pub fn run(
    directory: &Path,
    options: &arguments::Lock,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let names = workspace.environments(&[])?;
    let environments = names
        .iter()
        .map(|name| workspace.resolve(name, terminal))
        .collect::<Result<Vec<_>, _>>()?;
    let used = in_use(&environments);
    let locked = workspace.repository.lock.clone().unwrap_or_default();
    if (used == locked) || (used.is_empty() && workspace.repository.lock.is_none()) {
        terminal.talk("kops-stack.lock holds what is in use");
        return Ok(Exit::Done);
    }
    let state = lock_state(&locked, &used);
    let mut lines: Vec<String> = state
        .missing
        .iter()
        .map(|name| format!("+ {name}"))
        .collect();
    lines.extend(state.changed_modules.iter().map(|name| format!("~ {name}")));
    lines.extend(state.changed_stacks.iter().map(|name| format!("~ {name}")));
    if lines.is_empty() {
        lines.push("- what is no longer in use".to_owned());
    }
    terminal.result(&lines.join("\n"));
    if options.check {
        terminal.talk("kops-stack.lock does not hold what is in use: `kops-stack lock` writes it");
        return Ok(Exit::Changes);
    }
    files::write(&workspace.root.join(LOCK), &used.text())?;
    terminal.talk("kops-stack.lock written; `kops-stack render` renders with it");
    Ok(Exit::Done)
}
