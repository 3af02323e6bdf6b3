//! The repository that a command works on, loaded, resolved and rendered.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::exit::Failure;
use super::progress::Progress;
use super::terminal::Terminal;
use crate::diagnostic::{Diagnostics, codes};
use crate::model::environment::Crds;
use crate::model::module::Module;
use crate::model::rendering::Rendering;
use crate::model::repository::Repository;
use crate::model::resolved::ResolvedEnvironment;
use crate::model::tree::FileTree;
use crate::render::{Templates, render};
use crate::resolve::{certain_problems, resolve, unknown_environment};
use crate::{load, tree};

/// What is said when a command stops before it wrote anything.
pub const NOTHING_WRITTEN: &str = "nothing was written";

/// A repository on disk over the built-in catalogue.
pub struct Workspace {
    pub root: PathBuf,
    pub repository: Repository,
}

/// A rendered environment, with what it was decided on.
pub struct Rendered {
    pub environment: ResolvedEnvironment,
    pub rendering: Rendering,
}

impl Rendered {
    /// Whether CRDs of our own stand in for upstream's.
    pub fn uses_stand_ins(&self) -> bool {
        let mut components = self.environment.components.iter();
        self.environment.crds == Crds::StandIn
            && components.any(|component| !component.module.crds.is_empty())
    }
}

impl Workspace {
    /// Loads the repository that `directory` lies in; every problem of every file stops here.
    pub fn load(directory: &Path, terminal: &Terminal) -> Result<Self, Failure> {
        Self::load_for(directory, &[], terminal)
    }

    /// The same for work on the environments that are named (none: all); no other is looked at.
    pub fn load_for(
        directory: &Path,
        environments: &[String],
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let root = root(directory)?;
        let files = tree::disk::repository_for(&root, environments)?;
        let repository = Self::of_files(&files, terminal)?;
        Ok(Self { root, repository })
    }

    /// The same without a look at what is vendored: for the command that mends it.
    pub fn load_without_vendored(
        directory: &Path,
        environments: &[String],
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let root = root(directory)?;
        let mut files = tree::disk::repository_for(&root, environments)?;
        files.files.retain(|path, _| !path.starts_with("vendor/"));
        let repository = Self::of_files(&files, terminal)?;
        Ok(Self { root, repository })
    }

    /// Only the catalogue, for commands that work anywhere.
    pub fn load_or_catalogue(directory: &Path, terminal: &Terminal) -> Result<Self, Failure> {
        if root(directory).is_ok() {
            return Self::load(directory, terminal);
        }
        Ok(Self {
            root: directory.to_path_buf(),
            repository: Self::of_files(&FileTree::default(), terminal)?,
        })
    }

    /// What these files hold, over the built-in catalogue.
    pub fn of_files(files: &FileTree, terminal: &Terminal) -> Result<Repository, Failure> {
        let (repository, diagnostics) = load::load(files, &tree::built_in::catalogue());
        if diagnostics.has_errors() {
            let mut all = diagnostics;
            all.extend(certain_problems(&repository));
            return Err(Failure::new(all.sorted(), NOTHING_WRITTEN));
        }
        terminal.diagnostics(&diagnostics.sorted());
        Ok(repository)
    }

    /// The environments named, or all; a name that does not exist is refused, with all others.
    pub fn environments(&self, names: &[String]) -> Result<Vec<String>, Failure> {
        let known = &self.repository.environments;
        if names.is_empty() {
            return Ok(known.keys().cloned().collect());
        }
        let unknown: Diagnostics = names
            .iter()
            .filter(|name| !known.contains_key(*name))
            .map(|name| unknown_environment(&self.repository, name))
            .collect();
        match unknown.is_empty() {
            true => {
                let mut names = names.to_vec();
                names.sort();
                names.dedup();
                Ok(names)
            }
            false => Err(Failure::new(unknown, NOTHING_WRITTEN)),
        }
    }

    pub fn resolve(&self, name: &str, terminal: &Terminal) -> Result<ResolvedEnvironment, Failure> {
        let (resolved, diagnostics) = resolve(&self.repository, name);
        stop_on_errors(diagnostics, terminal)?;
        resolved.ok_or_else(|| unexplained(name))
    }

    /// Renders environments side by side and hands each to `keep`; the problems of all are told
    /// together.
    pub fn render<T: Send>(
        &self,
        names: &[String],
        terminal: &Terminal,
        keep: impl Fn(Rendered) -> T + Sync,
    ) -> Result<Vec<T>, Failure> {
        let (kept, warnings) = self.render_with_warnings(names, terminal, keep)?;
        terminal.diagnostics(&warnings);
        Ok(kept)
    }

    /// Renders as [`Workspace::render`] does, and leaves it to the caller to tell the warnings.
    pub fn render_with_warnings<T: Send>(
        &self,
        names: &[String],
        terminal: &Terminal,
        keep: impl Fn(Rendered) -> T + Sync,
    ) -> Result<(Vec<T>, Diagnostics), Failure> {
        let resolved: Vec<_> = names
            .par_iter()
            .map(|name| resolve(&self.repository, name))
            .collect();
        let (environments, mut diagnostics) = collect(resolved);
        let used = used_modules(&environments);
        let (templates, found) = Templates::parse(&self.repository, &used);
        diagnostics.extend(found);
        let mut warnings = without_errors(diagnostics)?;
        let progress = Progress::new("rendering", environments.len(), terminal.watched);
        let rendered: Vec<_> = environments
            .into_par_iter()
            .map(|environment| {
                let (rendering, diagnostics) = render(&environment, &templates);
                let kept = rendering.map(|rendering| {
                    keep(Rendered {
                        environment,
                        rendering,
                    })
                });
                progress.step();
                (kept, diagnostics)
            })
            .collect();
        progress.finish();
        let (kept, diagnostics) = collect(rendered);
        warnings.extend(without_errors(diagnostics)?);
        Ok((kept, warnings))
    }
}

/// The nearest folder above that is a repository of kops-stack.
fn root(directory: &Path) -> Result<PathBuf, Failure> {
    let absolute = directory.canonicalize().map_err(|error| {
        let message = format!("failed to enter {}: {error}", directory.display());
        Failure::plain(codes::IO, message, "")
    })?;
    tree::disk::find_root(&absolute).ok_or_else(|| {
        Failure::plain(
            codes::FILE_MISSING,
            format!(
                "{} is not in a repository of kops-stack: no kops-stack.yaml here or above",
                directory.display()
            ),
            "`kops-stack init` starts one",
        )
    })
}

fn used_modules(environments: &[ResolvedEnvironment]) -> Vec<Arc<Module>> {
    let components = environments
        .iter()
        .flat_map(|environment| &environment.components);
    let mut modules: Vec<Arc<Module>> = components
        .map(|component| Arc::clone(&component.module))
        .collect();
    modules.sort_by(|a, b| a.name.cmp(&b.name));
    modules.dedup_by(|a, b| a.name == b.name);
    modules
}

/// Warnings are told and the run goes on; errors end it.
pub fn stop_on_errors(diagnostics: Diagnostics, terminal: &Terminal) -> Result<(), Failure> {
    let warnings = without_errors(diagnostics)?;
    terminal.diagnostics(&warnings);
    Ok(())
}

/// The warnings, where there is no error.
fn without_errors(diagnostics: Diagnostics) -> Result<Diagnostics, Failure> {
    let diagnostics = diagnostics.sorted();
    match diagnostics.has_errors() {
        true => Err(Failure::new(diagnostics, NOTHING_WRITTEN)),
        false => Ok(diagnostics),
    }
}

fn collect<T>(results: Vec<(Option<T>, Diagnostics)>) -> (Vec<T>, Diagnostics) {
    let mut all = Diagnostics::default();
    let mut values = Vec::with_capacity(results.len());
    for (value, diagnostics) in results {
        values.extend(value);
        all.extend(diagnostics);
    }
    (values, all)
}

/// A stage that gives no value must have given errors.
fn unexplained(name: &str) -> Failure {
    Failure::plain(
        codes::IO,
        format!("`{name}` gave no result and no error: this is a mistake of kops-stack"),
        "please report it",
    )
}
