//! One file per command.

mod apply;
mod approval;
pub(super) mod check;
mod cluster_lock;
mod completions;
mod destroy;
mod destroy_cluster;
mod diff;
mod explain;
mod explain_code;
mod explain_patches;
mod files;
mod iam;
mod images;
mod import;
mod init;
mod list;
mod lock;
mod man;
mod new;
mod new_module;
pub mod pin;
pub(super) mod plan;
mod plan_live;
mod render;
mod roll;
pub(super) mod schema;
pub(super) mod show;
mod status;
mod test;
mod upgrade;
mod vendor;

use super::arguments::{Arguments, Command, Import, New, Test};
use super::exit::{Exit, Failure};
use super::terminal::Terminal;

pub fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Exit, Failure> {
    let directory = &arguments.directory;
    match &arguments.command {
        Command::Init(options) => init::run(directory, options, terminal),
        Command::New(New::Environment(options)) => new::environment(directory, options, terminal),
        Command::New(New::Component(options)) => new::component(directory, options, terminal),
        Command::New(New::Module(options)) => new_module::run(directory, options, terminal),
        Command::Import(Import::Kops(options)) => import::kops(directory, options, terminal),
        Command::Test(Test::Module(options)) => test::module(directory, options, terminal),
        Command::List(options) => list::run(directory, options, terminal),
        Command::Show(options) => show::run(directory, options, terminal),
        Command::Explain(options) => explain::run(directory, options, terminal),
        Command::Render(options) => render::run(directory, options, terminal),
        Command::Check(options) => check::run(directory, options, terminal),
        Command::Diff(options) => diff::run(directory, options, terminal),
        Command::Plan(options) => plan::run(directory, options, terminal),
        Command::Apply(options) => apply::run(directory, options, terminal),
        Command::Status(options) => status::run(directory, options, terminal),
        Command::Destroy(options) => destroy::run(directory, options, terminal),
        Command::Roll(options) => roll::run(directory, options, terminal),
        Command::Pin(options) => pin::run(directory, options, terminal),
        Command::Upgrade(options) => upgrade::run(directory, options, terminal),
        Command::Images(options) => images::run(directory, options, terminal),
        Command::Iam(options) => iam::run(directory, options, terminal),
        Command::Lock(options) => match &options.action {
            Some(action) => cluster_lock::run(directory, action, terminal),
            None => lock::run(directory, options, terminal),
        },
        Command::Vendor(options) => vendor::run(directory, options, terminal),
        Command::Schema(options) => schema::run(directory, options, terminal),
        Command::ExplainCode(options) => explain_code::run(options, terminal),
        Command::Completions(options) => completions::run(options, terminal),
        Command::Man(options) => man::run(options, terminal),
    }
}
