//! The dry run of `kops update cluster`, read (`kops.md`, section 3).
//!
//! Only what stands below a heading that is known is taken for a change. Banners and recommendations come before
//! the first heading; a line that fits nowhere after it is kept as it is.

use crate::model::cluster::cloud::{CloudChanges, Task, TaskField};

/// Where in the report a line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Before,
    Creates,
    Modifies,
    Deferred,
    Deletes,
}

const HEADINGS: [(&str, Section); 4] = [
    ("Will create resources:", Section::Creates),
    ("Will modify resources:", Section::Modifies),
    (
        "Items will be deleted only when the --prune flag is specified:",
        Section::Deferred,
    ),
    ("Items will be deleted during update:", Section::Deletes),
];

/// How the report ends: with changes, and without.
const ENDS: [&str; 2] = [
    "Must specify --yes to apply changes",
    "No changes need to be applied",
];

/// Longer values than these are texts, lists and maps that nobody reads in a line.
const SHORT: usize = 60;

/// Reads stdout; None when it does not end as a report does.
pub fn read(stdout: &str) -> Option<CloudChanges> {
    let mut changes = CloudChanges::default();
    let mut section = Section::Before;
    let mut ended = false;
    for line in stdout.lines() {
        if let Some((_, begins)) = HEADINGS.iter().find(|(heading, _)| *heading == line) {
            section = *begins;
        } else if ENDS.contains(&line) {
            ended = true;
            section = Section::Before;
        } else if !line.trim().is_empty() {
            take(&mut changes, section, line);
        }
    }
    ended.then_some(changes)
}

fn take(changes: &mut CloudChanges, section: Section, line: &str) {
    let tasks = match section {
        Section::Before => return,
        Section::Creates => &mut changes.creates,
        Section::Modifies => &mut changes.modifies,
        Section::Deferred | Section::Deletes => {
            let items = match section {
                Section::Deferred => &mut changes.deferred,
                _ => &mut changes.deletes,
            };
            let words: Vec<&str> = line.split_whitespace().collect();
            match line.starts_with("  ") {
                true => items.push(words.join(" ")),
                false => changes.unknown.push(line.to_owned()),
            }
            return;
        }
    };
    let rest = line.strip_prefix("  ");
    match rest.and_then(|rest| rest.strip_prefix('\t')) {
        // Twenty blanks in the place of a name: a line of a text.
        Some(field) if field.starts_with(' ') => {}
        Some(field) => match tasks.last_mut() {
            Some(task) => task.fields.push(self::field(field)),
            None => changes.unknown.push(line.to_owned()),
        },
        None => match rest.and_then(|rest| rest.split_once('/')) {
            Some((kind, name)) if !kind.contains(' ') => tasks.push(Task {
                kind: kind.to_owned(),
                name: name.trim_end().to_owned(),
                fields: Vec::new(),
            }),
            _ => changes.unknown.push(line.to_owned()),
        },
    }
}

/// A name, padded, a tab, and the value: `4 -> 6`.
fn field(text: &str) -> TaskField {
    let (name, value) = text.split_once('\t').unwrap_or((text, ""));
    let change = value.split_once(" -> ").filter(|_| value.len() <= SHORT);
    TaskField {
        name: name.trim().to_owned(),
        change: change.map(|(old, new)| (old.trim().to_owned(), new.trim().to_owned())),
    }
}
