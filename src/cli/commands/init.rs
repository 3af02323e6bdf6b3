//! `init`: a repository that works, with no network.

use std::path::Path;

use super::{files, schema};
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::model::repository::Repository;
use crate::model::settings::SETTINGS;

const ATTRIBUTES: &str = "\
# Reviews fold what kops-stack renders; `kops-stack diff` shows it field by field.
environments/*/manifests/** linguist-generated=true text eol=lf
kops-stack.lock linguist-generated=true text eol=lf
";

const IGNORE: &str = "\
# JSON Schemas for editors; `kops-stack schema` writes them.
/.kops-stack/
";

pub fn run(
    directory: &Path,
    options: &arguments::Init,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let root = directory.join(&options.folder);
    let names = [SETTINGS, ".gitattributes", ".gitignore"].map(str::to_owned);
    files::refuse_existing(&root, &names)?;
    let catalogue = Workspace::load_or_catalogue(&root_or_parent(&root), terminal)?;
    let settings = format!(
        "{}# Settings of this repository of knob files.\ndefaults:\n  stack: {}\n",
        schema::modeline("kops-stack", 0),
        newest_stack(&catalogue.repository).unwrap_or_default(),
    );
    files::write(&root.join(SETTINGS), &settings)?;
    files::write(&root.join(".gitattributes"), ATTRIBUTES)?;
    files::write(&root.join(".gitignore"), IGNORE)?;
    let workspace = Workspace::load(&root, terminal)?;
    schema::write_all(&workspace)?;
    terminal.talk(&format!(
        "a repository in {}\nnext: kops-stack new environment NAME",
        options.folder.display()
    ));
    Ok(Exit::Done)
}

/// The folder may not exist yet; the catalogue is the same everywhere.
fn root_or_parent(root: &Path) -> std::path::PathBuf {
    match root.exists() {
        true => root.to_path_buf(),
        false => Path::new(".").to_path_buf(),
    }
}

/// The newest release of the stack that is called `reference`, or else of any.
pub fn newest_stack(repository: &Repository) -> Option<String> {
    let releases = repository
        .stacks
        .get("reference")
        .or_else(|| repository.stacks.values().next())?;
    releases.values().next_back().map(|stack| stack.title())
}
