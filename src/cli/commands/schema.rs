//! `schema`: JSON Schemas of all files, so that an editor completes and checks them.

use std::collections::BTreeMap;
use std::path::Path;

use super::files;
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::load;
use crate::model::cluster::Cluster;
use crate::model::environment::EnvironmentSettings;
use crate::model::globals::Globals;
use crate::model::knob::{KnobType, json_schema};
use crate::model::patch::Patch;
use crate::model::repository::Repository;
use crate::model::settings::RepositorySettings;
use crate::report;
use crate::yaml::Value;

/// Folder of the schemas within a repository.
pub const FOLDER: &str = ".kops-stack/schemas";

pub fn run(
    directory: &Path,
    options: &arguments::Schema,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let Some(name) = &options.name else {
        let workspace = Workspace::load(directory, terminal)?;
        let count = write_all(&workspace)?;
        terminal.talk(&format!("{count} schemas written to {FOLDER}"));
        return Ok(Exit::Done);
    };
    let workspace = Workspace::load_or_catalogue(directory, terminal)?;
    let schemas = all(&workspace.repository);
    let found = schemas
        .get(name)
        .or_else(|| schemas.get(&format!("modules/{name}")));
    match found {
        Some(schema) => {
            terminal.result(&text(schema));
            Ok(Exit::Done)
        }
        None => {
            let known: Vec<&str> = schemas
                .keys()
                .map(|name| name.trim_start_matches("modules/"))
                .collect();
            Err(Failure::usage(
                format!("there is no schema `{name}`"),
                &format!("schemas: {}", known.join(", ")),
            ))
        }
    }
}

/// Writes the schemas into the repository; returns how many.
pub fn write_all(workspace: &Workspace) -> Result<usize, Failure> {
    let schemas = all(&workspace.repository);
    for (name, schema) in &schemas {
        let path = workspace.root.join(FOLDER).join(format!("{name}.json"));
        files::write(&path, &text(schema))?;
    }
    Ok(schemas.len())
}

/// The line that tells an editor where the schema of a file is, for a file `depth` folders deep.
pub fn modeline(schema: &str, depth: usize) -> String {
    format!(
        "# yaml-language-server: $schema={}{FOLDER}/{schema}.json\n",
        "../".repeat(depth)
    )
}

/// Schemas by name; those of knobs are below `modules/`.
pub fn all(repository: &Repository) -> BTreeMap<String, Value> {
    let mut schemas = BTreeMap::from([
        (
            "environment".to_owned(),
            json_schema::document("environment.yaml", &EnvironmentSettings::shape()),
        ),
        (
            "cluster".to_owned(),
            json_schema::document("cluster.yaml", &Cluster::shape()),
        ),
        (
            "global".to_owned(),
            json_schema::document("global.yaml", &Globals::shape()),
        ),
        (
            "patches".to_owned(),
            json_schema::document_of_names("patches.yaml", &KnobType::Object(Patch::shape())),
        ),
        (
            "stack".to_owned(),
            json_schema::document("A release of a stack", &load::stack_shape()),
        ),
        (
            "module".to_owned(),
            json_schema::document("module.yaml", &load::module_shape()),
        ),
        (
            "kops-stack".to_owned(),
            json_schema::document("kops-stack.yaml", &RepositorySettings::shape()),
        ),
    ]);
    for module in repository.modules.values() {
        let title = format!("Knobs of {}", module.name);
        let schema = json_schema::document(&title, &module.knobs);
        schemas.insert(format!("modules/{}", module.name), schema);
    }
    schemas
}

fn text(schema: &Value) -> String {
    let mut text = report::pretty(schema);
    text.push('\n');
    text
}
