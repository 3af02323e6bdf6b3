//! Kinds and versions that the environment's Kubernetes does not serve, now or soon.

mod removed;

use super::facts::{Fact, Facts};
use super::problem::Problem;
use super::schema::builtin;
use crate::diagnostic::codes;
use crate::model::version::Minor;
use crate::object::{Object, Path, well_known_group};
use crate::yaml::Value;
use removed::Removal;

pub use removed::with as gone_with;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    facts
        .looked_into()
        .filter_map(|(node, fact)| of_object(facts, node, fact))
        .collect()
}

fn of_object(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Option<Problem> {
    let (group, kind) = (fact.object.group(), fact.object.kind());
    if let Some(removal) = removed::find(fact.object.api_version(), kind) {
        return removed(facts, node, fact, &removal);
    }
    if let Some(crd) = facts.crd(group, kind) {
        return of_crd(node, fact, crd);
    }
    let known = builtin::is_known(fact.object.api_version(), kind) || facts.has_outside(group);
    (!known).then(|| unknown(node, fact))
}

fn removed(
    facts: &Facts<'_>,
    node: usize,
    fact: &Fact<'_>,
    removal: &Removal<'_>,
) -> Option<Problem> {
    let now = facts.checking.kubernetes.minor();
    let next = Minor {
        minor: now.minor + 1,
        ..now
    };
    let what = format!("uses {} {}", fact.object.api_version(), fact.object.kind());
    let gone = removal.removed;
    let place = Path::of_keys(&["apiVersion"]);
    let problem = if gone <= now {
        let message = format!("{what}, which Kubernetes {now} does not serve: it went with {gone}");
        Problem::error(codes::API_REMOVED, node, &place, message)
    } else if gone <= next {
        let message = format!("{what}, which the next Kubernetes, {next}, does not serve");
        Problem::warning(codes::API_REMOVED, node, &place, message)
    } else if removal.deprecated.is_some_and(|since| since <= next) {
        let message = format!("{what}, which goes with Kubernetes {gone}");
        Problem::warning(codes::API_DEPRECATED, node, &place, message)
    } else {
        return None;
    };
    Some(match removal.replacement {
        Some(replacement) => problem.help(format!("use {replacement}")),
        None => problem.help("nothing takes its place"),
    })
}

/// A kind that nobody makes.
fn unknown(node: usize, fact: &Fact<'_>) -> Problem {
    let (group, kind) = (fact.object.group(), fact.object.kind());
    let api = fact.object.api_version();
    let place = Path::of_keys(&["apiVersion"]);
    let error = |message: String| Problem::error(codes::API_UNKNOWN, node, &place, message);
    if builtin::is_group(group) {
        let problem = error(format!("uses {api} {kind}, which Kubernetes does not have"));
        return match (well_known_group(kind), builtin::version(group, kind)) {
            (_, Some(version)) => problem.help(format!("use {version}")),
            (Some(""), _) => problem.help("the kind belongs to v1"),
            (Some(other), _) => problem.help(format!("the kind belongs to {other}")),
            _ => problem,
        };
    }
    error(format!(
        "is a {kind} of {group}, and no component has its CRD"
    ))
    .help(format!(
        "add the component that has it, or list `crd:{group}` under `external` in environment.yaml"
    ))
}

/// A version that the CRD lacks, does not serve, or calls deprecated.
fn of_crd(node: usize, fact: &Fact<'_>, crd: &Object) -> Option<Problem> {
    let versions = crd.get(&["spec", "versions"]).and_then(Value::as_array)?;
    let name = |version: &Value| {
        version
            .get("name")
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let is_true = |version: &Value, key| version.get(key) == Some(&Value::Bool(true));
    let wanted = fact.object.version();
    let found = versions
        .iter()
        .find(|version| name(version).as_deref() == Some(wanted));
    let served: Vec<String> = versions
        .iter()
        .filter(|version| is_true(version, "served"))
        .filter_map(name)
        .collect();
    let place = Path::of_keys(&["apiVersion"]);
    let help = format!("the CRD serves {}", served.join(", "));
    if !found.is_some_and(|version| is_true(version, "served")) {
        let message = format!("uses version {wanted}, which its CRD does not serve");
        return Some(Problem::error(codes::API_UNKNOWN, node, &place, message).help(help));
    }
    found
        .filter(|version| is_true(version, "deprecated"))
        .map(|_| {
            let message = format!("uses version {wanted}, which its CRD calls deprecated");
            Problem::warning(codes::API_DEPRECATED, node, &place, message).help(help)
        })
}
