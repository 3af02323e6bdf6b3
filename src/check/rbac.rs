//! Rights that hold for everything.

use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::yaml::Value;

const GROUP: &str = "rbac.authorization.k8s.io";
const HELP: &str =
    "name what is needed; who takes over its pods has these rights, also over what is added later";

/// Verbs that change nothing.
const READING: [&str; 3] = ["get", "list", "watch"];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let ours = facts
        .looked_into()
        .filter(|(_, fact)| fact.identity.group == GROUP);
    ours.flat_map(|(node, fact)| match fact.identity.kind.as_str() {
        "Role" | "ClusterRole" => of_role(node, fact),
        _ => of_binding(node, fact),
    })
    .collect()
}

fn of_role(node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    let rules = Place::root(fact.value()).list(&["rules"]);
    rules
        .iter()
        .filter_map(|rule| of_rule(node, rule))
        .collect()
}

fn of_rule(node: usize, rule: &Place<'_>) -> Option<Problem> {
    let lists = ["verbs", "resources", "apiGroups", "nonResourceURLs"];
    let wild: Vec<&str> = lists
        .into_iter()
        .filter(|key| has(rule, key, "*"))
        .collect();
    if wild.is_empty() {
        return None;
    }
    let place = rule.at(&[wild[0]])?;
    let message = format!("grants by `*` in {}", wild.join(", "));
    let verbs = texts(rule, "verbs");
    let reads = verbs.iter().all(|verb| READING.contains(verb));
    let problem = match wild.contains(&"resources") && !reads {
        true => Problem::error(codes::RBAC_WILDCARD, node, &place.path, message),
        false => Problem::warning(codes::RBAC_WILDCARD, node, &place.path, message),
    };
    Some(problem.help(HELP))
}

fn has(rule: &Place<'_>, key: &str, wanted: &str) -> bool {
    texts(rule, key).contains(&wanted)
}

fn texts<'v>(rule: &Place<'v>, key: &str) -> Vec<&'v str> {
    let items = rule.get(&[key]).and_then(Value::as_array);
    items
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

fn of_binding(node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    let root = Place::root(fact.value());
    let is_admin = root.text(&["roleRef", "kind"]) == Some("ClusterRole")
        && root.text(&["roleRef", "name"]) == Some("cluster-admin");
    let place = root.at(&["roleRef", "name"]).filter(|_| is_admin);
    let problem = place.map(|place| {
        let message = "grants cluster-admin, which may do everything";
        Problem::error(codes::RBAC_WILDCARD, node, &place.path, message).help(HELP)
    });
    problem.into_iter().collect()
}
