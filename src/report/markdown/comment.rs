//! Several environments in one comment.

use super::super::fence::span;
use super::super::words::counted;
use super::{COLUMNS, LIMIT, head, within};
use crate::model::plan::{Plan, Step};
use crate::report::danger::dangers;
use crate::report::line::shortened;

/// Less than this says nothing of an environment but its name.
const LEAST: usize = 2_000;

/// Bytes that are kept for what could not be shown at all.
const REST: usize = 1_000;

/// The plans of several environments within the limit of one comment: those with dangerous steps
/// first, those that do not change in one line at the end. `whole` names the command that shows all
/// of one.
pub fn comment(what: &str, plans: &[Plan], whole: impl Fn(&Plan) -> String) -> String {
    if let [plan] = plans {
        return within(what, plan, &whole(plan), LIMIT);
    }
    let is_told = |plan: &&Plan| !plan.is_empty() || !dangers(plan).is_empty();
    let (mut changed, same): (Vec<&Plan>, Vec<&Plan>) = plans.iter().partition(is_told);
    changed.sort_by_key(|plan| !plan.steps.iter().any(Step::is_dangerous));
    let mut out = String::new();
    let mut left = Vec::new();
    for (index, plan) in changed.iter().enumerate() {
        // What an environment does not use goes to those after it.
        let room = LIMIT.saturating_sub(out.len() + REST) / (changed.len() - index);
        let text = match room {
            0..LEAST => format!("{}\n`{}`\n", head(what, plan), whole(plan)),
            room => within(what, plan, &whole(plan), room),
        };
        match out.len() + text.len() + REST <= LIMIT {
            true => out += &format!("{text}\n"),
            false => left.push(*plan),
        }
    }
    out + &summary("more change", &left) + &summary("unchanged", &same)
}

fn summary(word: &str, plans: &[&Plan]) -> String {
    const NAMED: usize = 10;
    if plans.is_empty() {
        return String::new();
    }
    let names: Vec<String> = plans
        .iter()
        .take(NAMED)
        .map(|plan| span(&shortened(&plan.environment, COLUMNS / 4)))
        .collect();
    let others = match plans.len() > NAMED {
        true => ", …",
        false => "",
    };
    format!(
        "{} {word}: {}{others}\n",
        counted(plans.len(), "environment"),
        names.join(", ")
    )
}
