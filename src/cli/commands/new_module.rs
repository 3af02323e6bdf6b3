//! `new module`: a module that renders, with a case for each of its knobs.
//!
//! The skeleton is tested in memory before it is written, by the same code as `test module`: what
//! is written passes at once.

use std::path::Path;

use super::{files, schema};
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::module_tests::test;
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{NOTHING_WRITTEN, Workspace};
use crate::diagnostic::Diagnostics;
use crate::load::load;
use crate::model::environment::RESERVED;
use crate::model::knob::Text;
use crate::model::tree::FileTree;
use crate::tree;

/// Files of the skeleton below the module's folder; NAME stands for the module's name.
const SKELETON: [(&str, &str); 6] = [
    ("module.yaml", include_str!("../skeleton/module.yaml")),
    (
        "templates/monitoring.yaml",
        include_str!("../skeleton/templates/monitoring.yaml"),
    ),
    (
        "templates/server.yaml",
        include_str!("../skeleton/templates/server.yaml"),
    ),
    (
        "tests/default.yaml",
        include_str!("../skeleton/tests/default.yaml"),
    ),
    (
        "tests/tuned.yaml",
        include_str!("../skeleton/tests/tuned.yaml"),
    ),
    (
        "tests/unmonitored.yaml",
        include_str!("../skeleton/tests/unmonitored.yaml"),
    ),
];

pub fn run(
    directory: &Path,
    options: &arguments::NewModule,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let name = &options.name;
    refuse_name(name)?;
    let folder = format!("modules/{name}");
    files::refuse_existing(&workspace.root, std::slice::from_ref(&folder))?;
    if workspace.repository.modules.contains_key(name) {
        return Err(Failure::usage(
            format!("`{name}` is a built-in module, and one of your own would take its place"),
            "choose another name: environments that use the built-in one would render the skeleton",
        ));
    }
    let mut written = skeleton(name);
    written.extend(goldens(name, &written)?);
    for (path, text) in &written {
        files::write(&workspace.root.join(path), text)?;
    }
    schema::write_all(&Workspace::load(directory, terminal)?)?;
    let mut paths: Vec<&str> = written.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    terminal.talk(&format!(
        "{}\nnext: write what {name} is in place of the skeleton, then kops-stack test module {name}",
        paths.join("\n")
    ));
    Ok(Exit::Done)
}

/// A component is called like its module unless it is given a name.
fn refuse_name(name: &str) -> Result<(), Failure> {
    let bad = Text::Name.refuse(name).is_some() || RESERVED.contains(&name);
    match bad {
        false => Ok(()),
        true => Err(Failure::usage(
            format!("`{name}` is no name of a module"),
            &format!(
                "names are lower-case letters, digits and `-`; taken are {}",
                RESERVED.join(", ")
            ),
        )),
    }
}

fn skeleton(name: &str) -> Vec<(String, String)> {
    let modeline = schema::modeline("module", 2);
    let files = SKELETON.iter().map(|(path, text)| {
        let text = text.replace("NAME", name);
        let text = match *path {
            "module.yaml" => format!("{modeline}{text}"),
            _ => text,
        };
        (format!("modules/{name}/{path}"), text)
    });
    files.collect()
}

/// What the cases of the skeleton render.
fn goldens(name: &str, written: &[(String, String)]) -> Result<Vec<(String, String)>, Failure> {
    let mut files = FileTree::default();
    for (path, text) in written {
        files.insert(path.clone(), text.clone().into_bytes());
    }
    let (repository, mut diagnostics) = load(&files, &tree::built_in::catalogue());
    let tested = repository
        .modules
        .get(name)
        .map(|module| test(&repository, &files, module))
        .unwrap_or_default();
    diagnostics.extend(tested.problems);
    let errors: Diagnostics = diagnostics.sorted();
    match errors.has_errors() {
        true => Err(Failure::new(errors, NOTHING_WRITTEN)),
        false => Ok(tested.goldens),
    }
}
