//! `render`: the manifests of environments, only changed files written.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use super::{files, plan};
use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::cli::workspace::{NOTHING_WRITTEN, Rendered, Workspace};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::load::LOCK;
use crate::manifests::{self, Operation, Tree};
use crate::model::lock::Lock;
use crate::model::plan::Against;
use crate::model::tree::FileTree;
use crate::order;
use crate::report;
use crate::resolve::{LockState, in_use, lock_state, with_missing};
use crate::tree;

/// An environment's files as they should be and as they are.
struct Wanted {
    name: String,
    tree: Tree,
    present: FileTree,
    /// Whether any file differs from what is there.
    changed: bool,
    objects: usize,
    used: Lock,
    stand_ins: bool,
    /// Objects that wait for one another: they could be rendered, and never applied.
    circles: Diagnostics,
}

pub fn run(
    directory: &Path,
    options: &arguments::Render,
    terminal: &Terminal,
) -> Result<Exit, Failure> {
    let started = Instant::now();
    let workspace = Workspace::load_for(directory, &options.environments, terminal)?;
    let names = workspace.environments(&options.environments)?;
    if names.is_empty() {
        terminal.talk("there is no environment yet: `kops-stack new environment NAME` adds one");
        return Ok(Exit::Done);
    }
    let root = &workspace.root;
    let wanted = workspace.render(&names, terminal, |rendered| wanted(root, &rendered))?;
    let wanted: Vec<Wanted> = wanted.into_iter().collect::<Result<_, _>>()?;
    let locking = Locking::of(&workspace, &wanted);
    if options.check {
        return check(&wanted, &locking, terminal);
    }
    locking.refuse_silent_changes(&workspace, &wanted, terminal)?;
    let operations = operations(&wanted)?;
    wanted
        .par_iter()
        .zip(&operations)
        .try_for_each(|(wanted, operations)| {
            manifests::write(&root.join(manifests::folder(&wanted.name)), operations)
        })?;
    if let Some(lock) = &locking.extended {
        files::write(&root.join(LOCK), &lock.text())?;
    }
    report(&wanted, &operations, started, terminal);
    Ok(Exit::Done)
}

fn wanted(root: &Path, rendered: &Rendered) -> Result<Wanted, Failure> {
    let name = rendered.environment.name.clone();
    let components = rendered.rendering.components.values();
    let tree = manifests::tree(&rendered.rendering);
    let folder = manifests::folder(&name);
    let present = tree::disk::below(root, &folder)?;
    let changed = !manifests::compare(&tree, &present, &folder).is_empty();
    Ok(Wanted {
        // Asked of what changes only: an order looks into every CRD, and what is there has one.
        circles: match changed {
            true => order::order(&rendered.rendering).err().unwrap_or_default(),
            false => Diagnostics::default(),
        },
        objects: components.map(|component| component.objects.len()).sum(),
        used: in_use([&rendered.environment]),
        stand_ins: rendered.uses_stand_ins(),
        changed,
        // Two trees that are equal say no more than two that are empty, and a fleet's are large.
        tree: match changed {
            true => tree,
            false => Tree::new(),
        },
        present: match changed {
            true => present,
            false => FileTree::default(),
        },
        name,
    })
}

/// The changes of all environments; a circle or a stranger's file in any of them stops all.
fn operations(wanted: &[Wanted]) -> Result<Vec<Vec<Operation>>, Failure> {
    let mut all = Vec::new();
    let mut diagnostics = Diagnostics::default();
    let planned: Vec<_> = wanted
        .par_iter()
        .map(|wanted| {
            // Then each file is there, and no other.
            if !wanted.changed {
                return Ok(Vec::new());
            }
            let folder = manifests::folder(&wanted.name);
            manifests::operations(&wanted.tree, &wanted.present, &folder)
        })
        .collect();
    for (wanted, operations) in wanted.iter().zip(planned) {
        diagnostics.extend(wanted.circles.clone());
        match operations {
            Ok(operations) => all.push(operations),
            Err(problems) => diagnostics.extend(problems),
        }
    }
    match diagnostics.is_empty() {
        true => Ok(all),
        false => Err(Failure::new(diagnostics.sorted(), NOTHING_WRITTEN)),
    }
}

/// What kops-stack.lock holds against what is in use.
struct Locking {
    state: LockState,
    /// The lock to be written, where something is in use that it does not hold.
    extended: Option<Lock>,
}

impl Locking {
    fn of(workspace: &Workspace, wanted: &[Wanted]) -> Self {
        let mut used = Lock::default();
        for wanted in wanted {
            used = with_missing(&used, &wanted.used);
        }
        let lock = workspace.repository.lock.clone().unwrap_or_default();
        let state = lock_state(&lock, &used);
        let extended = (!state.missing.is_empty()).then(|| with_missing(&lock, &used));
        Self { state, extended }
    }

    /// A binary whose module or release differs from the locked one must render the same bytes.
    fn refuse_silent_changes(
        &self,
        workspace: &Workspace,
        wanted: &[Wanted],
        terminal: &Terminal,
    ) -> Result<(), Failure> {
        let mut diagnostics = Diagnostics::default();
        for wanted in wanted {
            let problems = self.silent_changes(wanted);
            if !problems.is_empty() {
                terminal.result(&differences(workspace, wanted, terminal)?);
            }
            diagnostics.extend(problems);
        }
        match diagnostics.is_empty() {
            true => Ok(()),
            false => Err(Failure::new(diagnostics, NOTHING_WRITTEN)),
        }
    }

    fn silent_changes(&self, wanted: &Wanted) -> Diagnostics {
        let folder = manifests::folder(&wanted.name);
        let files = manifests::compare(&wanted.tree, &wanted.present, &folder);
        let named = |(mark, path): &(char, String)| format!("{mark} {folder}/{path}");
        let mut diagnostics = Diagnostics::default();
        for module in &self.state.changed_modules {
            let of_module =
                |(_, path): &&(char, String)| module_of(wanted, path).as_deref() == Some(module);
            let files: Vec<String> = files.iter().filter(of_module).map(named).collect();
            if !files.is_empty() {
                diagnostics.push(differs(&format!("module `{module}`"), &files));
            }
        }
        let stacks = self.state.changed_stacks.iter();
        for stack in stacks.filter(|stack| wanted.used.stacks.contains_key(*stack)) {
            let files: Vec<String> = files.iter().map(named).collect();
            if !files.is_empty() {
                diagnostics.push(differs(&format!("stack release `{stack}`"), &files));
            }
        }
        diagnostics
    }
}

/// What would change, field by field: the files on disk against what the knobs render to.
fn differences(
    workspace: &Workspace,
    wanted: &Wanted,
    terminal: &Terminal,
) -> Result<String, Failure> {
    let folder = manifests::folder(&wanted.name);
    let names = [wanted.name.clone()];
    let rendered = workspace.render(&names, terminal, |rendered| rendered)?;
    // A manifest that was edited by hand cannot be compared field by field; its file is named.
    let (present, _) = manifests::read(&wanted.present, &folder, &wanted.name);
    let mut text = String::new();
    for rendered in &rendered {
        let heading = plan::heading(rendered, Some(&present), Against::Committed);
        let diff = plan::planned(&rendered.rendering, Some(&present), heading)?;
        text += &report::diff::text(&diff, terminal.out);
    }
    Ok(text)
}

fn differs(what: &str, files: &[String]) -> Diagnostic {
    let message = format!(
        "the built-in {what} is not the one in kops-stack.lock, and it renders other manifests"
    );
    let diagnostic = Diagnostic::error(codes::LOCK_DIFFERS, message).file(LOCK);
    files::naming(diagnostic, files).help("`kops-stack lock` accepts it; then render again")
}

/// The module whose component a path belongs to, as the wanted index says.
fn module_of(wanted: &Wanted, path: &str) -> Option<String> {
    let component = path.split('/').next()?;
    let index = wanted
        .tree
        .get(&format!("{component}/{}", manifests::INDEX))?;
    let index = manifests::Index::parse(index.as_bytes()).ok()?;
    Some(index.module)
}

/// Says what a rendering would change, and changes nothing.
fn check(wanted: &[Wanted], locking: &Locking, terminal: &Terminal) -> Result<Exit, Failure> {
    let mut lines = Vec::new();
    for wanted in wanted {
        let folder = manifests::folder(&wanted.name);
        for (mark, path) in manifests::compare(&wanted.tree, &wanted.present, &folder) {
            lines.push(format!("{mark} {folder}/{path}"));
        }
    }
    for missing in &locking.state.missing {
        lines.push(format!("~ {LOCK}: {missing} is in use and not locked"));
    }
    if lines.is_empty() {
        terminal.talk("the manifests are what the knobs say");
        return Ok(Exit::Done);
    }
    terminal.result(&lines.join("\n"));
    let count = lines.len();
    let (noun, verb) = match count {
        1 => ("file", "is"),
        _ => ("files", "are"),
    };
    terminal.talk(&format!(
        "{count} {noun} {verb} not what the knobs say: run `kops-stack render` and commit the result"
    ));
    Ok(Exit::Changes)
}

/// More environments than this are counted, not listed.
const LISTED: usize = 12;

fn report(wanted: &[Wanted], operations: &[Vec<Operation>], started: Instant, terminal: &Terminal) {
    let counts: Vec<Counts> = operations.iter().map(|all| Counts::of(all)).collect();
    let changed = wanted
        .iter()
        .zip(&counts)
        .filter(|(_, counts)| counts.any());
    let mut lines: Vec<String> = changed
        .map(|(wanted, counts)| format!("{}  {} objects, {counts}", wanted.name, wanted.objects))
        .collect();
    let total = counts.iter().fold(Counts::default(), |sum, counts| Counts {
        written: sum.written + counts.written,
        removed: sum.removed + counts.removed,
    });
    if lines.len() > LISTED {
        lines = vec![format!("{} environments changed, {total}", lines.len())];
    }
    let what = match total.any() {
        true => "rendered",
        false => "nothing changed",
    };
    let environments = counted(wanted.len(), "environment");
    let objects: usize = wanted.iter().map(|wanted| wanted.objects).sum();
    let seconds = started.elapsed().as_secs_f64();
    lines.push(format!(
        "{what}: {environments}, {objects} objects, {seconds:.2} s"
    ));
    let stand_ins = wanted.iter().filter(|wanted| wanted.stand_ins);
    let stand_ins: Vec<&str> = stand_ins.map(|wanted| wanted.name.as_str()).collect();
    let who = match stand_ins.len() {
        0..=LISTED => stand_ins.join(", "),
        many => counted(many, "environment"),
    };
    if !stand_ins.is_empty() {
        lines.push(format!(
            "CRDs are stand-ins in {who}: enough for a first look, not for a cluster that matters"
        ));
    }
    terminal.talk(&lines.join("\n"));
}

/// Files that a rendering touched, but for the list of what is under way.
#[derive(Debug, Default)]
struct Counts {
    written: usize,
    removed: usize,
}

impl Counts {
    fn of(operations: &[Operation]) -> Self {
        let mut counts = Self::default();
        for operation in operations {
            match operation {
                Operation::Create(path, _) | Operation::Write(path, _)
                    if !path.ends_with(manifests::UNDER_WAY) =>
                {
                    counts.written += 1
                }
                Operation::Remove(path) if !path.ends_with(manifests::UNDER_WAY) => {
                    counts.removed += 1
                }
                _ => {}
            }
        }
        counts
    }

    fn any(&self) -> bool {
        self.written + self.removed > 0
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.written, self.removed) {
            (written, 0) => write!(f, "{} written", counted(written, "file")),
            (0, removed) => write!(f, "{} removed", counted(removed, "file")),
            (written, removed) => {
                write!(f, "{} written, {removed} removed", counted(written, "file"))
            }
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}
