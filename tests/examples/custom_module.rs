//! A module of a user's own is tested as the built-in ones are.

use kops_stack::load::load;
use kops_stack::render::{Templates, unread_and_undeclared};
use kops_stack::tree::{built_in, disk};

use super::folder;
use crate::catalogue::{case, goldens};
use crate::support::catalogue::told;

#[test]
fn its_cases_render_their_goldens() {
    let root = folder("custom-module");
    let mut files = disk::repository(&root).expect("the example can be read");
    files.files.retain(|path, _| path.starts_with("modules/"));
    let shared = "templates/shared.yaml";
    files.files.insert(
        shared.to_owned(),
        built_in::catalogue().files[shared].clone(),
    );
    // Cases are kept for as long as the tests run.
    let files = Box::leak(Box::new(files));
    let (repository, diagnostics) = load(files, &built_in::catalogue());
    assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
    let module = &repository.modules["hello"];
    let cases = case::of_module_in(module, files);
    assert_eq!(cases.len(), 2);
    goldens::compare(&cases, &root);
}

#[test]
fn its_templates_read_all_of_its_knobs() {
    let files = disk::repository(&folder("custom-module")).expect("the example can be read");
    let (repository, _) = load(&files, &built_in::catalogue());
    let module = &repository.modules["hello"];
    let (templates, diagnostics) = Templates::parse(&repository, [module]);
    assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
    let diagnostics = unread_and_undeclared(module, &templates);
    assert!(diagnostics.is_empty(), "{}", told(&diagnostics));
}
