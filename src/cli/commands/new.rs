//! `new`: environments and components.

use std::collections::BTreeMap;
use std::path::Path;

use super::{files, init, schema};
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::knob::Text;
use crate::model::module::Lifecycle;
use crate::model::repository::Repository;
use crate::model::stack::Stack;
use crate::model::tree::FileContent;
use crate::model::version::{Minor, Version};
use crate::resolve::unknown_environment;
use crate::tree;
use crate::yaml::{self, Segment};

pub fn environment(
    directory: &Path,
    options: &arguments::NewEnvironment,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let name = &options.name;
    refuse_name(name)?;
    let folder = format!("environments/{name}");
    files::refuse_existing(&workspace.root, std::slice::from_ref(&folder))?;
    let written = match &options.from {
        Some(from) => copied(&workspace, from, name)?,
        None => fresh(&workspace.repository)?,
    };
    for (file, text) in &written {
        files::write(&workspace.root.join(format!("{folder}/{file}")), text)?;
    }
    schema::write_all(&workspace)?;
    let mut lines: Vec<String> = written
        .keys()
        .map(|file| format!("{folder}/{file}"))
        .collect();
    lines.push(format!(
        "next: edit them, then kops-stack render {name} && kops-stack plan {name} --against empty"
    ));
    terminal.talk(&lines.join("\n"));
    Ok(Exit::Done)
}

pub fn refuse_name(name: &str) -> Result<(), Failure> {
    let bad = Text::Name.refuse(name).is_some() || name == "layers";
    match bad {
        false => Ok(()),
        true => Err(Failure::usage(
            format!("`{name}` is no name of an environment"),
            "names are lower-case letters, digits and `-`, and `layers` is taken",
        )),
    }
}

/// The files of an environment for a cluster that exists: what every cluster has a use for.
fn fresh(repository: &Repository) -> Result<BTreeMap<String, String>, Failure> {
    let stack = stack(repository)?;
    let components: String = [
        "cert-manager",
        "envoy-gateway",
        "gateway-api-crds",
        "metrics-server",
    ]
    .into_iter()
    .filter(|module| stack.modules.contains_key(*module))
    .map(|module| format!("  {module}: {{}}\n"))
    .collect();
    let environment = format!(
        "{}stack: {}\n# Open-schema CRDs of our own, for a first look without network.\ncrds: stand-in\ncomponents:\n{components}",
        schema::modeline("environment", 2),
        stack.title(),
    );
    let cluster = format!(
        "{}# A cluster that is there already; `kops` makes one.\nprovider: existing\nkubernetes: \"{}\"\n",
        schema::modeline("cluster", 2),
        newest_kubernetes(&stack),
    );
    Ok(BTreeMap::from([
        ("environment.yaml".to_owned(), environment),
        ("cluster.yaml".to_owned(), cluster),
    ]))
}

/// environment.yaml without components, for a cluster that is there already.
pub fn bare_environment(repository: &Repository) -> Result<String, Failure> {
    Ok(format!(
        "{}stack: {}\n",
        schema::modeline("environment", 2),
        stack(repository)?.title(),
    ))
}

fn stack(repository: &Repository) -> Result<std::sync::Arc<Stack>, Failure> {
    let title = repository
        .settings
        .defaults
        .stack
        .clone()
        .or_else(|| init::newest_stack(repository))
        .unwrap_or_default();
    repository.stack(&title).cloned().ok_or_else(|| {
        Failure::plain(
            codes::STACK_UNKNOWN,
            format!("there is no stack release `{title}`"),
            "`defaults.stack` of kops-stack.yaml names the release of new environments",
        )
    })
}

/// The newest minor that the stack was tested with.
fn newest_kubernetes(stack: &Stack) -> Minor {
    let minors = (20..100).map(|minor| Minor { major: 1, minor });
    let tested = |minor: &Minor| {
        Version::parse(&minor.to_string())
            .is_some_and(|version| stack.kubernetes.contains(&version))
    };
    minors.rev().find(tested).unwrap_or(Minor {
        major: 1,
        minor: 36,
    })
}

/// The knob files of another environment, without what makes it that one: context and cluster id.
fn copied(
    workspace: &Workspace,
    from: &str,
    name: &str,
) -> Result<BTreeMap<String, String>, Failure> {
    if !workspace.repository.environments.contains_key(from) {
        let unknown = unknown_environment(&workspace.repository, from);
        return Err(Failure::new(unknown.into(), "nothing was written"));
    }
    let folder = format!("environments/{from}");
    let files = tree::disk::repository(&workspace.root)?;
    let mut copied = BTreeMap::new();
    for (file, content) in files.below(&folder) {
        // Facts are what others made for the other environment.
        if file.starts_with("facts.") {
            continue;
        }
        if let FileContent::Bytes(bytes) = content {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let text = match file {
                "environment.yaml" => without_identity(&text, from, name),
                _ => text,
            };
            copied.insert(file.to_owned(), text);
        }
    }
    Ok(copied)
}

/// Context and cluster id lead to the other cluster: the new environment must not reach it.
fn without_identity(text: &str, from: &str, name: &str) -> String {
    let kept = text
        .lines()
        .filter(|line| !line.starts_with("context:") && !line.starts_with("cluster:"));
    let mut out: String = kept.map(|line| format!("{line}\n")).collect();
    out.push_str(&format!("# Copied from {from}: set the context of {name}, and look through the knobs that name {from}.\n"));
    out
}

pub fn component(
    directory: &Path,
    options: &arguments::NewComponent,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let repository = &workspace.repository;
    let Some(environment) = repository.environments.get(&options.environment) else {
        let unknown = unknown_environment(repository, &options.environment);
        return Err(Failure::new(unknown.into(), "nothing was written"));
    };
    let module = options.module.as_deref().unwrap_or(&options.name);
    let Some(module) = repository.modules.get(module) else {
        let diagnostic =
            Diagnostic::error(codes::MODULE_UNKNOWN, format!("unknown module `{module}`"))
                .suggest(module, repository.modules.keys().map(String::as_str))
                .help("`kops-stack list modules` shows them");
        return Err(Failure::new(diagnostic.into(), "nothing was written"));
    };
    if Text::Name.refuse(&options.name).is_some() {
        return Err(Failure::usage(
            format!("`{}` is no name of a component", options.name),
            "names are lower-case letters, digits and `-`",
        ));
    }
    let path = format!("environments/{}/environment.yaml", options.environment);
    let document =
        environment.files.environment.as_ref().ok_or_else(|| {
            Failure::plain(codes::FILE_MISSING, format!("there is no {path}"), "")
        })?;
    let place = [
        Segment::Key("components".to_owned()),
        Segment::Key(options.name.clone()),
    ];
    if document.span_of(&place).is_some() {
        return Err(Failure::plain(
            codes::FILE_EXISTS,
            format!(
                "`{}` has a component `{}` already",
                options.environment, options.name
            ),
            "",
        ));
    }
    let value = match module.name == options.name {
        true => serde_json::json!({}),
        false => serde_json::json!({"module": module.name}),
    };
    let knobs = format!("environments/{}/{}.yaml", options.environment, options.name);
    files::refuse_existing(&workspace.root, std::slice::from_ref(&knobs))?;
    let edited = yaml::set(document, &place, &value)?;
    files::write(&workspace.root.join(&path), &edited)?;
    let stub = format!(
        "{}# `kops-stack show {}` lists the knobs.\n",
        schema::modeline(&format!("modules/{}", module.name), 2),
        module.name
    );
    files::write(&workspace.root.join(&knobs), &stub)?;
    terminal.talk(&format!(
        "{path}\n{knobs}\nnext: kops-stack render {}",
        options.environment
    ));
    if module.lifecycle != Lifecycle::Active {
        terminal.talk(&format!(
            "note: `{}` is not an active module; `kops-stack show {}` says more",
            module.name, module.name
        ));
    }
    Ok(Exit::Done)
}
