//! From rendered objects to what is wrong with them.
//!
//! Pure: the rules see the manifests of one environment and the facts of [`Checking`], no cluster
//! and no clock. Each rule is a function from [`Facts`] to [`Problem`]s; all of them run, always, so
//! that a person sees everything at once. Where a problem stands in a file is found at the end, and
//! only for what was found: most files are never parsed again.

mod apis;
mod budgets;
mod configuration;
mod deprecated;
mod duplicates;
mod exposure;
mod facts;
mod ignores;
mod images;
mod metadata;
mod modules;
mod monitors;
mod networks;
mod place;
mod ports;
mod privileged;
mod problem;
mod rbac;
mod references;
mod schema;
mod secrets;
mod selectors;
mod spans;

pub use apis::gone_with;
pub use ignores::settle;

use crate::model::checking::Checking;
use crate::model::finding::Findings;
use crate::model::rendering::Rendering;
use crate::object::Object;
use facts::Facts;
use problem::Problem;

/// All rules, in the order in which a reader would ask.
const RULES: &[fn(&Facts<'_>) -> Vec<Problem>] = &[
    apis::check,
    deprecated::check,
    schema::check,
    metadata::check,
    duplicates::check,
    references::check,
    selectors::check,
    ports::check,
    exposure::check,
    monitors::check,
    images::check,
    secrets::check,
    rbac::check,
    privileged::check,
    budgets::check,
    modules::check,
    networks::check,
];

/// What the schema of a CRD says against a custom resource, as `path: reason`.
pub fn against(crd: &Object, resource: &Object) -> Vec<String> {
    schema::against(crd, resource)
}

/// Checks the manifests of an environment.
pub fn check(rendering: &Rendering, checking: &Checking) -> Findings {
    let facts = Facts::of(rendering, checking);
    let problems = RULES.iter().flat_map(|rule| rule(&facts)).collect();
    let findings = spans::findings(&facts, problems);
    let objects = rendering.components.values();
    Findings {
        environment: rendering.environment.clone(),
        objects: objects.map(|component| component.objects.len()).sum(),
        ..ignores::divide(findings, checking)
    }
}
