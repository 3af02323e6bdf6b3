//! Modules that will go, or that upstream no longer mends.

use super::facts::Facts;
use super::problem::Problem;
use crate::diagnostic::{Severity, codes};
use crate::model::module::Lifecycle;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let components = facts.checking.components.iter();
    let problems = components.filter_map(|(name, component)| {
        let (word, successor) = match &component.lifecycle {
            Lifecycle::Active => return None,
            Lifecycle::Deprecated { successor } => ("deprecated", successor),
            Lifecycle::Retired { successor } => ("retired", successor),
        };
        let problem = Problem::of_knobs(
            Severity::Warning,
            codes::MODULE_LIFECYCLE,
            format!("component {name}"),
            format!("uses the module `{}`, which is {word}", component.module),
        );
        let problem = problem.at(component.span.clone(), "");
        Some(match successor {
            Some(successor) => problem.help(format!("its successor is `{successor}`")),
            None => problem,
        })
    });
    problems.collect()
}
