//! One field's change as lines: a path, and `old → new`.

use std::borrow::Cow;

use similar::{ChangeTag, TextDiff};

use super::line::{padded, printable, shortened, width};
use super::value::{pair, shown};
use crate::object::{ChangeKind, FieldChange};
use crate::yaml::Value;

/// The longest path that gets a column of its own.
const PATH: usize = 72;

/// Room in which values stand behind their path even when they must be shortened.
const ROOM: usize = 50;

/// Lines of a text that are shown of one change.
const LINES: usize = 24;

/// Lines up to which texts are compared: the time grows with their product.
const COMPARED: usize = 5_000;

/// A line of a report, and whether something is added, removed or changed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub sign: Sign,
    /// It is a line of the value itself and stands below its path.
    pub inner: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Added,
    Removed,
    Changed,
    Quiet,
}

impl Sign {
    /// As lines of a diff begin.
    pub fn mark(self) -> char {
        match self {
            Self::Added => '+',
            Self::Removed => '-',
            Self::Changed => '!',
            Self::Quiet => ' ',
        }
    }
}

impl Line {
    fn head(text: String, sign: Sign) -> Self {
        Self {
            text,
            sign,
            inner: false,
        }
    }

    fn inner(text: String, sign: Sign) -> Self {
        Self {
            text,
            sign,
            inner: true,
        }
    }
}

/// The changes of one object in `limit` columns, paths below one another.
pub fn lines(changes: &[FieldChange], limit: usize) -> Vec<Line> {
    let changes = joined(changes);
    let paths = changes.iter().map(|change| width(&path(change)));
    let column = paths.filter(|width| *width <= PATH).max().unwrap_or(0);
    let lines = changes
        .iter()
        .map(|change| change_lines(change, column, limit));
    lines.flatten().collect()
}

/// What leaves a place and what takes it is one change to a reader.
fn joined(changes: &[FieldChange]) -> Vec<Cow<'_, FieldChange>> {
    let mut joined: Vec<Cow<'_, FieldChange>> = Vec::with_capacity(changes.len());
    for change in changes {
        match joined.last_mut() {
            Some(last) if replaces(change, last) => last.to_mut().new.clone_from(&change.new),
            _ => joined.push(Cow::Borrowed(change)),
        }
    }
    joined
}

fn replaces(change: &FieldChange, last: &FieldChange) -> bool {
    last.new.is_none() && change.old.is_none() && change.path == last.path
}

fn path(change: &FieldChange) -> String {
    printable(&change.path.to_string())
}

fn change_lines(change: &FieldChange, column: usize, limit: usize) -> Vec<Line> {
    let path = path(change);
    if let (Some(Value::String(old)), Some(Value::String(new))) = (&change.old, &change.new)
        && (old.contains('\n') || new.contains('\n'))
    {
        return text_lines(&path, old, new, limit);
    }
    let room = limit.saturating_sub(column + 2);
    let (short, sign) = values(change, room);
    // What is shortened fills its room to the last.
    let complete = width(&short) < room;
    if width(&path) <= column && (complete || room >= ROOM) {
        let text = format!("{}  {short}", padded(&path, column));
        return vec![Line::head(text, sign)];
    }
    // A long path stands alone, so that its values have room.
    let (values, sign) = values(change, limit.saturating_sub(4));
    let path = Line::head(shortened(&path, limit), sign);
    vec![path, Line::head(format!("    {values}"), sign)]
}

/// `old → new`, `+ new` or `- old`.
fn values(change: &FieldChange, room: usize) -> (String, Sign) {
    let words = match change.kind {
        ChangeKind::Spelling => "  (the same, written otherwise)",
        ChangeKind::Reordered => "  (another order)",
        // Secrets of one length look alike.
        ChangeKind::Value if change.old == change.new => "  (another value)",
        ChangeKind::Value => "",
    };
    let room = room.saturating_sub(width(words));
    let (text, sign) = match (&change.old, &change.new) {
        (Some(old), Some(new)) => (pair(&shown(old), &shown(new), room), Sign::Changed),
        (None, Some(new)) => (alone('+', new, room), Sign::Added),
        (Some(old), None) => (alone('-', old, room), Sign::Removed),
        (None, None) => (String::new(), Sign::Quiet),
    };
    (text + words, sign)
}

fn alone(sign: char, value: &Value, room: usize) -> String {
    format!(
        "{sign} {}",
        shortened(&shown(value), room.saturating_sub(2))
    )
}

/// A text of several lines: the lines that differ.
fn text_lines(path: &str, old: &str, new: &str, limit: usize) -> Vec<Line> {
    let (before, after) = (old.lines().count(), new.lines().count());
    if before + after > COMPARED {
        let head = format!("{path}  {before} lines → {after} lines");
        return vec![Line::head(shortened(&head, limit), Sign::Changed)];
    }
    let differing = differing(old, new, limit.saturating_sub(6));
    let count = |sign| differing.iter().filter(|line| line.sign == sign).count();
    let (added, removed) = (count(Sign::Added), count(Sign::Removed));
    let head = format!("{path}  lines: {added} added, {removed} removed");
    let more = differing.len().saturating_sub(LINES);
    let mut lines = vec![Line::head(shortened(&head, limit), Sign::Changed)];
    lines.extend(differing.into_iter().take(LINES));
    if more > 0 {
        lines.push(Line::inner(format!("… {more} lines more"), Sign::Quiet));
    }
    lines
}

fn differing(old: &str, new: &str, limit: usize) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let changes = diff.iter_all_changes().filter_map(|change| {
        let sign = match change.tag() {
            ChangeTag::Equal => return None,
            ChangeTag::Delete => Sign::Removed,
            ChangeTag::Insert => Sign::Added,
        };
        let text = printable(change.value().trim_end_matches('\n'));
        Some(Line::inner(shortened(&text, limit), sign))
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::lines;
    use crate::object::{Schema, diff};

    #[test]
    fn what_takes_a_place_is_one_change() {
        let (old, new) = (
            json!({"args": ["-a", "-b=1"]}),
            json!({"args": ["-a", "-c=2"]}),
        );
        let changes = diff(&old, &new, &Schema::none());
        let lines: Vec<String> = lines(&changes, 80)
            .into_iter()
            .map(|line| line.text)
            .collect();
        assert_eq!(lines, ["args[1]  -b=1 → -c=2"]);
    }
}
