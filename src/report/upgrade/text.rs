//! The way of an upgrade for people.

use super::super::fence;
use super::super::paper::Paper;
use super::super::style::{Ink, Style};
use super::super::words::counted;
use super::hop;
use crate::model::upgrade::{Edit, Obstacle, UpgradePath};
use crate::report::line::{padded, printable, width};

/// The whole path: a heading, each hop, and whether the way is free.
pub fn text(path: &UpgradePath, style: Style) -> String {
    let mut paper = Paper::new(style);
    paper.line(Ink::Heading, &heading(path));
    for (index, hop) in path.hops.iter().enumerate() {
        paper.gap();
        hop::write(&mut paper, hop, index + 1, path.hops.len());
    }
    if let Some(dead_end) = &path.dead_end {
        paper.gap();
        paper.line(Ink::Heading, "The way ends here");
        obstacle(&mut paper, dead_end);
    }
    paper.gap();
    let ink = match path.is_free() {
        true => Ink::Added,
        false => Ink::Danger,
    };
    paper.line(ink, &answer(path));
    paper.text
}

/// `prod · Kubernetes 1.35.4 → 1.36.3 · reference/2026.8 → 2026.11 · 1 hop`
fn heading(path: &UpgradePath) -> String {
    let kubernetes = path.hops.last().map(|hop| &hop.kubernetes.to);
    let stack = path.hops.last().map(|hop| hop.stack.to.as_str());
    let changes = [
        hop::kubernetes(&path.kubernetes, kubernetes.unwrap_or(&path.kubernetes)),
        hop::stack(&path.stack, stack.unwrap_or(&path.stack)),
    ];
    format!(
        "{} · {} · {}",
        printable(&path.environment),
        changes.join(" · "),
        counted(path.hops.len(), "hop")
    )
}

/// Yes or no, in one line.
pub fn answer(path: &UpgradePath) -> String {
    if path.is_empty() {
        return format!("nothing to do: {} is there", path.target);
    }
    let target = &path.target;
    let obstacles = counted(path.obstacles().count(), "obstacle");
    match path.is_free() {
        true => format!("yes: nothing is in the way to {target}"),
        false if path.next_is_free() && path.hops.len() > 1 => {
            format!("no: {obstacles} on the way to {target}, none in the first hop")
        }
        false => format!("no: {obstacles} on the way to {target}"),
    }
}

/// What is in the way, where, and the way out of it.
pub(super) fn obstacle(paper: &mut Paper, obstacle: &Obstacle) {
    let head = format!("    x {}", obstacle.code.name);
    paper.wrapped(Ink::Danger, &head, &printable(&obstacle.message));
    let place = obstacle.place.iter().map(|place| printable(place));
    for line in place.chain(obstacle.helps.iter().map(|help| printable(help))) {
        paper.wrapped(Ink::Quiet, "       ", &line);
    }
}

/// The values that were written, or would be, one a line.
pub fn edits(edits: &[Edit]) -> String {
    let values = || {
        edits
            .iter()
            .flat_map(|edit| edit.values.iter().map(move |value| (edit, value)))
    };
    let files = values().map(|(edit, _)| width(&edit.path)).max();
    let keys = values().map(|(_, value)| width(&value.key)).max();
    let mut lines = Vec::new();
    for (edit, value) in values() {
        let over = value.over.as_ref().map(|over| {
            let shared = match over.shared_with.as_slice() {
                [] => String::new(),
                [other] => format!(", which {other} shares"),
                others => format!(", which {} share", others.join(", ")),
            };
            format!("  over layer {}{shared}", over.layer)
        });
        lines.push(format!(
            "~ {}  {}  {} → {}{}",
            padded(&edit.path, files.unwrap_or(0)),
            padded(&value.key, keys.unwrap_or(0)),
            value.value.from,
            value.value.to,
            over.unwrap_or_default()
        ));
    }
    lines.join("\n")
}

/// The same text in a comment, with the answer in front.
pub fn markdown(path: &UpgradePath) -> String {
    let text = text(path, Style::Plain);
    let lines: Vec<String> = text.trim_end().lines().map(str::to_owned).collect();
    format!(
        "### Upgrade of {}: {}\n\n{}",
        fence::span(&path.environment),
        fence::prose(&answer(path)),
        fence::block("text", &lines)
    )
}
