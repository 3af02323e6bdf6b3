//! `upgrade`: the way to a newer Kubernetes or stack release, and the knob files of its first hop.

use std::path::Path;

use super::{files, render};
use crate::cli::arguments::{self, Format};
use crate::cli::cluster;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::upgrade::{ask, rehearse};
use crate::cli::workspace::{NOTHING_WRITTEN, Workspace};
use crate::model::tree::FileTree;
use crate::model::upgrade::{Edit, UpgradePath};
use crate::report;
use crate::tree;

pub fn run(
    directory: &Path,
    options: &arguments::Upgrade,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let workspace = Workspace::load(directory, terminal)?;
    let root = workspace.root.clone();
    let there = tree::disk::repository(&root)?;
    let name = &options.environment;
    let to = options.to.as_deref();
    let settings = cluster::settings(&workspace, name, terminal)?;
    let mut path = rehearse(workspace, name, to, there.clone(), terminal)?;
    if options.live {
        ask(&mut path, &settings, terminal)?;
    }
    terminal.result(&match options.format {
        Format::Text => report::upgrade::text(&path, terminal.out),
        Format::Json => report::pretty(&report::upgrade::json(&path)),
        Format::Markdown => report::upgrade::markdown(&path),
    });
    if options.check {
        return Ok(match path.is_free() {
            true => Exit::Done,
            false => Exit::Blocked,
        });
    }
    let Some(hop) = path.hops.first().filter(|_| may_go(&path)) else {
        return Ok(match path.is_empty() {
            true => Exit::Done,
            false => {
                terminal.talk(NOTHING_WRITTEN);
                Exit::Blocked
            }
        });
    };
    terminal.talk(&report::upgrade::edits(&hop.edits));
    if options.dry_run {
        terminal.talk(NOTHING_WRITTEN);
        return Ok(Exit::Done);
    }
    write(&root, &hop.edits)?;
    let rendering = arguments::Render {
        environments: vec![name.clone()],
        check: false,
    };
    if let Err(failure) = render::run(directory, &rendering, terminal) {
        put_back(&root, &hop.edits, &there)?;
        return Err(failure);
    }
    terminal.talk(&next(&path, to.unwrap_or_default()));
    Ok(Exit::Done)
}

/// The first hop is made when nothing is in its way, and there is a way to the target at all.
fn may_go(path: &UpgradePath) -> bool {
    path.next_is_free() && path.dead_end.is_none()
}

fn write(root: &Path, edits: &[Edit]) -> Result<(), Failure> {
    let mut edits = edits.iter();
    edits.try_for_each(|edit| files::write(&root.join(&edit.path), &edit.text))
}

/// Knob files without their manifests would be half a hop.
fn put_back(root: &Path, edits: &[Edit], there: &FileTree) -> Result<(), Failure> {
    for edit in edits {
        let path = root.join(&edit.path);
        match there.bytes(&edit.path) {
            Some(bytes) => files::write(&path, &String::from_utf8_lossy(bytes))?,
            None => remove(&path)?,
        }
    }
    Ok(())
}

#[expect(
    clippy::disallowed_methods,
    reason = "a file that this run made is taken away again"
)]
fn remove(path: &Path) -> Result<(), Failure> {
    Ok(std::fs::remove_file(path)?)
}

/// What comes after the files.
fn next(path: &UpgradePath, to: &str) -> String {
    let name = &path.environment;
    let first = format!(
        "next: look at `git diff --stat` and commit it, then kops-stack plan {name} && kops-stack apply {name}"
    );
    match path.hops.len() {
        1 => first,
        hops => format!("{first}\nthen: kops-stack upgrade {name} --to {to}, for hop 2 of {hops}"),
    }
}
