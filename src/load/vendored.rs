//! vendor/: files of others, each held against the lock and the module that wants it.

use rayon::prelude::*;

use crate::diagnostic::{Diagnostic, Diagnostics, Source, codes};
use crate::model::digest::sha256;
use crate::model::input::vendored_path;
use crate::model::lock::Lock;
use crate::model::module::Module;
use crate::model::rendering::{FileText, SharedObject};
use crate::model::repository::Repository;
use crate::model::tree::FileTree;
use crate::model::vendored::{VendoredDocument, VendoredInputs};
use crate::model::version::Version;
use crate::object::{Identity, Object};
use crate::yaml;

/// Reads what vendor/ holds for the versions of the catalogue's modules. A version of which nothing
/// is there is left out: only an environment that wants it can tell whether that is wrong.
pub fn read(tree: &FileTree, loaded: &mut Repository, diagnostics: &mut Diagnostics) {
    let lock = loaded.lock.clone().unwrap_or_default();
    let mut wanted = Vec::new();
    for module in loaded.modules.values() {
        for version in module.versions.iter().map(|known| &known.version) {
            let folder = format!("vendor/{}/{version}", module.name);
            if tree.below(&folder).next().is_some() {
                wanted.push((module.clone(), version.clone()));
            }
        }
    }
    let read: Vec<_> = wanted
        .par_iter()
        .map(|(module, version)| of_version(tree, module, version, &lock))
        .collect();
    for ((module, version), (inputs, problems)) in wanted.iter().zip(read) {
        diagnostics.extend(problems);
        let place = (module.name.clone(), version.to_string());
        loaded.vendored.insert(place, inputs);
    }
    refuse_strangers(tree, loaded, diagnostics);
}

fn of_version(
    tree: &FileTree,
    module: &Module,
    version: &Version,
    lock: &Lock,
) -> (VendoredInputs, Diagnostics) {
    let mut inputs = VendoredInputs::default();
    let mut diagnostics = Diagnostics::default();
    let listed = module
        .inputs
        .iter()
        .filter_map(|input| input.version(version));
    for (file, digest) in listed.flat_map(|version| &version.files) {
        let path = vendored_path(&module.name, version, file);
        match verified(tree, &path, digest, lock) {
            Ok(text) => {
                inputs.files.insert(path.clone(), digest.clone());
                match documents(&path, &text) {
                    Ok(documents) => inputs.documents.extend(documents),
                    Err(problem) => diagnostics.push(*problem),
                }
            }
            Err(problem) => diagnostics.push(*problem),
        }
    }
    (inputs, diagnostics)
}

/// The text of a file whose bytes are those that the module lists and the lock holds.
fn verified(
    tree: &FileTree,
    path: &str,
    digest: &str,
    lock: &Lock,
) -> Result<String, Box<Diagnostic>> {
    let refuse = |code, message: String, help: &str| {
        Box::new(Diagnostic::error(code, message).file(path).help(help))
    };
    let Some(bytes) = tree.bytes(path) else {
        return Err(refuse(
            codes::INPUT_MISSING,
            format!("`{path}` is not there"),
            "`kops-stack vendor` gets it",
        ));
    };
    let found = sha256(bytes);
    if found != digest {
        return Err(refuse(
            codes::INPUT_DIFFERS,
            format!(
                "`{path}` is not the file that its module lists: sha256 {found}, wanted {digest}"
            ),
            "restore it from git, or remove it and run `kops-stack vendor`",
        ));
    }
    if lock.inputs.get(path).map(String::as_str) != Some(digest) {
        return Err(refuse(
            codes::INPUT_UNLOCKED,
            format!("`{path}` is not in kops-stack.lock with these bytes"),
            "`kops-stack vendor` locks what it has verified",
        ));
    }
    let text = String::from_utf8(bytes.to_vec());
    text.map_err(|_| {
        refuse(
            codes::FILE_ENCODING,
            format!("`{path}` is not UTF-8 text"),
            "ask who made it",
        )
    })
}

/// The documents of a file, each known by its header; the rare one in another style is parsed.
pub fn documents(path: &str, text: &str) -> Result<Vec<VendoredDocument>, Box<Diagnostic>> {
    let mut documents = Vec::new();
    for document in yaml::documents(text) {
        let identity = match yaml::header(document) {
            Some(header) => Identity {
                group: match header.api_version.split_once('/') {
                    Some((group, _)) => group.to_owned(),
                    None => String::new(),
                },
                kind: header.kind,
                namespace: header.namespace,
                name: header.name,
            },
            None => parsed(path, document)?.identity(),
        };
        let text = FileText::new(document);
        documents.push(VendoredDocument {
            object: SharedObject::vendored(identity, text.clone()),
            text,
        });
    }
    Ok(documents)
}

/// The object that a document holds, read in full.
pub fn parsed(path: &str, document: &str) -> Result<Object, Box<Diagnostic>> {
    let refuse = |reason: String| {
        let message = format!("`{path}` holds what is no Kubernetes object: {reason}");
        Box::new(Diagnostic::error(codes::INPUT_INVALID, message).file(path))
    };
    let source = Source::new(path, document);
    let mut values = yaml::kubernetes_stream(&source).map_err(|problems| {
        refuse(
            problems
                .iter()
                .map(|problem| problem.message.clone())
                .collect(),
        )
    })?;
    match (values.pop(), values.len()) {
        (Some((value, _)), 0) => Object::new(value).map_err(|error| refuse(error.to_string())),
        _ => Err(refuse("it is a list".to_owned())),
    }
}

/// A file in vendor/ that no module lists does nothing, and would be committed for nothing.
fn refuse_strangers(tree: &FileTree, loaded: &Repository, diagnostics: &mut Diagnostics) {
    for (within, _) in tree.below("vendor") {
        let mut parts = within.split('/');
        let place = (parts.next(), parts.next(), parts.next(), parts.next());
        let known = match place {
            (Some(module), Some(version), Some(file), None) => {
                is_listed(loaded, module, version, file)
            }
            _ => false,
        };
        if !known {
            let path = format!("vendor/{within}");
            let message = format!("`{path}` is no file that a module lists");
            let diagnostic = Diagnostic::warning(codes::FILE_UNKNOWN, message)
                .file(&path)
                .help("remove it: nothing reads it");
            diagnostics.push(diagnostic);
        }
    }
}

fn is_listed(loaded: &Repository, module: &str, version: &str, file: &str) -> bool {
    let inputs = loaded
        .modules
        .get(module)
        .map(|module| module.inputs.iter());
    let mut listed = inputs
        .into_iter()
        .flatten()
        .flat_map(|input| &input.versions)
        .filter(|listed| listed.version.as_str() == version);
    listed.any(|listed| listed.files.contains_key(file))
}
