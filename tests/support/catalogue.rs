//! The catalogue as a value.

use std::path::Path;
use std::sync::LazyLock;

use kops_stack::diagnostic::{Diagnostics, Severity};
use kops_stack::load::load;
use kops_stack::model::image::ListedImage;
use kops_stack::model::permission::Role;
use kops_stack::model::rendering::Rendering;
use kops_stack::model::repository::Repository;
use kops_stack::model::tree::FileTree;
use kops_stack::render::{Templates, images, render_components, roles};
use kops_stack::resolve::resolve;
use kops_stack::tree;

use super::ROOT;

/// The catalogue as it stands in this repository, which may be newer than the one in the binary.
pub static FILES: LazyLock<FileTree> = LazyLock::new(|| {
    let mut files = tree::disk::repository(Path::new(ROOT)).expect("the repository can be read");
    let is_catalogue = |path: &str| {
        ["modules/", "stacks/", "templates/"]
            .iter()
            .any(|folder| path.starts_with(folder))
    };
    files.files.retain(|path, _| is_catalogue(path));
    files
});

/// Makes a value that all tests share, on threads of its own.
///
/// The threads that all tests share may all be waiting for that value, and then nobody would make it. A
/// plain thread stands between: one of those that waited in their way would take up another test meanwhile,
/// which may want the value too.
pub fn on_own_threads<T: Send>(make: impl FnOnce() -> T + Send) -> T {
    let threads = rayon::ThreadPoolBuilder::new().build();
    let threads = threads.expect("threads can be made");
    let made = std::thread::scope(|scope| scope.spawn(|| threads.install(make)).join());
    made.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

pub static CATALOGUE: LazyLock<Repository> = LazyLock::new(|| {
    let (repository, diagnostics) = on_own_threads(|| load(&FileTree::default(), &FILES));
    assert!(!diagnostics.has_errors(), "{}", told(&diagnostics));
    repository
});

/// Renders an environment of `files` over a catalogue, or says what was wrong.
pub fn rendered(
    files: &FileTree,
    catalogue: &FileTree,
    environment: &str,
) -> Result<Rendering, String> {
    Ok(Made::of(files, catalogue, environment)?.rendering)
}

/// All that an environment's knobs make.
pub struct Made {
    pub rendering: Rendering,
    pub images: Vec<ListedImage>,
    pub roles: Vec<Role>,
}

impl Made {
    /// From the files of a repository over a catalogue, or what was wrong.
    pub fn of(files: &FileTree, catalogue: &FileTree, environment: &str) -> Result<Self, String> {
        let (repository, diagnostics) = load(files, catalogue);
        no_errors(&diagnostics)?;
        let (environment, diagnostics) = resolve(&repository, environment);
        no_errors(&diagnostics)?;
        let environment = environment.ok_or("resolve gave nothing and no error")?;
        let (templates, diagnostics) = Templates::parse(&repository, repository.modules.values());
        no_errors(&diagnostics)?;
        let (rendering, diagnostics) = render_components(&environment, &templates);
        no_errors(&diagnostics)?;
        let rendering = rendering.ok_or("render gave nothing and no error")?;
        let (images, diagnostics) = images(&environment, &rendering, &repository.shared);
        no_errors(&diagnostics)?;
        let (roles, diagnostics) = roles(&environment, &repository.shared);
        no_errors(&diagnostics)?;
        Ok(Self {
            rendering,
            images,
            roles,
        })
    }
}

pub fn no_errors(diagnostics: &Diagnostics) -> Result<(), String> {
    match diagnostics.has_errors() {
        true => Err(told(diagnostics)),
        false => Ok(()),
    }
}

/// Messages with their places, one a line.
pub fn told(diagnostics: &Diagnostics) -> String {
    let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
    let lines = errors.map(|d| {
        let path = d.path().unwrap_or_default();
        format!("{path}: {}: {}", d.code.name, d.message)
    });
    lines.collect::<Vec<_>>().join("\n")
}
