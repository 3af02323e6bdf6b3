//! `completions`: what a shell needs to complete the command line.

use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;

pub fn run(options: &arguments::Completions, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(
        options.shell,
        &mut crate::cli::command_line(),
        "kops-stack",
        &mut text,
    );
    terminal.result(&String::from_utf8_lossy(&text));
    Ok(Exit::Done)
}
