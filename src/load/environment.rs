//! Environments and layers: folders of knob files.

use rayon::prelude::*;

use super::{file, objects};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::environment::{Environment, KnobFiles, Layer, OBJECTS};
use crate::model::knob::Text;
use crate::model::knob::read::Facts;
use crate::model::repository::Repository;
use crate::model::tree::{FileContent, FileTree};
use crate::yaml::{Value, strict_value};

const LAYERS: &str = "environments/layers";
const FACTS: [&str; 2] = ["facts.json", "facts.yaml"];

pub fn layers(tree: &FileTree, loaded: &mut Repository, diagnostics: &mut Diagnostics) {
    for name in tree.folders(LAYERS) {
        let folder = format!("{LAYERS}/{name}");
        if let Some(refusal) = refuse_name("a layer", name, &folder) {
            diagnostics.push(refusal);
            continue;
        }
        let files = knob_files(tree, &folder, diagnostics);
        let layer = Layer {
            name: name.to_owned(),
            files,
        };
        loaded.layers.insert(name.to_owned(), layer);
    }
}

pub fn environments(tree: &FileTree, loaded: &mut Repository, diagnostics: &mut Diagnostics) {
    for (within, _) in tree.below("environments") {
        if !within.contains('/')
            && !file::is_note(within)
            && !matches!(
                tree.files.get(&format!("environments/{within}")),
                Some(FileContent::Link | FileContent::Other)
            )
        {
            let path = format!("environments/{within}");
            let message = format!("`{path}` belongs to no environment");
            let diagnostic = Diagnostic::error(codes::FILE_UNKNOWN, message).file(&path);
            diagnostics.push(
                diagnostic.help("an environment is a folder: move the file into one, or remove it"),
            );
        }
    }
    // A fleet has thousands of knob files, so environments are read side by side.
    let read: Vec<_> = tree
        .folders("environments")
        .into_par_iter()
        .map(|name| {
            let mut found = Diagnostics::default();
            (environment(tree, name, &mut found), found)
        })
        .collect();
    for (environment, found) in read {
        diagnostics.extend(found);
        if let Some(environment) = environment {
            let name = environment.name.clone();
            loaded.environments.insert(name, environment);
        }
    }
}

fn environment(tree: &FileTree, name: &str, diagnostics: &mut Diagnostics) -> Option<Environment> {
    let folder = format!("environments/{name}");
    if folder == LAYERS {
        return None;
    }
    if let Some(refusal) = refuse_name("an environment", name, &folder) {
        diagnostics.push(refusal);
        return None;
    }
    if !tree
        .files
        .contains_key(&format!("{folder}/environment.yaml"))
    {
        let message = format!("`{folder}` has no environment.yaml");
        let diagnostic = Diagnostic::error(codes::FILE_MISSING, message)
            .file(&folder)
            .help(format!("`kops-stack new environment {name}` writes one"));
        diagnostics.push(diagnostic);
        return None;
    }
    Some(Environment {
        name: name.to_owned(),
        files: knob_files(tree, &folder, diagnostics),
        facts: facts(tree, &folder, diagnostics),
    })
}

/// The name of a folder that has to be a name.
fn refuse_name(what: &str, name: &str, folder: &str) -> Option<Diagnostic> {
    Text::Name.refuse(name)?;
    let message = format!("`{name}` is no name of {what}");
    let diagnostic = Diagnostic::error(codes::NAME_INVALID, message).file(folder);
    Some(
        diagnostic
            .help("rename the folder: names are lower-case letters, digits and `-`, at most 63"),
    )
}

fn knob_files(tree: &FileTree, folder: &str, diagnostics: &mut Diagnostics) -> KnobFiles {
    let mut files = KnobFiles::default();
    for (within, content) in tree.below(folder) {
        // What is no file has been told already.
        if !matches!(content, FileContent::Bytes(_) | FileContent::TooLarge(_)) {
            continue;
        }
        if within.starts_with("manifests/") || FACTS.contains(&within) {
            continue;
        }
        if file::is_note(within) {
            continue;
        }
        let path = format!("{folder}/{within}");
        if within
            .split_once('/')
            .is_some_and(|(first, _)| first == OBJECTS)
        {
            files
                .objects
                .extend(objects::read(tree, &path, diagnostics));
            continue;
        }
        let stem = within
            .strip_suffix(".yaml")
            .filter(|stem| !stem.contains('/'));
        let Some(stem) = stem else {
            diagnostics.push(unknown_file(&path));
            continue;
        };
        let Some(document) = file::document(tree, &path, diagnostics) else {
            continue;
        };
        match stem {
            "environment" => files.environment = Some(document),
            "global" => files.globals = Some(document),
            "cluster" => files.cluster = Some(document),
            "patches" => files.patches = Some(document),
            _ => {
                files.knobs.insert(stem.to_owned(), document);
            }
        }
    }
    files
}

fn unknown_file(path: &str) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::FILE_UNKNOWN,
        format!("`{path}` is no file of an environment"),
    )
    .file(path);
    match path.strip_suffix(".yml") {
        Some(stem) => diagnostic.help(format!("rename it to `{stem}.yaml`")),
        None => diagnostic.help(
            "knob files are called <component>.yaml, global.yaml, cluster.yaml, environment.yaml or patches.yaml; manifests of your own belong in objects/",
        ),
    }
}

/// The values that others made, of `terraform output -json` or of a plain mapping.
fn facts(tree: &FileTree, folder: &str, diagnostics: &mut Diagnostics) -> Facts {
    let mut facts = Facts::new();
    for name in FACTS {
        let Some(document) = file::document(tree, &format!("{folder}/{name}"), diagnostics) else {
            continue;
        };
        let value = strict_value(&document, &document.root, diagnostics);
        let Value::Object(map) = value else {
            let message = format!("`{folder}/{name}` is no mapping of names to values");
            let diagnostic = Diagnostic::error(codes::FACT_INVALID, message)
                .file(&document.source.path)
                .help("write it as `terraform output -json` does, or as lines of `name: value`");
            diagnostics.push(diagnostic);
            continue;
        };
        for (name, value) in map {
            match fact(&value) {
                Some(value) => {
                    facts.insert(name, value);
                }
                None => {
                    let span = document.key_span_of(&[crate::yaml::Segment::Key(name.clone())]);
                    let message = format!(
                        "the fact `{name}` is sensitive: secret values do not belong in git"
                    );
                    let diagnostic = Diagnostic::error(codes::SECRET_VALUE, message)
                        .help("leave it out of the outputs, and refer to a Secret where the value is needed");
                    diagnostics.push(match span {
                        Some(span) => diagnostic.at(span.hidden(span.text())),
                        None => diagnostic.file(&document.source.path),
                    });
                }
            }
        }
    }
    facts
}

/// The value of one fact: terraform wraps it as `{value, type, sensitive}`. None when sensitive.
fn fact(value: &Value) -> Option<Value> {
    let Value::Object(map) = value else {
        return Some(value.clone());
    };
    let wrapped = map.contains_key("value") && map.contains_key("sensitive");
    match map.get("value") {
        Some(_) if map.get("sensitive") == Some(&Value::Bool(true)) => None,
        Some(inner) if wrapped => Some(inner.clone()),
        _ => Some(value.clone()),
    }
}
