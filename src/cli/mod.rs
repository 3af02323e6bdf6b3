//! The commands: one file each. All printing, exit codes and wiring are here.

mod apply;
mod arguments;
mod ask;
mod cluster;
mod commands;
mod exit;
mod leaving;
mod making;
pub mod module_tests;
mod progress;
pub mod reference;
mod screen;
mod signals;
mod steps;
mod terminal;
mod upgrade;
mod workspace;

use clap::Parser;

pub use arguments::Arguments;
pub use exit::Exit;
use terminal::Terminal;

/// Parses the arguments of the process, runs the command and says how it ended.
pub fn run() -> Exit {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not mistakes.
            let exit = match error.use_stderr() {
                true => Exit::Usage,
                false => Exit::Done,
            };
            // A closed pipe is nobody's mistake.
            let _ = error.print();
            return exit;
        }
    };
    let terminal = Terminal::of_process(arguments.color);
    match commands::run(&arguments, &terminal) {
        Ok(exit) => exit,
        Err(failure) => {
            failure.print(&terminal);
            failure.exit
        }
    }
}

/// The whole command line, for shell completions, man pages and the reference in the book.
pub fn command_line() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}
