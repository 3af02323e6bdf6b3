//! The folded parts of a comment, and which of them give way.

use super::{COLUMNS, REASON};
use crate::model::plan::{Action, Plan, Step};
use crate::report::change;
use crate::report::danger;
use crate::report::effect;
use crate::report::fence::{block, html, span};
use crate::report::line::{printable, shortened, width};
use crate::report::same::{Told, told};
use crate::report::words::{by_component, counted, mark, object, patched};

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

/// Of each component what comes, what changes and what goes; lists where nothing more is to be said.
///
/// `told`: all that is dangerous stands above.
fn details(plan: &Plan, told: bool) -> Vec<Detail> {
    let of = |(component, steps): (&str, &[Step])| of_component(component, steps, told);
    by_component(plan).flat_map(of).collect()
}

fn of_component(component: &str, steps: &[Step], told_above: bool) -> Vec<Detail> {
    let steps = steps.iter();
    let shown = steps.filter(|step| !(told_above && is_told_whole(step)));
    let (plain, others): (Vec<&Step>, Vec<&Step>) = shown.partition(|step| is_plain(step));
    let of = |action| {
        plain
            .iter()
            .copied()
            .filter(move |step| step.action == action)
    };
    let Told {
        single,
        same,
        moved,
    } = told(&others);
    let moved = moved.into_iter().map(|(words, count)| {
        let title = format!(
            "{}: {} moved",
            html(&shortened(component, COLUMNS)),
            counted(count, "object")
        );
        Detail::new(&title, &[words])
    });
    let created = list(
        component,
        "to create",
        &of(Action::Create).collect::<Vec<_>>(),
    );
    let deleted = list(
        component,
        "to delete",
        &of(Action::Delete).collect::<Vec<_>>(),
    );
    let same = same.iter().filter_map(|steps| {
        let mut detail = list(component, "with the same change", steps)?;
        detail.body = format!("{}\n{}", block("diff", &changes(steps[0])), detail.body);
        Some(detail)
    });
    let changed = single.into_iter().map(detail).chain(same).chain(moved);
    created.into_iter().chain(changed).chain(deleted).collect()
}

/// It is blocked, and what stands above says all of it.
fn is_told_whole(step: &Step) -> bool {
    let reason = danger::step(step).reason;
    step.action == Action::Blocked
        && danger::said_besides(step).is_empty()
        && step.changes.is_empty()
        && step.unverified.is_none()
        && width(&reason) <= REASON
}

/// Nothing more can be said of it than its name.
fn is_plain(step: &Step) -> bool {
    let comes_or_goes = matches!(step.action, Action::Create | Action::Delete);
    comes_or_goes && step.effects.is_empty() && step.unverified.is_none()
}

fn list(component: &str, what: &str, steps: &[&Step]) -> Option<Detail> {
    let names: Vec<String> = steps.iter().map(|step| marked(step)).collect();
    let count = counted(names.len(), "object");
    let title = format!("{}: {count} {what}", html(&shortened(component, COLUMNS)));
    (!names.is_empty()).then(|| Detail::new(&title, &names))
}

fn marked(step: &Step) -> String {
    let name = shortened(&object(&step.identity), COLUMNS);
    match patched(step) {
        Some(patched) => format!("{} {name} ({patched})", mark(step.action)),
        None => format!("{} {name}", mark(step.action)),
    }
}

fn detail(step: &Step) -> Detail {
    let title = format!("{} {}", html(&marked(step)), step.action.name());
    let unverified = step.unverified.iter();
    let unverified = unverified.map(|why| format!("unverified: {}", printable(why)));
    let words = step.effects.iter().map(effect::words).chain(unverified);
    let words = words.map(|words| format!("! {}", shortened(&words, 2 * COLUMNS)));
    let lines: Vec<String> = words.chain(changes(step)).collect();
    Detail::new(&title, &lines)
}

/// As lines of a diff, which GitHub colours by their first character.
fn changes(step: &Step) -> Vec<String> {
    let lines = change::lines(&step.changes, COLUMNS)
        .into_iter()
        .map(|line| {
            let indent = if line.inner { "    " } else { "" };
            format!("{} {indent}{}", line.sign.mark(), line.text)
        });
    lines.collect()
}

/// All parts within so many bytes: the largest are cut to their title, then the last left out.
pub fn within(plan: &Plan, told: bool, room: usize, whole: &str) -> String {
    let details = details(plan, told);
    let mut texts: Vec<String> = details.iter().map(Detail::whole).collect();
    let cut = cut_largest(&mut texts, &details, room);
    let left_out = leave_out_last(&mut texts, room);
    let texts = texts.concat();
    let said = match (cut, left_out) {
        (0, _) if texts.is_empty() => return texts,
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
