//! What would be said of many objects in the same words.

use std::collections::BTreeMap;

use super::effect;
use crate::model::plan::{Action, Step};

/// Objects from which on a change that they share is told once. A new version changes a label of
/// nearly everything; the few other changes must not drown in that.
const MANY: usize = 3;

/// Steps, sorted by how they are told.
#[derive(Default)]
pub struct Told<'p> {
    /// Each on its own.
    pub single: Vec<&'p Step>,
    /// Together with those that change in the same fields from and to the same values.
    pub same: Vec<Vec<&'p Step>>,
    /// Only counted: nothing but their component changes.
    pub moved: BTreeMap<String, usize>,
}

pub fn told<'p>(steps: &[&'p Step]) -> Told<'p> {
    let mut told = Told::default();
    let mut changes: BTreeMap<String, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        match step.effects.as_slice() {
            [only] if step.action == Action::Noop => {
                *told.moved.entry(effect::words(only)).or_default() += 1;
            }
            [] if is_plain_update(step) => changes.entry(key(step)).or_default().push(step),
            _ => told.single.push(step),
        }
    }
    for steps in changes.into_values() {
        match steps.len() < MANY {
            true => told.single.extend(steps),
            false => told.same.push(steps),
        }
    }
    told.single.sort_by(|a, b| a.identity.cmp(&b.identity));
    told.same
        .iter_mut()
        .for_each(|steps| steps.sort_by_key(|step| by_kind(step)));
    told.same.sort_by_key(|steps| by_kind(steps[0]));
    told
}

fn is_plain_update(step: &Step) -> bool {
    step.action == Action::Update && step.unverified.is_none()
}

/// Equal for equal changes. Masked values are as good as others: they are shown the same.
fn key(step: &Step) -> String {
    format!("{:?}", step.changes)
}

fn by_kind(step: &Step) -> (&str, &str, &Option<String>, &str) {
    let identity = &step.identity;
    (
        &identity.kind,
        &identity.group,
        &identity.namespace,
        &identity.name,
    )
}
