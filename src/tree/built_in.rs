//! The catalogue that the binary carries.

use crate::model::tree::FileTree;

/// Path and bytes of each file; `build.rs` lists them.
static FILES: &[(&str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The files below stacks/, modules/ and templates/ as they were when the binary was built.
pub fn catalogue() -> FileTree {
    let mut tree = FileTree::default();
    for (path, bytes) in FILES {
        tree.insert(*path, *bytes);
    }
    tree
}
