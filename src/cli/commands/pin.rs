//! `pin`: write into environment.yaml which cluster the environment is.

use std::path::Path;

use super::files;
use crate::cli::arguments;
use crate::cli::ask::{self, Answer};
use crate::cli::cluster::{self, Session};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::codes;
use crate::yaml::{self, Segment};

pub fn run(
    directory: &Path,
    options: &arguments::Pin,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let name = &options.environment;
    let workspace = Workspace::load_for(directory, std::slice::from_ref(name), terminal)?;
    let settings = cluster::settings(&workspace, name, terminal)?;
    let session = cluster::runtime()?.block_on(Session::unpinned(
        name,
        settings.context.as_deref(),
        terminal,
    ))?;
    let connection = session.cluster.connection();
    let found = format!(
        "context {} leads to {}, Kubernetes {}, cluster {}",
        connection.context(),
        connection.server(),
        session.id.version,
        session.id.id
    );
    if settings.cluster.as_deref() == Some(session.id.id.as_str()) {
        terminal.talk(&format!("{name}: {found}, as environment.yaml says"));
        return Ok(Exit::Done);
    }
    terminal.talk(&format!("{name}: {found}"));
    if let Some(old) = &settings.cluster {
        terminal.talk(&format!("environment.yaml says {old} until now"));
    }
    if !options.yes {
        match ask::yes("Is this the cluster of this environment?", terminal)? {
            Answer::Yes => {}
            Answer::No => {
                terminal.talk("nothing was written");
                return Ok(Exit::Error);
            }
        }
    }
    write(&workspace, name, &session.id.id)?;
    terminal.talk(&format!(
        "wrote `cluster: {}` into environments/{name}/environment.yaml",
        session.id.id
    ));
    Ok(Exit::Done)
}

/// Takes the key out again; every other byte stays. The id that it held, where there was one.
pub fn take_out(workspace: &Workspace, name: &str) -> Result<Option<String>, Failure> {
    let environment = &workspace.repository.environments[name];
    let Some(document) = environment.files.environment.as_ref() else {
        return Ok(None);
    };
    let Some(id) = document.root.get("cluster").and_then(|node| node.as_str()) else {
        return Ok(None);
    };
    let text = yaml::remove(document, "cluster").map_err(|error| {
        let message = format!("environments/{name}/environment.yaml cannot be edited: {error}");
        Failure::plain(codes::IO, message, "take the line `cluster: …` out of it")
    })?;
    let file = format!("environments/{name}/environment.yaml");
    files::write(&workspace.root.join(file), &text)?;
    Ok(Some(id.to_owned()))
}

/// Sets one key; every other byte stays.
pub fn write(workspace: &Workspace, name: &str, id: &str) -> Result<(), Failure> {
    let environment = &workspace.repository.environments[name];
    let document = environment.files.environment.as_ref();
    let document = document.ok_or_else(|| cluster::no_context(name))?;
    let path = [Segment::Key("cluster".to_owned())];
    let text = yaml::set(document, &path, &id.into()).map_err(|error| {
        let message = format!("environments/{name}/environment.yaml cannot be edited: {error}");
        let help = format!("write `cluster: {id}` into it");
        Failure::plain(codes::IO, message, &help)
    })?;
    let file = format!("environments/{name}/environment.yaml");
    files::write(&workspace.root.join(file), &text)
}
