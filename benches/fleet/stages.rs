//! The stages of rendering, as the program runs them.

use kops_stack::diagnostic::Diagnostics;
use kops_stack::manifests::{self, Tree};
use kops_stack::model::rendering::Rendering;
use kops_stack::model::repository::Repository;
use kops_stack::model::resolved::ResolvedEnvironment;
use kops_stack::model::tree::FileTree;
use kops_stack::render::{Templates, render};
use kops_stack::{load, resolve};
use rayon::prelude::*;

/// Loads files over an empty catalogue: the repository holds all of it.
pub fn load(files: &FileTree) -> Repository {
    let (repository, problems) = load::load(files, &FileTree::default());
    refuse(&problems);
    repository
}

pub fn resolve(repository: &Repository, name: &str) -> ResolvedEnvironment {
    let (environment, problems) = resolve::resolve(repository, name);
    refuse(&problems);
    environment.expect("resolved without errors")
}

pub fn templates(repository: &Repository) -> Templates<'_> {
    let (templates, problems) = Templates::parse(repository, repository.modules.values());
    refuse(&problems);
    templates
}

pub fn render_one(environment: &ResolvedEnvironment, templates: &Templates<'_>) -> Rendering {
    let (rendering, problems) = render(environment, templates);
    refuse(&problems);
    rendering.expect("rendered without errors")
}

/// Everything from files to files, in parallel.
pub fn from_files_to_files(files: &FileTree, names: &[String]) -> Vec<Tree> {
    let repository = load(files);
    let templates = templates(&repository);
    names
        .par_iter()
        .map(|name| {
            let environment = resolve(&repository, name);
            manifests::tree(&render_one(&environment, &templates))
        })
        .collect()
}

fn refuse(problems: &Diagnostics) {
    let errors: Vec<_> = problems.iter().collect();
    assert!(!problems.has_errors(), "the fleet has errors: {errors:#?}");
}
