//! What upstream changed between two versions shows between our renderings of the two.
//!
//! `<module>/changed.yaml` has a row for each fact of a release that this repository knows: with the
//! fields in which it shows, or with the reason why no manifest can show it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kops_stack::diagnostic::Diagnostics;
use kops_stack::model::module::{Lifecycle, Module};
use kops_stack::model::version::Version;
use kops_stack::object::{Object, Path};
use kops_stack::yaml::{Value, strict_value};
use serde::Deserialize;
use serde_json::json;

use super::chart::{self, Chart, document, folder};
use super::{install, leaves, normal};
use crate::catalogue::case::Case;
use crate::support::catalogue::{CATALOGUE, told};

/// From one version of a module to the next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    from: String,
    to: String,
    /// What both are rendered with.
    #[serde(default)]
    cluster: Value,
    rows: Vec<Row>,
}

/// One thing that changed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Row {
    what: String,
    #[serde(default)]
    knobs: Value,
    #[serde(default)]
    available: Vec<String>,
    /// Part of the message by which the older version refuses the knobs.
    refused_before: Option<String>,
    #[serde(default)]
    shows: Vec<Shown>,
    /// A capability that the newer version requires and the older does not.
    requires: Option<String>,
    /// Every outside file of the module has another digest.
    #[serde(default)]
    inputs: bool,
    /// Nothing differs but images and labels of the version.
    #[serde(default)]
    nothing_else: bool,
    /// Why no manifest shows it.
    unseen: Option<String>,
}

/// Where it shows: an object that stands on one side only, or a leaf with two values.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shown {
    object: String,
    path: Option<String>,
    #[serde(default)]
    before: Value,
    #[serde(default)]
    after: Value,
}

type Leaves = BTreeMap<String, BTreeMap<String, Value>>;

#[test]
fn what_upstream_changed_shows_between_our_versions() {
    let charts = chart::all();
    let mut shown = 0;
    let mut wrong = Vec::new();
    for module in CATALOGUE.modules.values() {
        let chart = charts.iter().find(|chart| chart.module == module.name);
        for step in steps(module) {
            for row in &step.rows {
                let problems = row.problems(module, chart, &step);
                shown += usize::from(row.unseen.is_none());
                let title = format!("{} {} to {}", module.name, step.from, step.to);
                let told = |problem| format!("{title}: {}: {problem}", row.what);
                wrong.extend(problems.into_iter().map(told));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    eprintln!("{shown} changes of upstream show between two versions of ours");
    assert!(shown > 30, "only {shown} rows show anything");
}

#[test]
fn every_step_between_versions_of_a_module_is_told() {
    let mut missing = Vec::new();
    for module in CATALOGUE.modules.values() {
        let told: BTreeSet<(String, String)> = steps(module)
            .into_iter()
            .map(|step| (step.from, step.to))
            .collect();
        // Newest first.
        let versions: Vec<String> = module
            .versions
            .iter()
            .map(|known| known.version.to_string())
            .collect();
        let steps: BTreeSet<(String, String)> = versions
            .windows(2)
            .map(|pair| (pair[1].clone(), pair[0].clone()))
            .collect();
        if told != steps {
            missing.push(format!("{}: {told:?}, not {steps:?}", module.name));
        }
        assert!(module.lifecycle != Lifecycle::Active || versions.len() > 1);
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn steps(module: &Module) -> Vec<Step> {
    let path = folder().join(&module.name).join("changed.yaml");
    if !path.is_file() {
        return Vec::new();
    }
    let document = document(&path);
    let mut diagnostics = Diagnostics::default();
    let value = strict_value(&document, &document.root, &mut diagnostics);
    assert!(!diagnostics.has_errors(), "{}", told(&diagnostics));
    serde_json::from_value(value).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
}

impl Row {
    fn problems(&self, module: &Arc<Module>, chart: Option<&Chart>, step: &Step) -> Vec<String> {
        let seen = !self.shows.is_empty()
            || self.refused_before.is_some()
            || self.requires.is_some()
            || self.inputs
            || self.nothing_else;
        if seen == self.unseen.is_some() {
            return vec!["it shows somewhere or is `unseen`, one of the two".to_owned()];
        }
        let mut problems = Vec::new();
        problems.extend(self.requirement(module));
        problems.extend(self.digests(module, step));
        if self.shows.is_empty() && self.refused_before.is_none() && !self.nothing_else {
            return problems;
        }
        let mut case = Case::plain(module);
        let or_empty = |value: &Value| match value {
            Value::Null => json!({}),
            value => value.clone(),
        };
        case.knobs = or_empty(&self.knobs);
        case.cluster = or_empty(&step.cluster);
        case.available.clone_from(&self.available);
        let render = |version: &str| install::at(&case, version).map(|all| by_leaf(all, chart));
        let after = match render(&step.to) {
            Ok(after) => after,
            Err(problem) => return vec![problem],
        };
        match (render(&step.from), &self.refused_before) {
            (Ok(before), None) => {
                let shows = self.shows.iter();
                problems.extend(shows.filter_map(|shown| shown.problem(&before, &after)));
                if self.nothing_else {
                    let [before, after] = [(before, &step.from), (after, &step.to)]
                        .map(|(leaves, version)| without_version(leaves, version));
                    problems.extend(others(&before, &after));
                }
            }
            (Err(problem), Some(message)) if problem.contains(message) => {
                let shows = self.shows.iter();
                let nothing = Leaves::new();
                problems.extend(shows.filter_map(|shown| shown.problem(&nothing, &after)));
            }
            (Err(problem), _) => problems.push(problem),
            (Ok(_), Some(_)) => problems.push(format!("{} does not refuse it", step.from)),
        }
        problems
    }

    /// A rule with a feature holds from the version on in which the feature does.
    fn requirement(&self, module: &Module) -> Option<String> {
        let wanted = self.requires.as_ref()?;
        let rules = module.requires.iter();
        let mut rules = rules.filter(|rule| rule.capability.0 == *wanted);
        let found = rules.any(|rule| rule.feature.is_some());
        (!found).then(|| format!("no rule with a feature requires {wanted}"))
    }

    fn digests(&self, module: &Module, step: &Step) -> Vec<String> {
        if !self.inputs {
            return Vec::new();
        }
        let [from, to] =
            [&step.from, &step.to].map(|text| Version::parse(text).expect("a version"));
        let mut problems = Vec::new();
        for input in &module.inputs {
            let (Some(from), Some(to)) = (input.version(&from), input.version(&to)) else {
                problems.push("a version has no outside files".to_owned());
                continue;
            };
            let both = to
                .files
                .iter()
                .filter(|(file, _)| from.files.contains_key(*file));
            let same = both.filter(|(file, digest)| from.files[*file] == **digest);
            problems.extend(same.map(|(file, _)| format!("{file} is the same")));
        }
        if module.inputs.is_empty() {
            problems.push("the module has no outside files".to_owned());
        }
        problems
    }
}

impl Shown {
    fn problem(&self, before: &Leaves, after: &Leaves) -> Option<String> {
        let value = |side: &Leaves| match (&self.path, side.get(&self.object)) {
            (_, None) => Value::Null,
            (None, Some(_)) => json!(true),
            (Some(path), Some(leaves)) => leaves.get(path).cloned().unwrap_or_default(),
        };
        let found = (value(before), value(after));
        let wanted = (self.before.clone(), self.after.clone());
        let place = self.path.as_deref().unwrap_or("(the object)");
        (found != wanted || found.0 == found.1)
            .then(|| format!("{}: {place}: {found:?}, not {wanted:?}", self.object))
    }
}

fn by_leaf(objects: Vec<Object>, chart: Option<&Chart>) -> Leaves {
    let texts = chart.map(|chart| chart.texts.clone()).unwrap_or_default();
    let objects = objects.into_iter().map(|object| {
        let object = normal::plain(object, &texts);
        let value = object.value();
        let paths = leaves::paths(&Path::root(), value);
        let leaf = |path: Path| {
            (
                path.to_string(),
                path.get(value).cloned().unwrap_or_default(),
            )
        };
        (
            object.identity().to_string(),
            paths.into_iter().map(leaf).collect(),
        )
    });
    objects.collect()
}

/// A Job has the version in its name, and is a new one for each.
fn without_version(leaves: Leaves, version: &str) -> Leaves {
    let version = format!("-{}", version.replace('.', "-"));
    let named = leaves.into_iter().map(|(object, mut leaves)| {
        if let Some(Value::String(name)) = leaves.get_mut("metadata.name") {
            *name = name.replace(&version, "");
        }
        (object.replace(&version, ""), leaves)
    });
    named.collect()
}

/// Leaves that differ, apart from images and labels of the version.
fn others(before: &Leaves, after: &Leaves) -> Vec<String> {
    let objects: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let nothing = BTreeMap::new();
    let mut found = Vec::new();
    for object in objects {
        let [before, after] = [before, after].map(|side| side.get(object).unwrap_or(&nothing));
        let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        let differing = paths
            .into_iter()
            .filter(|path| before.get(*path) != after.get(*path));
        let meant = ["image", "labels[\"app.kubernetes.io/version\"]"];
        let other = differing.filter(|path| !meant.iter().any(|end| path.ends_with(end)));
        found.extend(other.map(|path| format!("{object}: {path} differs too")));
    }
    found
}
