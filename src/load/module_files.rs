//! The files of a module beside those that are YAML of its own: which may be there, and their texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::{SHARED, file};
use crate::diagnostic::{Diagnostic, Diagnostics, Source, codes};
use crate::model::tree::{FileContent, FileTree};

/// Files of a module that nothing reads.
pub fn refuse_strangers(tree: &FileTree, folder: &str, diagnostics: &mut Diagnostics) {
    const FILES: [&str; 3] = ["module.yaml", "crds.yaml", "inputs.yaml"];
    const FOLDERS: [&str; 3] = ["templates", "files", "tests"];
    for (within, content) in tree.below(folder) {
        let top = within.split('/').next().unwrap_or_default();
        let known = match top == within {
            true => FILES.contains(&within) || file::is_note(within),
            false => FOLDERS.contains(&top),
        };
        if known || !matches!(content, FileContent::Bytes(_) | FileContent::TooLarge(_)) {
            continue;
        }
        let path = format!("{folder}/{within}");
        let message = format!("`{path}` is no file of a module");
        let diagnostic = Diagnostic::error(codes::FILE_UNKNOWN, message)
            .file(path)
            .suggest(top, FILES.into_iter().chain(FOLDERS))
            .help(
                "a module is module.yaml, crds.yaml, inputs.yaml and the folders templates/, files/ and tests/",
            );
        diagnostics.push(diagnostic);
    }
}

/// Texts of a folder of the module, by their path within it.
pub fn sources(
    tree: &FileTree,
    folder: &str,
    kind: &str,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Arc<Source>> {
    let below = format!("{folder}/{kind}");
    let paths: Vec<String> = tree
        .below(&below)
        .map(|(path, _)| path.to_owned())
        .collect();
    paths
        .into_iter()
        .filter_map(|path| {
            let source = file::source(tree, &format!("{below}/{path}"), diagnostics)?;
            Some((path, source))
        })
        .collect()
}

/// Cases of the module's tests, by their name, which are parsed by whoever runs them; goldens beside
/// them are not read.
pub fn cases(
    tree: &FileTree,
    folder: &str,
    diagnostics: &mut Diagnostics,
) -> BTreeMap<String, Arc<Source>> {
    let below = format!("{folder}/tests");
    let paths = tree.below(&below).map(|(path, _)| path);
    let cases = paths.filter(|path| !path.ends_with(".golden.yaml"));
    cases
        .filter_map(|path| {
            let case = path.strip_suffix(".yaml")?;
            let source = file::source(tree, &format!("{below}/{path}"), diagnostics)?;
            Some((case.to_owned(), source))
        })
        .collect()
}

/// One digest for all that rendering reads, values that all templates share included, tests left
/// out; names and lengths go in, so that moving bytes between files shows.
pub fn digest(tree: &FileTree, folder: &str) -> String {
    let mut hash = Sha256::new();
    let own = tree
        .below(folder)
        .filter(|(path, _)| !path.starts_with("tests/"));
    let shared = tree.files.get_key_value(SHARED);
    for (path, content) in own.chain(shared.map(|(path, content)| (path.as_str(), content))) {
        if let FileContent::Bytes(bytes) = content {
            hash.update(format!("{path}\0{}\0", bytes.len()));
            hash.update(bytes);
        }
    }
    crate::model::digest::hex(&hash.finalize())
}
