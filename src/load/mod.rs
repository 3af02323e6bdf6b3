//! From files to a typed [`Repository`], with every problem of every file.
//!
//! Knob files are only parsed here: what may stand in them depends on the components of each
//! environment, which `resolve` knows.

mod case;
mod crds;
mod declared;
mod environment;
mod file;
mod inputs;
mod knobs;
mod lock;
mod module;
mod module_files;
mod module_shape;
mod objects;
mod permissions;
mod stack;
mod vendored;

use std::sync::Arc;

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::module::ModuleOrigin;
use crate::model::repository::Repository;
use crate::model::settings::{RepositorySettings, SETTINGS};
use crate::model::tree::{FileContent, FileTree};
use crate::yaml::{Map, Value};

pub use case::{of_document as case_of_document, read as read_case};
pub use lock::PATH as LOCK;
pub use module_shape::shape as module_shape;
pub use stack::shape as stack_shape;
pub use vendored::{documents as vendored_documents, parsed as vendored_object};

/// Values that all templates may read.
const SHARED: &str = "templates/shared.yaml";

/// Reads the repository's files over the built-in catalogue: a module, a stack release or the
/// shared values of the repository's own go first.
pub fn load(repository: &FileTree, built_in: &FileTree) -> (Repository, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    let mut loaded = Repository {
        shared: Value::Object(Map::new()),
        ..Repository::default()
    };
    refuse_no_files(repository, &mut diagnostics);
    shared_values(built_in, &mut loaded, &mut diagnostics);
    shared_values(repository, &mut loaded, &mut diagnostics);
    modules(repository, built_in, &mut loaded, &mut diagnostics);
    stacks(repository, built_in, &mut loaded, &mut diagnostics);
    environment::layers(repository, &mut loaded, &mut diagnostics);
    environment::environments(repository, &mut loaded, &mut diagnostics);
    loaded.lock = lock::read(repository, &mut diagnostics);
    vendored::read(repository, &mut loaded, &mut diagnostics);
    if let Some(settings) = file::document(repository, SETTINGS, &mut diagnostics) {
        let value = file::typed(&settings, &RepositorySettings::shape(), &mut diagnostics);
        let read = value.and_then(|value| serde_json::from_value(value).ok());
        loaded.settings = read.unwrap_or_default();
    }
    (loaded, diagnostics)
}

fn shared_values(tree: &FileTree, loaded: &mut Repository, diagnostics: &mut Diagnostics) {
    if let Some(shared) = file::document(tree, SHARED, diagnostics) {
        let read = crate::yaml::strict_value(&shared, &shared.root, diagnostics);
        crate::model::knob::overlay(&mut loaded.shared, &read);
    }
}

fn modules(
    repository: &FileTree,
    built_in: &FileTree,
    loaded: &mut Repository,
    diagnostics: &mut Diagnostics,
) {
    let own = repository.folders("modules");
    let others = built_in.folders("modules");
    let others = others.into_iter().filter(|name| !own.contains(name));
    let all = own
        .iter()
        .map(|name| (repository, *name, ModuleOrigin::Repository))
        .chain(others.map(|name| (built_in, name, ModuleOrigin::BuiltIn)));
    // Most of a start goes into these files, so they are read side by side.
    let all: Vec<_> = all.collect();
    let read: Vec<_> = all
        .into_par_iter()
        .map(|(tree, name, origin)| {
            let mut found = Diagnostics::default();
            let module = module::read(tree, name, origin, &mut found);
            (name, module, found)
        })
        .collect();
    for (name, module, found) in read {
        diagnostics.extend(found);
        if let Some(module) = module {
            loaded.modules.insert(name.to_owned(), Arc::new(module));
        }
    }
}

fn stacks(
    repository: &FileTree,
    built_in: &FileTree,
    loaded: &mut Repository,
    diagnostics: &mut Diagnostics,
) {
    let mut hidden = built_in.clone();
    hidden
        .files
        .retain(|path, _| path.starts_with("stacks/") && !repository.files.contains_key(path));
    for (tree, origin) in [
        (repository, ModuleOrigin::Repository),
        (&hidden, ModuleOrigin::BuiltIn),
    ] {
        for stack in stack::read_all(tree, origin, diagnostics) {
            if origin == ModuleOrigin::Repository {
                stack::refuse_unknown_modules(&stack, &loaded.modules, diagnostics);
            }
            let releases = loaded.stacks.entry(stack.name.clone()).or_default();
            releases.insert(stack.release.clone(), Arc::new(stack));
        }
    }
}

/// What is no file of this repository is refused wherever it stands. Links could lead out of it,
/// and a checkout on another machine may not have their target.
fn refuse_no_files(tree: &FileTree, diagnostics: &mut Diagnostics) {
    for (path, content) in &tree.files {
        let diagnostic = match content {
            FileContent::Link => {
                Diagnostic::error(codes::FILE_LINK, format!("`{path}` is a symbolic link"))
                    .help("put the file itself there; shared knobs belong in a layer")
            }
            FileContent::Other => {
                Diagnostic::error(codes::FILE_UNKNOWN, format!("`{path}` is no file"))
                    .help("remove it, or put a file in its place")
            }
            FileContent::Unreadable(reason) => {
                Diagnostic::error(codes::IO, format!("failed to read `{path}`: {reason}"))
            }
            FileContent::Bytes(_) | FileContent::TooLarge(_) => continue,
        };
        diagnostics.push(diagnostic.file(path));
    }
}
