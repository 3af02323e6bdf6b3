//! The generated pages of the book are what the program says of itself.

use std::collections::BTreeMap;
use std::path::Path;

use kops_stack::cli::reference;
use kops_stack::tree;

use super::pages::BOOK;
use crate::support::ROOT;

/// Made of the catalogue as it stands in this repository: the binary's own may be older.
fn pages() -> BTreeMap<&'static str, String> {
    let files = tree::disk::repository(Path::new(ROOT)).expect("the repository can be read");
    reference::pages(&files)
}

#[test]
fn the_generated_pages_are_current() {
    let folder = Path::new(ROOT).join(BOOK).join("reference");
    let update = std::env::var_os("UPDATE_REFERENCE").is_some();
    let mut stale = Vec::new();
    for (name, text) in pages() {
        let path = folder.join(name);
        let committed = fs_err::read_to_string(&path).unwrap_or_default();
        if committed == text {
            continue;
        }
        match update {
            true => fs_err::write(&path, text).expect("the page can be written"),
            false => stale.push(format!("{BOOK}/reference/{name}")),
        }
    }
    assert!(
        stale.is_empty(),
        "not what the program says: {}\nwrite them again and commit them:\n    UPDATE_REFERENCE=1 cargo test --test integration docs",
        stale.join(", ")
    );
}

#[test]
fn only_generated_pages_stand_in_the_reference() {
    let folder = Path::new(ROOT).join(BOOK).join("reference");
    let pages = pages();
    for entry in fs_err::read_dir(folder).expect("the folder is there") {
        let name = entry.expect("the folder can be read").file_name();
        let name = name.to_string_lossy();
        assert!(pages.contains_key(name.as_ref()), "{name} is not generated");
    }
}
