//! A plan or a difference as a comment on a pull request.
//!
//! Dangerous things first, a table of components, then the objects, folded. A comment holds 65,536
//! characters: the largest details give way first, and what gave way is said.

#[cfg(test)]
mod tests;

use super::change;
use super::danger::dangers;
use super::effect;
use super::fence::{block, html, prose, span};
use super::line::{printable, shortened};
use super::words::{by_component, counted, counts, mark, notes, object};
use crate::model::plan::{Action, Against, Plan, Step};

/// Bytes of a comment, below the limit of GitHub by what a caller may put around it.
pub const LIMIT: usize = 65_000;

/// Bytes that the dangerous part and the table may have each. What is beyond is counted.
const PART: usize = 16_000;

/// Bytes that are kept for the lines that say what was cut.
const CLOSING: usize = 1_000;

/// Lines of one object, and characters of a line.
const LINES: usize = 200;
const COLUMNS: usize = 200;

pub fn markdown(what: &str, plan: &Plan, whole: &str) -> String {
    let mut out = head(what, plan);
    if !plan.is_empty() {
        out += &dangerous(plan);
        out += &table(plan);
        let room = LIMIT.saturating_sub(out.len() + CLOSING);
        out += &fitted(details(plan), room, whole);
    }
    out
}

fn head(what: &str, plan: &Plan) -> String {
    let heading = &plan.heading;
    let mut facts = vec![match &heading.stack_from {
        Some(from) if *from != heading.stack_to => format!("{from} → {}", heading.stack_to),
        _ => heading.stack_to.clone(),
    }];
    facts.push(format!("Kubernetes {}", heading.kubernetes));
    facts.push(match &heading.against {
        Against::Empty => "against an empty cluster".to_owned(),
        Against::Revision(revision) => format!("against {revision}"),
        Against::Live => "against the cluster".to_owned(),
    });
    let facts: Vec<String> = facts
        .iter()
        .map(|fact| prose(&shortened(fact, COLUMNS)))
        .collect();
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
        facts.join(" · ")
    );
    let notes = notes(plan)
        .into_iter()
        .map(|note| format!("- {}\n", prose(&shortened(&note, COLUMNS))));
    let notes = limited(notes, "more notes");
    match notes.is_empty() {
        true => title,
        false => format!("{title}\n{notes}"),
    }
}

fn dangerous(plan: &Plan) -> String {
    let lines = dangers(plan).into_iter().map(|danger| {
        let object = span(&shortened(&danger.object, COLUMNS));
        let reason = match danger.reason.is_empty() {
            true => String::new(),
            false => format!(": {}", prose(&shortened(&danger.reason, 2 * COLUMNS))),
        };
        format!("- **{}** {object}{reason}\n", danger.word)
    });
    match limited(lines, "more dangerous changes") {
        lines if lines.is_empty() => String::new(),
        lines => format!("\n#### Dangerous\n\n{lines}"),
    }
}

fn table(plan: &Plan) -> String {
    let rows = by_component(plan).map(|(component, steps)| {
        let of = |action| steps.iter().filter(|step| step.action == action).count();
        let others = steps.len()
            - [
                Action::Create,
                Action::Update,
                Action::Replace,
                Action::Delete,
            ]
            .map(of)
            .iter()
            .sum::<usize>();
        format!(
            "| {} | {} | {} | {} | {} | {others} | {} |\n",
            span(&named(plan, component)),
            of(Action::Create),
            of(Action::Update),
            of(Action::Replace),
            of(Action::Delete),
            plan.unchanged.get(component).unwrap_or(&0),
        )
    });
    let head = "\n| component | create | update | replace | delete | other | unchanged |\n|---|---:|---:|---:|---:|---:|---:|\n";
    format!("{head}{}", limited(rows, "more components"))
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
fn limited(lines: impl Iterator<Item = String>, more: &str) -> String {
    let mut out = String::new();
    let mut left = 0;
    for line in lines {
        match left == 0 && out.len() + line.len() <= PART {
            true => out += &line,
            false => left += 1,
        }
    }
    match left {
        0 => out,
        left => format!("{out}\n… and {left} {more}\n"),
    }
}

/// One folded part.
struct Detail {
    title: String,
    body: String,
}

impl Detail {
    fn new(title: &str, lines: &[String]) -> Self {
        let shown = &lines[..lines.len().min(LINES)];
        let more = lines.len() - shown.len();
        let mut body = block("diff", shown);
        if more > 0 {
            body += &format!("\n… {more} lines more\n");
        }
        Self {
            title: title.to_owned(),
            body,
        }
    }

    fn whole(&self) -> String {
        format!(
            "<details><summary>{}</summary>\n\n{}\n</details>\n",
            self.title, self.body
        )
    }

    fn brief(&self) -> String {
        format!(
            "<details><summary>{} (cut)</summary>\n</details>\n",
            self.title
        )
    }
}

/// What comes and what goes, as lists of each component; then every other object on its own.
fn details(plan: &Plan) -> Vec<Detail> {
    by_component(plan)
        .flat_map(|(component, steps)| {
            let (plain, others): (Vec<&Step>, Vec<&Step>) =
                steps.iter().partition(|step| is_plain(step));
            let of = |action| {
                plain
                    .iter()
                    .copied()
                    .filter(move |step| step.action == action)
            };
            let created = list(component, "to create", of(Action::Create).collect());
            let deleted = list(component, "to delete", of(Action::Delete).collect());
            let others = others.into_iter().map(detail);
            created.into_iter().chain(others).chain(deleted)
        })
        .collect()
}

/// Nothing more can be said of it than its name.
fn is_plain(step: &Step) -> bool {
    let comes_or_goes = matches!(step.action, Action::Create | Action::Delete);
    comes_or_goes && step.effects.is_empty() && step.unverified.is_none()
}

fn list(component: &str, what: &str, steps: Vec<&Step>) -> Option<Detail> {
    let name = |step: &&Step| {
        format!(
            "{} {}",
            mark(step.action),
            shortened(&object(&step.identity), COLUMNS)
        )
    };
    let names: Vec<String> = steps.iter().map(name).collect();
    let count = counted(names.len(), "object");
    let title = format!("{}: {count} {what}", html(&shortened(component, COLUMNS)));
    (!names.is_empty()).then(|| Detail::new(&title, &names))
}

fn detail(step: &Step) -> Detail {
    let name = format!(
        "{} {}",
        mark(step.action),
        shortened(&object(&step.identity), COLUMNS)
    );
    let title = format!("{} {}", html(&name), step.action.name());
    let unverified = step
        .unverified
        .iter()
        .map(|why| format!("unverified: {}", printable(why)));
    let words = step.effects.iter().map(effect::words).chain(unverified);
    let words = words.map(|words| format!("! {}", shortened(&words, 2 * COLUMNS)));
    let changes = change::lines(&step.changes, COLUMNS)
        .into_iter()
        .map(|line| {
            let indent = if line.inner { "    " } else { "" };
            format!("{} {indent}{}", line.sign.mark(), line.text)
        });
    let lines: Vec<String> = words.chain(changes).collect();
    Detail::new(&title, &lines)
}

/// The details within so many bytes: the largest are cut to their title, then the last left out.
fn fitted(details: Vec<Detail>, room: usize, whole: &str) -> String {
    let mut texts: Vec<String> = details.iter().map(Detail::whole).collect();
    let mut size: usize = texts.iter().map(String::len).sum();
    let mut largest: Vec<usize> = (0..texts.len()).collect();
    largest.sort_by_key(|index| std::cmp::Reverse(texts[*index].len()));
    let mut cut = 0;
    for index in largest {
        if size <= room {
            break;
        }
        let brief = details[index].brief();
        size = size - texts[index].len() + brief.len();
        texts[index] = brief;
        cut += 1;
    }
    let mut left_out = 0;
    while let Some(last) = texts.pop_if(|_| size > room) {
        size -= last.len();
        left_out += 1;
    }
    let details = texts.concat();
    match (cut, left_out) {
        (0, _) => format!("\n{details}"),
        (cut, 0) => format!(
            "\n{details}\n{} cut to stay below the size of a comment, the largest first. The whole: {}\n",
            parts(cut),
            command(whole)
        ),
        (cut, left_out) => format!(
            "\n{details}\n{} cut, {left_out} of them left out, to stay below the size of a comment. The whole: {}\n",
            parts(cut),
            command(whole)
        ),
    }
}

fn parts(count: usize) -> String {
    match count {
        1 => "1 part was".to_owned(),
        count => format!("{count} parts were"),
    }
}

fn command(whole: &str) -> String {
    span(&shortened(whole, COLUMNS))
}
