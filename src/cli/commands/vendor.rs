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
use crate::tree::embedded::BUILT_IN;
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
    let workspace = Workspace::load_without_vendored(directory, &options.environments, terminal)?;
    let wanted = match options.catalogue {
        true => whole_catalogue(&workspace),
        false => {
            let names = workspace.environments(&options.environments)?;
            wanted(&workspace, &names, terminal)?
        }
    };
    if wanted.is_empty() {
        terminal.talk("no module in use has outside inputs");
        return Ok(Exit::Done);
    }
    let (missing, present) = divided(&workspace.root, wanted)?;
    let fetched = fetch(&missing, options, terminal)?;
    let built_in = fetched.iter().filter(|file| file.built_in).count();
    let fetched: Vec<String> = fetched.into_iter().map(|file| file.text).collect();
    for (file, bytes) in missing.iter().zip(&fetched) {
        files::write(&workspace.root.join(&file.path), bytes)?;
    }
    write_lock(&workspace, missing.iter().chain(&present))?;
    let bytes: usize = fetched.iter().map(String::len).sum();
    terminal.talk(&format!(
        "vendor/ holds {} files: {} ({} KiB), {} were there, all as locked, {:.1} s",
        missing.len() + present.len(),
        match built_in {
            0 => format!("{} fetched", missing.len()),
            all if all == missing.len() => format!("{all} taken out of this program"),
            some => format!(
                "{some} taken out of this program and {} fetched",
                missing.len() - some
            ),
        },
        bytes / 1024,
        present.len(),
        started.elapsed().as_secs_f64()
    ));
    terminal.talk("next: `crds: vendored` in environment.yaml, then kops-stack render");
    Ok(Exit::Done)
}

/// The files of every version of every module.
fn whole_catalogue(workspace: &Workspace) -> Vec<Wanted> {
    let modules = workspace.repository.modules.values();
    let files = modules.flat_map(|module| {
        let versions = module.versions.iter();
        versions.flat_map(|known| files_of(module, &known.version))
    });
    files.collect()
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

/// What is not there yet, and what is. A file with other bytes is somebody's doing, and is not written
/// over.
#[expect(
    clippy::disallowed_methods,
    reason = "commands read what they would write"
)]
fn divided(root: &Path, wanted: Vec<Wanted>) -> Result<(Vec<Wanted>, Vec<Wanted>), Failure> {
    let (mut missing, mut present) = (Vec::new(), Vec::new());
    let mut changed = Diagnostics::default();
    for file in wanted {
        match std::fs::read(root.join(&file.path)).map(|bytes| sha256(&bytes)) {
            Ok(digest) if digest == file.digest => present.push(file),
            Ok(digest) => {
                let message = format!(
                    "`{}` is not the file that its module lists: sha256 {digest}, wanted {}",
                    file.path, file.digest
                );
                changed.push(
                    Diagnostic::error(codes::INPUT_DIFFERS, message)
                        .file(&file.path)
                        .help("restore it from git, or remove it and run `kops-stack vendor`"),
                );
            }
            Err(_) => missing.push(file),
        }
    }
    match changed.is_empty() {
        true => Ok((missing, present)),
        false => Err(Failure::new(changed.sorted(), NOTHING_WRITTEN)),
    }
}

/// All files, or an error that names each that could not be had.
fn fetch(
    wanted: &[Wanted],
    options: &arguments::Vendor,
    terminal: &Terminal,
) -> Result<Vec<Had>, Failure> {
    let web = Web::new(Duration::from_secs(options.timeout_secs));
    let progress = Progress::new("fetching", wanted.len(), terminal.watched);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(AT_ONCE)
        .build()?;
    let answers: Vec<Result<Had, Diagnostic>> = pool.install(|| {
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

/// A file that was had.
struct Had {
    text: String,
    /// Whether this program carries it.
    built_in: bool,
}

/// Whoever names a source means it; else what the program carries spares the way.
fn one(file: &Wanted, web: &Web, from: Option<&str>) -> Result<Had, Diagnostic> {
    let failed = |reason: String| {
        Diagnostic::error(codes::INPUT_UNAVAILABLE, reason)
            .file(&file.path)
            .help("`--from` takes a mirror's address or a folder")
    };
    let carried = match from {
        None => BUILT_IN.file(&file.path, &file.digest),
        Some(_) => None,
    };
    let built_in = carried.is_some();
    let (bytes, origin) = match (carried, from) {
        (Some(bytes), _) => (bytes, "this program".to_owned()),
        (None, Some(folder)) if !folder.contains("://") => {
            of_folder(Path::new(folder), file).map_err(failed)?
        }
        (None, base) => {
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
    Ok(Had { text, built_in })
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
