//! One field's change as lines: a path, and `old → new`.

use similar::{ChangeTag, TextDiff};

use super::line::{padded, printable, shortened, width};
use crate::object::{ChangeKind, FieldChange};
use crate::yaml::Value;

/// The longest path that gets a column of its own.
const PATH: usize = 56;

/// Lines of a text that are shown of one change.
const LINES: usize = 24;

/// A line of a report, and whether something is added, removed or changed by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub text: String,
    pub sign: Sign,
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

/// The changes of one object in `limit` columns, paths below one another.
pub fn lines(changes: &[FieldChange], limit: usize) -> Vec<Line> {
    let paths = changes.iter().map(|change| width(&path(change)));
    let column = paths
        .filter(|width| *width <= PATH)
        .max()
        .unwrap_or(0)
        .max(8);
    changes
        .iter()
        .flat_map(|change| change_lines(change, column, limit))
        .collect()
}

fn path(change: &FieldChange) -> String {
    printable(&change.path.to_string())
}

fn change_lines(change: &FieldChange, column: usize, limit: usize) -> Vec<Line> {
    let path = padded(&path(change), column);
    if let (Some(Value::String(old)), Some(Value::String(new))) = (&change.old, &change.new)
        && (old.contains('\n') || new.contains('\n'))
    {
        return text_lines(&path, old, new, limit);
    }
    // A long path stands alone, so that its values have room.
    let own_line = width(&path) > column;
    let room = limit.saturating_sub(if own_line { 4 } else { width(&path) + 2 });
    let (values, sign) = values(change, room);
    match own_line {
        false => vec![Line {
            text: format!("{path}  {values}"),
            sign,
        }],
        true => vec![
            Line {
                text: shortened(&path, limit),
                sign,
            },
            Line {
                text: format!("    {values}"),
                sign,
            },
        ],
    }
}

/// `old → new`, `+ new` or `- old`.
fn values(change: &FieldChange, room: usize) -> (String, Sign) {
    let words = match change.kind {
        ChangeKind::Value => "",
        ChangeKind::Spelling => "  (the same, written otherwise)",
        ChangeKind::Reordered => "  (another order)",
    };
    let room = room.saturating_sub(width(words));
    let (text, sign) = match (&change.old, &change.new) {
        (Some(old), Some(new)) => (pair(&value(old), &value(new), room), Sign::Changed),
        (None, Some(new)) => (alone("+", new, room), Sign::Added),
        (Some(old), None) => (alone("-", old, room), Sign::Removed),
        (None, None) => (String::new(), Sign::Quiet),
    };
    (text + words, sign)
}

fn alone(sign: &str, shown: &Value, room: usize) -> String {
    format!(
        "{sign} {}",
        shortened(&value(shown), room.saturating_sub(2))
    )
}

/// A value on one line: text bare where it cannot be taken for anything else.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

fn is_plain(text: &str) -> bool {
    let other = serde_json::from_str::<Value>(text).is_ok();
    !text.is_empty() && !other && text.trim() == text && !text.contains(['"', '\\', '\n'])
}

/// Both values, without what they have in common at their beginning where they would not fit.
fn pair(old: &str, new: &str, room: usize) -> String {
    let fits = |old: &str, new: &str| width(old) + width(new) + 3 <= room;
    if fits(old, new) {
        return format!("{old} → {new}");
    }
    let same = old.chars().zip(new.chars()).take_while(|(a, b)| a == b);
    // Back to where a word begins, so that `:v1.2` stays whole.
    let same: Vec<char> = same.map(|(a, _)| a).collect();
    let word = same
        .iter()
        .rposition(|c| !c.is_alphanumeric() && *c != '.')
        .unwrap_or(0);
    let (old_rest, new_rest) = (rest(old, word), rest(new, word));
    match word >= 4 {
        true => halves(&old_rest, &new_rest, room),
        false => halves(old, new, room),
    }
}

fn rest(text: &str, skipped: usize) -> String {
    format!("…{}", text.chars().skip(skipped).collect::<String>())
}

/// Shortens both; what one does not need, the other may have.
fn halves(old: &str, new: &str, room: usize) -> String {
    let room = room.saturating_sub(3);
    let half = room / 2;
    let for_old = half.max(room.saturating_sub(width(new)));
    let for_new = room.saturating_sub(for_old.min(width(old)));
    format!("{} → {}", shortened(old, for_old), shortened(new, for_new))
}

/// A text of several lines: the lines that differ.
fn text_lines(path: &str, old: &str, new: &str, limit: usize) -> Vec<Line> {
    let diff = TextDiff::from_lines(old, new);
    let differing: Vec<Line> = diff
        .iter_all_changes()
        .filter_map(|change| {
            let (mark, sign) = match change.tag() {
                ChangeTag::Equal => return None,
                ChangeTag::Delete => ("-", Sign::Removed),
                ChangeTag::Insert => ("+", Sign::Added),
            };
            let text = printable(change.value().trim_end_matches('\n'));
            let text = shortened(&text, limit.saturating_sub(6));
            Some(Line {
                text: format!("    {mark} {text}"),
                sign,
            })
        })
        .collect();
    let count = |sign| differing.iter().filter(|line| line.sign == sign).count();
    let (added, removed) = (count(Sign::Added), count(Sign::Removed));
    let head = format!(
        "{}  lines: {added} added, {removed} removed",
        path.trim_end()
    );
    let more = differing.len().saturating_sub(LINES);
    let mut lines = vec![Line {
        text: shortened(&head, limit),
        sign: Sign::Changed,
    }];
    lines.extend(differing.into_iter().take(LINES));
    if more > 0 {
        let text = format!("    … {more} lines more");
        lines.push(Line {
            text,
            sign: Sign::Quiet,
        });
    }
    lines
}
