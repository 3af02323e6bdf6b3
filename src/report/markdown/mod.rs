//! A plan or a difference as a comment on a pull request.
//!
//! Dangerous things first, a table of components, then the objects, folded. A comment holds 65,536
//! characters: the largest details give way first, and what gave way is said.

mod comment;
mod details;
#[cfg(test)]
mod tests;

pub use comment::comment;

use super::cluster;
use super::danger::dangers;
use super::fence::{prose, span};
use super::line::shortened;
use super::words::{by_component, counted, counts, kubernetes, notes, stack};
use crate::model::plan::{Action, Against, Plan, Step};

/// Bytes of a comment, below the limit of GitHub by what a caller may put around it.
pub const LIMIT: usize = 65_000;

/// Bytes that the dangerous part and the table may have each. What is beyond is counted.
const PART: usize = 16_000;

/// Bytes that are kept for the lines that say what was cut.
const CLOSING: usize = 1_000;

/// Characters of a line.
const COLUMNS: usize = 200;

/// Characters of the reasons of one dangerous thing.
const REASON: usize = 2 * COLUMNS;

/// The plan within the limit of a comment.
pub fn markdown(what: &str, plan: &Plan, whole: &str) -> String {
    within(what, plan, whole, LIMIT)
}

/// The plan in about `limit` bytes: the details give way first, then the table and what is dangerous.
/// What stands at the top always stays.
fn within(what: &str, plan: &Plan, whole: &str, limit: usize) -> String {
    let mut out = head(what, plan);
    let part = PART.min(limit / 4);
    let (dangers, all_told) = dangerous(plan, part);
    out += &dangers;
    if plan.is_empty() {
        return out;
    }
    out += &plan
        .cluster
        .as_ref()
        .map(cluster::markdown)
        .unwrap_or_default();
    out += &table(plan, part);
    let room = limit.saturating_sub(out.len() + CLOSING);
    out += &details::within(plan, all_told, room, whole);
    out
}

fn head(what: &str, plan: &Plan) -> String {
    let counts = match plan.is_empty() {
        true => format!(
            "nothing changes, {} unchanged",
            counted(plan.unchanged(), "object")
        ),
        false => counts(plan),
    };
    let environment = span(&shortened(&plan.environment, COLUMNS));
    let title = format!(
        "### {what} for {environment}: {counts}\n\n{}\n",
        facts(plan)
    );
    let note = |note: String| format!("- {}\n", prose(&shortened(&note, COLUMNS)));
    match limited(notes(plan).into_iter().map(note), PART, "more notes") {
        notes if notes.is_empty() => title,
        notes => format!("{title}\n{notes}"),
    }
}

fn facts(plan: &Plan) -> String {
    let heading = &plan.heading;
    let against = match &heading.against {
        Against::Empty => "against an empty cluster".to_owned(),
        Against::Revision(revision) => format!("against {revision}"),
        Against::Committed => "against the manifests on disk".to_owned(),
        Against::Live => "against the cluster".to_owned(),
    };
    let kubernetes = kubernetes(heading);
    let digest = plan
        .live
        .as_ref()
        .map(|live| format!("plan {}", live.digest));
    let facts: Vec<String> = [Some(stack(heading)), kubernetes, Some(against), digest]
        .into_iter()
        .flatten()
        .map(|fact| prose(&shortened(&fact, COLUMNS)))
        .collect();
    facts.join(" · ")
}

/// What is dangerous, and whether all of it stands there.
fn dangerous(plan: &Plan, room: usize) -> (String, bool) {
    let dangers = dangers(plan);
    let all = dangers.len();
    let lines = dangers.into_iter().map(|danger| {
        let object = span(&shortened(&danger.object, COLUMNS));
        let reason = match danger.reason.is_empty() {
            true => String::new(),
            false => format!(": {}", prose(&shortened(&danger.reason, REASON))),
        };
        format!("- **{}** {object}{reason}\n", danger.word)
    });
    match limited(lines, room, "more dangerous changes") {
        lines if lines.is_empty() => (String::new(), true),
        lines => {
            let told = lines
                .lines()
                .filter(|line| line.starts_with("- **"))
                .count();
            (format!("\n#### Dangerous\n\n{lines}"), told == all)
        }
    }
}

fn table(plan: &Plan, room: usize) -> String {
    const HEAD: &str = "| component | create | update | replace | delete | other | unchanged |\n|---|---:|---:|---:|---:|---:|---:|\n";
    let rows = by_component(plan).map(|(component, steps)| row(plan, component, steps));
    format!("\n{HEAD}{}", limited(rows, room, "more components"))
}

fn row(plan: &Plan, component: &str, steps: &[Step]) -> String {
    let shown = [
        Action::Create,
        Action::Update,
        Action::Replace,
        Action::Delete,
    ];
    let of = |action| steps.iter().filter(|step| step.action == action).count();
    let counts = shown.map(of);
    let others = steps.len() - counts.iter().sum::<usize>();
    let unchanged = plan.unchanged.get(component).copied().unwrap_or(0);
    let cells = counts
        .into_iter()
        .chain([others, unchanged])
        .map(|count| format!(" {count} |"));
    format!(
        "| {} |{}\n",
        span(&named(plan, component)),
        cells.collect::<String>()
    )
}

fn named(plan: &Plan, component: &str) -> String {
    let change = plan
        .components
        .iter()
        .find(|change| change.component == component);
    let versions = change.and_then(|change| Some((change.from.as_ref()?, change.to.as_ref()?)));
    let name = match versions {
        Some((from, to)) => format!("{component} {from} → {to}"),
        None => component.to_owned(),
    };
    shortened(&name, COLUMNS)
}

/// As many lines as a part may have, and how many there would be more.
fn limited(lines: impl Iterator<Item = String>, room: usize, more: &str) -> String {
    let mut out = String::new();
    let mut left = 0;
    for line in lines {
        match left == 0 && out.len() + line.len() <= room {
            true => out += &line,
            false => left += 1,
        }
    }
    match left {
        0 => out,
        left => format!("{out}\n… and {left} {more}\n"),
    }
}
