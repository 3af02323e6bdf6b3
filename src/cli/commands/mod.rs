//! One file per command.

mod check;
mod completions;
mod diff;
mod explain;
mod explain_code;
mod explain_patches;
mod files;
mod iam;
mod images;
mod init;
mod list;
mod lock;
mod man;
mod new;
mod new_module;
mod plan;
mod render;
mod schema;
pub(super) mod show;
mod test;
mod vendor;

use super::arguments::{Arguments, Command, New, Test};
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let directory = &arguments.directory;
    match &arguments.command {
        Command::Init(options) => init::run(directory, options, terminal),
        Command::New(New::Environment(options)) => new::environment(directory, options, terminal),
        Command::New(New::Component(options)) => new::component(directory, options, terminal),
        Command::New(New::Module(options)) => new_module::run(directory, options, terminal),
        Command::Test(Test::Module(options)) => test::module(directory, options, terminal),
        Command::List(options) => list::run(directory, options, terminal),
        Command::Show(options) => show::run(directory, options, terminal),
        Command::Explain(options) => explain::run(directory, options, terminal),
        Command::Render(options) => render::run(directory, options, terminal),
        Command::Check(options) => check::run(directory, options, terminal),
        Command::Diff(options) => diff::run(directory, options, terminal),
        Command::Plan(options) => plan::run(directory, options, terminal),
        Command::Images(options) => images::run(directory, options, terminal),
        Command::Iam(options) => iam::run(directory, options, terminal),
        Command::Lock(options) => lock::run(directory, options, terminal),
        Command::Vendor(options) => vendor::run(directory, options, terminal),
        Command::Schema(options) => schema::run(directory, options, terminal),
        Command::ExplainCode(options) => explain_code::run(options, terminal),
        Command::Completions(options) => completions::run(options, terminal),
        Command::Man(options) => man::run(options, terminal),
    }
}
