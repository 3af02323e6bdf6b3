//! Secret values in manifests, readable by everyone who can read the repository.

use super::configuration::{self, sounds_secret};
use super::deprecated::template;
use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;

/// Keys of Secrets that are not secret: certificates. Nor are templates, `*.tmpl`.
const PUBLIC: [&str; 2] = ["ca.crt", "tls.crt"];

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

fn of_secret<'f>(root: &Place<'f>, holder: &str) -> Vec<(Place<'f>, String)> {
    let entries = root
        .at(&[holder])
        .map(|data| data.entries())
        .unwrap_or_default();
    let secret = entries.into_iter().filter_map(|(key, place)| {
        let text = place.value.as_str().filter(|text| !text.is_empty())?;
        let decoded = match holder {
            "data" => configuration::decoded(text),
            _ => Some(text.to_owned()),
        };
        let what = match decoded {
            _ if PUBLIC.contains(&key) || key.ends_with(".tmpl") => return None,
            Some(text) => what(key, &text)?,
            None => format!("value of `{key}`"),
        };
        Some((place, what))
    });
    secret.collect()
}

/// What is secret of a value: all of it, unless it is a configuration, of which only some may be.
fn what(key: &str, text: &str) -> Option<String> {
    match configuration::read(key, text) {
        Some(configuration) => {
            let field = configuration::secret_field(&configuration)?;
            Some(format!("value of `{field}` in `{key}`"))
        }
        None => Some(format!("value of `{key}`")),
    }
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

/// Switches, paths and references to other variables are not.
fn is_secret(value: &str) -> bool {
    let harmless = matches!(value, "" | "true" | "false") || value.contains("$(");
    !harmless && !value.starts_with('/')
}
