//! Secret values in manifests, readable by everyone who can read the repository.

use super::deprecated::template;
use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;

/// Keys of Secrets that are not secret: certificates.
const PUBLIC: [&str; 2] = ["ca.crt", "tls.crt"];

/// How names of variables end that hold secrets.
const SECRET_ENDINGS: [&str; 6] = [
    "PASSWORD",
    "PASSWD",
    "TOKEN",
    "SECRET",
    "SECRET_KEY",
    "API_KEY",
];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        for (place, what) in plain(fact) {
            let message = format!("holds the {what} in plain text");
            let problem = Problem::error(codes::SECRET_PLAINTEXT, node, &place.path, message);
            problems.push(problem.hiding_line().help(
                "refer to a Secret that is made by other means, and change the value if it was committed",
            ));
        }
    }
    problems
}

fn plain<'f>(fact: &'f Fact<'_>) -> Vec<(Place<'f>, String)> {
    let root = Place::root(fact.value());
    match fact.is("", "Secret") {
        true => ["data", "stringData"]
            .into_iter()
            .flat_map(|key| of_secret(&root, key))
            .collect(),
        false => of_pods(fact, &root),
    }
}

fn of_secret<'f>(root: &Place<'f>, key: &str) -> Vec<(Place<'f>, String)> {
    let entries = root
        .at(&[key])
        .map(|data| data.entries())
        .unwrap_or_default();
    let filled = entries.into_iter().filter(|(key, place)| {
        let empty = place.value.as_str().is_none_or(str::is_empty);
        !empty && !PUBLIC.contains(key)
    });
    filled
        .map(|(key, place)| (place, format!("value of `{key}`")))
        .collect()
}

fn of_pods<'f>(fact: &Fact<'_>, root: &Place<'f>) -> Vec<(Place<'f>, String)> {
    let spec = template(fact.object, root).and_then(|template| template.at(&["spec"]));
    let lists = ["initContainers", "containers"].into_iter();
    let containers = lists.flat_map(|list| spec.iter().flat_map(move |spec| spec.list(&[list])));
    let variables = containers.flat_map(|container| container.list(&["env"]));
    let secret = variables.filter_map(|variable| {
        let name = variable
            .text(&["name"])
            .filter(|name| sounds_secret(name))?;
        let value = variable.at(&["value"])?;
        let text = value.value.as_str()?;
        is_secret(text).then(|| (value, format!("variable `{name}`")))
    });
    secret.collect()
}

fn sounds_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    SECRET_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Switches, paths and references to other variables are not.
fn is_secret(value: &str) -> bool {
    let harmless = matches!(value, "" | "true" | "false") || value.contains("$(");
    !harmless && !value.starts_with('/')
}
