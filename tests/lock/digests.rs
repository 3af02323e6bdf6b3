//! The digest of a module covers everything that its rendering reads, and nothing else.

use kops_stack::load::load;
use kops_stack::model::tree::{FileContent, FileTree};

use crate::support::catalogue::FILES;

const MODULE: &str = "metrics-server";

fn digest(files: &FileTree) -> String {
    let (repository, _) = load(&FileTree::default(), files);
    repository.modules[MODULE].digest.clone()
}

/// The digest with one more line in a file.
fn changed(path: &str) -> String {
    let mut files = FILES.clone();
    let FileContent::Bytes(bytes) = &files.files[path] else {
        panic!("{path} is a file");
    };
    let mut bytes = bytes.to_vec();
    bytes.extend(b"# changed\n");
    files.insert(path, bytes);
    digest(&files)
}

#[test]
fn module_and_templates_are_in() {
    let before = digest(&FILES);
    assert_ne!(changed("modules/metrics-server/module.yaml"), before);
    assert_ne!(
        changed("modules/metrics-server/templates/rbac.yaml"),
        before
    );
}

#[test]
fn values_that_all_templates_share_are_in() {
    assert_ne!(changed("templates/shared.yaml"), digest(&FILES));
}

#[test]
fn tests_and_other_modules_are_not() {
    let before = digest(&FILES);
    assert_eq!(changed("modules/metrics-server/tests/default.yaml"), before);
    assert_eq!(changed("modules/cert-manager/module.yaml"), before);
}
