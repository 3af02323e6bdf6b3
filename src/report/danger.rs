//! What a reviewer must look at first.

use std::collections::BTreeMap;

use super::effect;
use super::style::Ink;
use super::words::{self, counted, object};
use crate::model::plan::{Action, Effect, Pace, Plan, Step};

/// Plain deletes of one component that are shown one by one.
const SINGLE_DELETES: usize = 5;

/// Kinds that are named of many deletes.
const KINDS: usize = 3;

/// One dangerous thing.
pub struct Danger {
    pub mark: &'static str,
    pub word: &'static str,
    pub object: String,
    pub reason: String,
    pub ink: Ink,
}

/// What stands in the way first, then what is replaced, deleted and restarted.
pub fn dangers(plan: &Plan) -> Vec<Danger> {
    let of = |action| plan.steps.iter().filter(move |step| step.action == action);
    let first = of(Action::Blocked).chain(of(Action::Replace)).map(step);
    let deletes = of(Action::Delete)
        .filter(|step| !step.effects.is_empty())
        .map(step);
    let mut dangers: Vec<Danger> = refusals(plan).chain(first).chain(deletes).collect();
    dangers.extend(plan.cluster.iter().flat_map(super::cluster::dangers));
    let aged = |cluster| super::cluster::aged(cluster, &plan.environment);
    dangers.extend(plan.cluster.iter().flat_map(aged));
    dangers.extend(plain_deletes(plan));
    for step in &plan.steps {
        dangers.extend(
            step.effects
                .iter()
                .filter_map(|effect| by_the_way(step, effect)),
        );
    }
    dangers
}

/// Why the plan as a whole is not applied.
fn refusals(plan: &Plan) -> impl Iterator<Item = Danger> {
    let refusals = plan.live.iter().flat_map(|live| &live.refusals);
    refusals.map(|reason| Danger {
        mark: words::mark(Action::Blocked),
        word: "refused",
        object: "the plan as a whole".to_owned(),
        reason: super::line::printable(reason),
        ink: Ink::Danger,
    })
}

/// One step, with the reasons why it is dangerous.
pub(super) fn step(step: &Step) -> Danger {
    let dangerous = step
        .effects
        .iter()
        .filter(|effect| effect.is_dangerous() && !matches!(effect, Effect::Restarts { .. }));
    let reasons: Vec<String> = dangerous.map(effect::words).collect();
    Danger {
        mark: words::mark(step.action),
        word: step.action.name(),
        object: object(&step.identity),
        reason: reasons.join(" · "),
        ink: words::ink(step.action),
    }
}

/// What a step that is blocked says besides its danger, which stands first in a report.
pub(super) fn said_besides(step: &Step) -> Vec<String> {
    let told = |effect: &&Effect| !(step.action == Action::Blocked && effect.is_dangerous());
    let besides = step.effects.iter().filter(told);
    besides.map(effect::words).collect()
}

/// Deletes with which nothing else goes, folded where there are many.
fn plain_deletes(plan: &Plan) -> Vec<Danger> {
    let mut components: BTreeMap<&str, Vec<&Step>> = BTreeMap::new();
    for step in &plan.steps {
        if step.action == Action::Delete && step.effects.is_empty() {
            components.entry(&step.component).or_default().push(step);
        }
    }
    let folded = |(component, steps): (&str, Vec<&Step>)| match steps.len() > SINGLE_DELETES {
        false => steps.into_iter().map(step).collect(),
        true => vec![Danger {
            object: format!("{} of {component}", counted(steps.len(), "object")),
            reason: kinds(&steps),
            ..step(steps[0])
        }],
    };
    components.into_iter().flat_map(folded).collect()
}

/// The kinds of which there are most.
fn kinds(steps: &[&Step]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for step in steps {
        *counts.entry(&step.identity.kind).or_default() += 1;
    }
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(kind, count)| (std::cmp::Reverse(*count), *kind));
    let rest: usize = counts.iter().skip(KINDS).map(|(_, count)| count).sum();
    let named = counts
        .iter()
        .take(KINDS)
        .map(|(kind, count)| format!("{count} {kind}"));
    let named = named.collect::<Vec<_>>().join(", ");
    match rest {
        0 => named,
        rest => format!("{named} and {rest} more"),
    }
}

/// What happens beside a step that is not dangerous by its action.
fn by_the_way(step: &Step, effect: &Effect) -> Option<Danger> {
    let word = match effect {
        Effect::Restarts {
            pace: Pace::AtOnce, ..
        } => "restart",
        Effect::CrdChange { .. } if step.action == Action::Update => "change",
        _ => return None,
    };
    Some(Danger {
        mark: "!",
        word,
        object: object(&step.identity),
        reason: effect::words(effect)
            .trim_start_matches("restarts ")
            .to_owned(),
        ink: Ink::Danger,
    })
}
