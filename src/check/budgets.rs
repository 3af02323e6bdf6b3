//! Disruption budgets that block every drain, hence every upgrade of nodes.

use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use super::selectors::pods::{PodSet, Replicas};
use super::selectors::selected;
use crate::diagnostic::codes;
use crate::yaml::Value;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let budgets = facts.of_kind("policy", "PodDisruptionBudget");
    budgets
        .filter_map(|(node, fact)| of_budget(facts, node, fact))
        .collect()
}

fn of_budget(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Option<Problem> {
    let sets: Vec<&PodSet> = selected(facts, fact).collect();
    let mut counts = sets.iter().map(|set| set.replicas);
    // Pods that no controller counts are evicted by another rule.
    let counted = counts.all(|replicas| replicas != Replicas::Other);
    if sets.is_empty() || !counted {
        return None;
    }
    let least: u64 = sets.iter().map(|set| least(set.replicas)).sum();
    if least == 0 {
        return None;
    }
    let root = Place::root(fact.value());
    let (place, message) = blocked(&root, least)?;
    let grows = sets
        .iter()
        .any(|set| matches!(set.replicas, Replicas::Scaled { grows: true, .. }));
    // More pods are no way out where none may ever go.
    let problem = match grows && !message.starts_with("lets no pod") {
        true => Problem::warning(codes::BUDGET_BLOCKS, node, &place.path, message),
        false => Problem::error(codes::BUDGET_BLOCKS, node, &place.path, message),
    };
    let workload = sets[0].node;
    let problem = problem.beside(workload, "the pods that it is about");
    Some(problem.help("run one replica more, or write `maxUnavailable: 1`"))
}

fn least(replicas: Replicas) -> u64 {
    match replicas {
        Replicas::Fixed(count) | Replicas::Scaled { least: count, .. } => count,
        Replicas::Other => 0,
    }
}

/// The field that leaves nothing to be evicted of `pods`, and what it does. Percentages of both fields
/// are rounded up (`GetScaledValueFromIntOrPercent` in the disruption controller).
fn blocked<'a>(root: &Place<'a>, pods: u64) -> Option<(Place<'a>, String)> {
    let spec = root.at(&["spec"])?;
    if let Some(place) = spec.at(&["maxUnavailable"]) {
        let none = amount(place.value, pods)? == 0;
        return none.then(|| {
            (
                place,
                "lets no pod go, so that no node can be drained".to_owned(),
            )
        });
    }
    let place = spec.at(&["minAvailable"])?;
    let wanted = amount(place.value, pods)?;
    let message = match pods {
        1 => "wants the only pod to stay, so that its node cannot be drained".to_owned(),
        pods => {
            format!("wants {wanted} of {pods} pods to stay, so that their nodes cannot be drained")
        }
    };
    (wanted >= pods).then_some((place, message))
}

fn amount(value: &Value, pods: u64) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => {
            let percent: u64 = text.strip_suffix('%')?.parse().ok()?;
            Some((percent * pods).div_ceil(100))
        }
        _ => None,
    }
}
