//! The catalogue that the binary carries.

use include_dir::{Dir, include_dir};

use crate::model::tree::FileTree;

static STACKS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/stacks");
static MODULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/modules");
static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The files below stacks/, modules/ and templates/ as they were when the binary was built.
pub fn catalogue() -> FileTree {
    let mut tree = FileTree::default();
    for (folder, dir) in [
        ("stacks", &STACKS),
        ("modules", &MODULES),
        ("templates", &TEMPLATES),
    ] {
        add(&mut tree, folder, dir);
    }
    tree
}

fn add(tree: &mut FileTree, folder: &str, dir: &Dir<'static>) {
    for file in dir.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        tree.insert(format!("{folder}/{path}"), file.contents());
    }
    for sub in dir.dirs() {
        add(tree, folder, sub);
    }
}
