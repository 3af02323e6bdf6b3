//! What must be written and removed, in an order that survives a kill at any point.

use std::collections::{BTreeMap, BTreeSet};

use super::index::{INDEX, Index, UNDER_WAY, UnderWay};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::rendering::{FileText, Rendering};
use crate::model::tree::{FileContent, FileTree};

/// Text of every file below the manifests' folder, index files included.
pub type Tree = BTreeMap<String, FileText>;

/// One change of the disk. Paths lie below the manifests' folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A manifest where none is. Killed while it is written, it stays in part: the list of what is
    /// under way names it, and no index its digest.
    Create(String, FileText),
    /// Whole or not at all.
    Write(String, FileText),
    Remove(String),
}

/// Ends the names of files that were being written when the process died.
pub const TEMPORARY: &str = ".kops-stack-new";

/// The files that a rendering consists of.
pub fn tree(rendering: &Rendering) -> Tree {
    let mut tree = Tree::new();
    for (name, component) in rendering.folders() {
        let index = Index::of(name, component, &rendering.dependencies);
        tree.insert(format!("{name}/{INDEX}"), FileText::new(index.text()));
        for rendered in &component.objects {
            tree.insert(format!("{name}/{}", rendered.path), rendered.text.clone());
        }
    }
    tree
}

/// The changes that make `present` (paths below `folder`) equal to `wanted`.
///
/// For each component: the list of what is under way, the files, the index, then what is gone, and
/// the list at last. Whoever is killed in between leaves only files that the index or the list
/// names, so that the next run knows them for its own.
pub fn operations(
    wanted: &Tree,
    present: &FileTree,
    folder: &str,
) -> Result<Vec<Operation>, Diagnostics> {
    let present: BTreeMap<&str, &FileContent> = present.below(folder).collect();
    refuse_unknown(&present, folder)?;
    let mut components: BTreeSet<&str> = wanted.keys().map(|path| component(path)).collect();
    components.extend(present.keys().map(|path| component(path)));
    let mut operations = Vec::new();
    for name in components {
        of_component(name, wanted, &present, &mut operations);
    }
    Ok(operations)
}

/// Paths that differ, each with how: `+` to be added, `~` to be changed, `-` to be removed.
pub fn compare(wanted: &Tree, present: &FileTree, folder: &str) -> Vec<(char, String)> {
    let present: BTreeMap<&str, &FileContent> = present.below(folder).collect();
    let added = wanted
        .iter()
        .filter_map(|(path, text)| match present.get(path.as_str()) {
            None => Some(('+', path.clone())),
            Some(content) if !same(content, text) => Some(('~', path.clone())),
            Some(_) => None,
        });
    let removed = present
        .keys()
        .filter(|path| !wanted.contains_key(**path))
        .map(|path| ('-', (*path).to_owned()));
    let mut differences: Vec<_> = added.chain(removed).collect();
    differences.sort_by(|a, b| a.1.cmp(&b.1));
    differences
}

fn component(path: &str) -> &str {
    path.split('/').next().unwrap_or_default()
}

fn same(content: &FileContent, text: &FileText) -> bool {
    matches!(content, FileContent::Bytes(bytes) if bytes.as_ref() == text.as_bytes())
}

fn of_component(
    name: &str,
    wanted: &Tree,
    present: &BTreeMap<&str, &FileContent>,
    operations: &mut Vec<Operation>,
) {
    let prefix = format!("{name}/");
    let ours = |path: &str| path.starts_with(&prefix);
    let index = format!("{prefix}{INDEX}");
    let under_way = format!("{prefix}{UNDER_WAY}");
    let is_last = |path: &str| path == index || path == under_way;
    let changed: Vec<(&String, &FileText)> = wanted
        .range(prefix.clone()..)
        .take_while(|(path, _)| ours(path))
        .filter(|(path, text)| {
            !present
                .get(path.as_str())
                .is_some_and(|content| same(content, text))
        })
        .collect();
    let gone: Vec<&str> = present
        .range(prefix.as_str()..)
        .map(|(path, _)| *path)
        .take_while(|path| ours(path))
        .filter(|path| !wanted.contains_key(*path) && *path != under_way)
        .collect();
    if changed.is_empty() && gone.is_empty() && !present.contains_key(under_way.as_str()) {
        return;
    }
    let files = wanted
        .keys()
        .map(String::as_str)
        .chain(gone.iter().copied())
        .filter(|path| ours(path) && !is_last(path))
        .map(|path| path[prefix.len()..].to_owned())
        .filter(|path| !path.ends_with(TEMPORARY));
    let list = UnderWay {
        files: files.collect(),
    };
    operations.push(Operation::Write(
        under_way.clone(),
        FileText::new(list.text()),
    ));
    let (indexes, files): (Vec<_>, Vec<_>) =
        changed.into_iter().partition(|(path, _)| **path == index);
    for (path, text) in files {
        let operation = match present.contains_key(path.as_str()) {
            true => Operation::Write,
            false => Operation::Create,
        };
        operations.push(operation(path.clone(), text.clone()));
    }
    let write = |(path, text): (&String, &FileText)| Operation::Write(path.clone(), text.clone());
    operations.extend(indexes.into_iter().map(write));
    let remove = |path: &&str| Operation::Remove((*path).to_owned());
    operations.extend(gone.iter().filter(|path| **path != index).map(remove));
    operations.extend(gone.iter().filter(|path| **path == index).map(remove));
    operations.push(Operation::Remove(under_way));
}

/// Files that neither an index nor a list of what is under way names.
fn refuse_unknown(present: &BTreeMap<&str, &FileContent>, folder: &str) -> Result<(), Diagnostics> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    let mut diagnostics = Diagnostics::default();
    for (path, content) in present {
        let Some((name, file)) = path.split_once('/') else {
            continue;
        };
        let FileContent::Bytes(bytes) = content else {
            continue;
        };
        let files: Result<Vec<String>, String> = match file {
            INDEX => Index::parse(bytes).map(|index| index.files.into_keys().collect()),
            UNDER_WAY => UnderWay::parse(bytes).map(|list| list.files.into_iter().collect()),
            _ => continue,
        };
        known.insert((*path).to_owned());
        match files {
            Ok(files) => known.extend(files.iter().map(|file| format!("{name}/{file}"))),
            Err(reason) => {
                let message = format!("`{folder}/{path}` is not readable: {reason}");
                let diagnostic = Diagnostic::error(codes::MANIFEST_INVALID, message)
                    .file(format!("{folder}/{path}"))
                    .help("restore it from git, or remove the component's folder and render again");
                diagnostics.push(diagnostic);
            }
        }
    }
    for (path, content) in present {
        // A file being written has a name made of the one that it will have.
        let written = path.strip_suffix(TEMPORARY).unwrap_or(path);
        let index = written.ends_with(INDEX) || written.ends_with(UNDER_WAY);
        let temporary = written != *path && index;
        let ours = known.contains(written) || temporary;
        if ours && matches!(content, FileContent::Bytes(_)) {
            continue;
        }
        let message = format!("`{folder}/{path}` is not a file that kops-stack wrote");
        let diagnostic = Diagnostic::error(codes::MANIFEST_UNKNOWN, message)
            .file(format!("{folder}/{path}"))
            .help("the folder belongs to the tool: move the file elsewhere, or remove it");
        diagnostics.push(diagnostic);
    }
    match diagnostics.is_empty() {
        true => Ok(()),
        false => Err(diagnostics),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = "m";

    fn index(component: &str, files: &[&str]) -> String {
        Index {
            format: Index::FORMAT,
            component: component.to_owned(),
            module: String::new(),
            version: String::new(),
            stack: String::new(),
            provides: Vec::new(),
            after: BTreeMap::new(),
            inputs: BTreeMap::new(),
            patches: Vec::new(),
            files: files
                .iter()
                .map(|file| ((*file).to_owned(), String::new()))
                .collect(),
        }
        .text()
    }

    fn wanted(components: &[(&str, &[(&str, &str)])]) -> Tree {
        let mut tree = Tree::new();
        for (name, files) in components {
            let names: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
            tree.insert(
                format!("{name}/{INDEX}"),
                FileText::new(index(name, &names)),
            );
            for (path, text) in *files {
                tree.insert(format!("{name}/{path}"), FileText::new(*text));
            }
        }
        tree
    }

    fn apply(present: &mut FileTree, operation: &Operation) {
        match operation {
            Operation::Create(path, text) | Operation::Write(path, text) => {
                present.insert(format!("{FOLDER}/{path}"), text.as_bytes().to_vec());
            }
            Operation::Remove(path) => {
                present.files.remove(&format!("{FOLDER}/{path}"));
            }
        }
    }

    fn on_disk(tree: &Tree) -> FileTree {
        let mut present = FileTree::default();
        for (path, text) in tree {
            present.insert(format!("{FOLDER}/{path}"), text.as_bytes().to_vec());
        }
        present
    }

    #[test]
    fn killed_at_any_write_the_next_run_repairs() {
        let old = wanted(&[
            ("a", &[("x.yaml", "1"), ("y.yaml", "1")]),
            ("gone", &[("z.yaml", "1")]),
        ]);
        let new = wanted(&[
            ("a", &[("x.yaml", "2"), ("n/w.yaml", "1")]),
            ("b", &[("v.yaml", "1")]),
        ]);
        let all = operations(&new, &on_disk(&old), FOLDER).expect("nothing unknown");
        assert!(all.len() > 10);
        for killed_after in 0..=all.len() {
            // A kill may also leave the file that was being written: under its temporary name, or
            // one that was not there before under its own.
            for half_written in [false, true] {
                let mut present = on_disk(&old);
                all[..killed_after]
                    .iter()
                    .for_each(|operation| apply(&mut present, operation));
                let written = all.get(killed_after).filter(|_| half_written);
                match written {
                    Some(Operation::Create(path, _)) => {
                        present.insert(format!("{FOLDER}/{path}"), &b"ha"[..]);
                    }
                    Some(Operation::Write(path, _)) => {
                        present.insert(format!("{FOLDER}/{path}{TEMPORARY}"), &b"ha"[..]);
                    }
                    _ => {}
                }
                let rest = operations(&new, &present, FOLDER).expect("all files are known");
                rest.iter()
                    .for_each(|operation| apply(&mut present, operation));
                assert_eq!(present, on_disk(&new), "killed after {killed_after}");
            }
        }
    }

    #[test]
    fn what_is_equal_is_not_touched() {
        let tree = wanted(&[("a", &[("x.yaml", "1")])]);
        assert_eq!(operations(&tree, &on_disk(&tree), FOLDER), Ok(Vec::new()));
    }

    #[test]
    fn a_file_of_somebody_else_stops_everything() {
        let tree = wanted(&[("a", &[("x.yaml", "1")])]);
        let mut present = on_disk(&tree);
        present.insert("m/a/mine.yaml", &b"1"[..]);
        present.insert("m/README.md", &b"1"[..]);
        let refused = operations(&Tree::new(), &present, FOLDER).expect_err("refused");
        assert_eq!(refused.errors(), 2);
    }
}
