//! `man`: a manual page for each command.

use super::files;
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;

pub fn run(options: &arguments::Man, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut pages = Vec::new();
    collect(crate::cli::command_line(), "", &mut pages);
    for (name, command) in &pages {
        let mut page = Vec::new();
        clap_mangen::Man::new(command.clone()).render(&mut page)?;
        let path = options.folder.join(format!("{name}.1"));
        files::write(&path, &String::from_utf8_lossy(&page))?;
    }
    terminal.talk(&format!(
        "{} manual pages written to {}",
        pages.len(),
        options.folder.display()
    ));
    Ok(Exit::Done)
}

/// The command and all below it, called as their pages are: `kops-stack-new-environment`.
fn collect(command: clap::Command, parent: &str, pages: &mut Vec<(String, clap::Command)>) {
    let name = match parent {
        "" => command.get_name().to_owned(),
        parent => format!("{parent}-{}", command.get_name()),
    };
    for sub in command.get_subcommands() {
        collect(sub.clone(), &name, pages);
    }
    pages.push((name.clone(), command.name(name)));
}
