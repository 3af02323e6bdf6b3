//! The folded parts of a comment, and which of them give way.

use super::COLUMNS;
use crate::model::plan::{Action, Plan, Step};
use crate::report::change;
use crate::report::effect;
use crate::report::fence::{block, html, span};
use crate::report::line::{printable, shortened};
use crate::report::words::{by_component, counted, mark, object};

/// Lines of one part.
const LINES: usize = 200;

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

/// All parts within so many bytes: the largest are cut to their title, then the last left out.
pub fn within(plan: &Plan, room: usize, whole: &str) -> String {
    let details = details(plan);
    let mut texts: Vec<String> = details.iter().map(Detail::whole).collect();
    let cut = cut_largest(&mut texts, &details, room);
    let left_out = leave_out_last(&mut texts, room);
    let texts = texts.concat();
    let said = match (cut, left_out) {
        (0, _) => return format!("\n{texts}"),
        (1, 0) => "1 part was cut".to_owned(),
        (cut, 0) => format!("{cut} parts were cut, the largest first,"),
        (cut, left_out) => format!("{cut} parts were cut, {left_out} of them left out,"),
    };
    let whole = span(&shortened(whole, COLUMNS));
    format!("\n{texts}\n{said} to stay below the size of a comment. The whole: {whole}\n")
}

fn cut_largest(texts: &mut [String], details: &[Detail], room: usize) -> usize {
    let mut size: usize = texts.iter().map(String::len).sum();
    let mut largest: Vec<usize> = (0..texts.len()).collect();
    largest.sort_by_key(|index| std::cmp::Reverse(texts[*index].len()));
    for (cut, index) in largest.into_iter().enumerate() {
        if size <= room {
            return cut;
        }
        let brief = details[index].brief();
        size = size - texts[index].len() + brief.len();
        texts[index] = brief;
    }
    texts.len()
}

fn leave_out_last(texts: &mut Vec<String>, room: usize) -> usize {
    let mut size: usize = texts.iter().map(String::len).sum();
    let mut left_out = 0;
    while let Some(last) = texts.pop_if(|_| size > room) {
        size -= last.len();
        left_out += 1;
    }
    left_out
}
