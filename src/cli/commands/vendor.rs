//! `vendor`: the files of others, verified to the byte, into the repository.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::files;
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::progress::Progress;
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{NOTHING_WRITTEN, Workspace};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::load::{self, LOCK};
use crate::model::digest::sha256;
use crate::model::input::vendored_path;
use crate::model::module::Module;
use crate::model::version::Version;
use crate::tree::web::Web;

/// Where raw files of public repositories are served.
const UPSTREAM: &str = "https://raw.githubusercontent.com";

/// Connections at a time.
const AT_ONCE: usize = 8;

/// One file to be had.
struct Wanted {
    /// In the user's repository.
    path: String,
    /// Below a mirror of raw files.
    place: String,
    /// Below a folder that holds what `vendor` wrote elsewhere.
    short: String,
    digest: String,
}

pub fn run(
    directory: &Path,
    options: &arguments::Vendor,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let workspace = Workspace::load_for(directory, &options.environments, terminal)?;
    let names = workspace.environments(&options.environments)?;
    let wanted = wanted(&workspace, &names, terminal)?;
    if wanted.is_empty() {
        terminal.talk("no module in use has outside inputs");
        return Ok(Exit::Done);
    }
    let (missing, present): (Vec<Wanted>, Vec<Wanted>) = wanted
        .into_iter()
        .partition(|file| !is_there(&workspace.root, file));
    let fetched = fetch(&missing, options, terminal)?;
    for (file, bytes) in missing.iter().zip(&fetched) {
        files::write(&workspace.root.join(&file.path), bytes)?;
    }
    write_lock(&workspace, missing.iter().chain(&present))?;
    let bytes: usize = fetched.iter().map(String::len).sum();
    terminal.talk(&format!(
        "vendor/ holds {} files: {} fetched ({} KiB), {} were there, all as locked, {:.1} s",
        missing.len() + present.len(),
        missing.len(),
        bytes / 1024,
        present.len(),
        started.elapsed().as_secs_f64()
    ));
    terminal.talk("next: `crds: vendored` in environment.yaml, then kops-stack render");
    Ok(Exit::Done)
}

/// The files of all module versions in use; a version whose files nobody has listed is told.
fn wanted(
    workspace: &Workspace,
    names: &[String],
    terminal: &Terminal,
) -> Result<Vec<Wanted>, Failure> {
    let mut wanted = BTreeMap::new();
    let mut unknown = Diagnostics::default();
    for name in names {
        for component in workspace.resolve(name, terminal)?.components {
            let module = &component.module;
            for input in &module.inputs {
                match input.version(&component.version) {
                    Some(_) => {}
                    None => unknown.push(unlisted(module, &component.version)),
                }
            }
            for file in files_of(module, &component.version) {
                wanted.insert(file.path.clone(), file);
            }
        }
    }
    for diagnostic in unknown.sorted() {
        terminal.diagnostics(&diagnostic.into());
    }
    Ok(wanted.into_values().collect())
}

fn unlisted(module: &Module, version: &Version) -> Diagnostic {
    let message = format!(
        "the module `{}` lists no outside inputs for {version}",
        module.name
    );
    Diagnostic::warning(codes::INPUT_UNLISTED, message)
        .file(format!("modules/{}/inputs.yaml", module.name))
        .help("another version of the module has them, or keep `crds: stand-in`")
}

fn files_of(module: &Module, version: &Version) -> Vec<Wanted> {
    let inputs = module.inputs.iter();
    let versions = inputs.filter_map(|input| Some((input, input.version(version)?)));
    versions
        .flat_map(|(input, listed)| {
            listed.files.iter().map(|(file, digest)| Wanted {
                path: vendored_path(&module.name, version, file),
                place: format!("{}/{file}", input.place(listed)),
                short: format!("{}/{version}/{file}", module.name),
                digest: digest.clone(),
            })
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "commands read what they would write"
)]
fn is_there(root: &Path, file: &Wanted) -> bool {
    std::fs::read(root.join(&file.path)).is_ok_and(|bytes| sha256(&bytes) == file.digest)
}

/// All files, or an error that names each that could not be had.
fn fetch(
    wanted: &[Wanted],
    options: &arguments::Vendor,
    terminal: &Terminal,
) -> Result<Vec<String>, Failure> {
    let web = Web::new(Duration::from_secs(options.timeout_secs));
    let progress = Progress::new("fetching", wanted.len(), terminal.watched);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(AT_ONCE)
        .build()?;
    let answers: Vec<Result<String, Diagnostic>> = pool.install(|| {
        wanted
            .par_iter()
            .map(|file| {
                let answer = one(file, &web, options.from.as_deref());
                progress.step();
                answer
            })
            .collect()
    });
    progress.finish();
    let mut texts = Vec::with_capacity(answers.len());
    let mut problems = Diagnostics::default();
    for answer in answers {
        match answer {
            Ok(text) => texts.push(text),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(texts),
        false => Err(Failure::new(problems.sorted(), NOTHING_WRITTEN)),
    }
}

fn one(file: &Wanted, web: &Web, from: Option<&str>) -> Result<String, Diagnostic> {
    let failed = |reason: String| {
        Diagnostic::error(codes::INPUT_UNAVAILABLE, reason)
            .file(&file.path)
            .help("`--from` takes a mirror's address or a folder")
    };
    let (bytes, origin) = match from {
        Some(folder) if !folder.contains("://") => {
            of_folder(Path::new(folder), file).map_err(failed)?
        }
        base => {
            let base = base.unwrap_or(UPSTREAM).trim_end_matches('/');
            let url = format!("{base}/{}", file.place);
            let bytes = web.get(&url).map_err(|error| failed(error.to_string()))?;
            (bytes, url)
        }
    };
    let digest = sha256(&bytes);
    if digest != file.digest {
        let message = format!(
            "{origin} is not the file that is locked: sha256 {digest}, wanted {}",
            file.digest
        );
        return Err(Diagnostic::error(codes::INPUT_DIFFERS, message)
            .file(&file.path)
            .help("somebody changed it on the way or at its source: do not use it, ask who did"));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| failed(format!("{origin} is not UTF-8 text")))?;
    read_through(&file.path, &text).map_err(|problem| *problem)?;
    Ok(text)
}

/// Reads every document in full, once: later commands trust the header alone.
fn read_through(path: &str, text: &str) -> Result<(), Box<Diagnostic>> {
    for document in load::vendored_documents(path, text)? {
        let whole = load::vendored_object(path, document.text.as_str())?.identity();
        if whole != document.object.identity() {
            let message = format!(
                "`{path}` holds {whole}, and its first lines say {}",
                document.object.identity()
            );
            return Err(Box::new(
                Diagnostic::error(codes::INPUT_INVALID, message).file(path),
            ));
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "the folder is a source that the user names"
)]
fn of_folder(folder: &Path, file: &Wanted) -> Result<(Vec<u8>, String), String> {
    let places = [&file.short, &file.place].map(|place| folder.join(place));
    let found = places.iter().find(|place| place.is_file());
    let found = found.ok_or_else(|| {
        format!(
            "{} has neither {} nor {}",
            folder.display(),
            file.short,
            file.place
        )
    })?;
    let bytes = std::fs::read(found)
        .map_err(|error| format!("failed to read {}: {error}", found.display()))?;
    Ok((bytes, found.display().to_string()))
}

fn write_lock<'w>(
    workspace: &Workspace,
    files: impl Iterator<Item = &'w Wanted>,
) -> Result<(), Failure> {
    let before = workspace.repository.lock.clone();
    let mut lock = before.clone().unwrap_or_default();
    lock.inputs
        .extend(files.map(|file| (file.path.clone(), file.digest.clone())));
    match before.as_ref() == Some(&lock) {
        true => Ok(()),
        false => super::files::write(&workspace.root.join(LOCK), &lock.text()),
    }
}
