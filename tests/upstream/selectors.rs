//! Selectors are upstream's to the letter, since those of workloads cannot be changed: an install
//! of the chart can be adopted, under its usual release name and under another one.

use kops_stack::object::Object;
use kops_stack::yaml::{Value, emit};
use rayon::prelude::*;

use super::chart::{Another, Chart};
use super::install;
use super::survey::{Said, survey};

/// Kinds that select pods by labels.
const SELECTING: [&str; 5] = [
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "Service",
    "PodDisruptionBudget",
];

#[test]
fn selectors_are_upstreams_under_the_usual_release_name() {
    every_case(|_, said| Some((said.theirs_selecting(), selectors(&said.ours))));
}

#[test]
fn selectors_are_upstreams_under_another_release_name() {
    every_case(|chart, said| {
        let another = chart.another.as_ref()?;
        let theirs = said.theirs_selecting().into_iter();
        let theirs = theirs.map(|selector| under(&selector, another));
        let ours = install::objects(chart, &said.file, &said.version, &another.component);
        Some((theirs.collect(), selectors(&ours)))
    });
}

#[test]
fn every_chart_that_selects_pods_has_another_release_name() {
    let Some(survey) = survey() else { return };
    for said in &survey.cases {
        let chart = &survey.charts[said.chart];
        let needed = !selectors(&said.theirs).is_empty();
        assert_eq!(
            chart.another.is_some(),
            needed,
            "another: of {}",
            chart.module
        );
    }
}

impl Said {
    fn theirs_selecting(&self) -> Vec<String> {
        selectors(&self.theirs)
    }
}

/// Compares the selectors of both sides, each with its kind, whatever the objects are called.
fn every_case(sides: impl Fn(&Chart, &Said) -> Option<(Vec<String>, Vec<String>)> + Sync) {
    let Some(survey) = survey() else { return };
    let wrong = |said: &Said| -> (usize, Vec<String>) {
        let chart = &survey.charts[said.chart];
        let Some((mut theirs, mut ours)) = sides(chart, said) else {
            return (0, Vec::new());
        };
        theirs.sort();
        ours.sort();
        let title = format!("{} {} {}", chart.module, said.version, said.case);
        let wrong = match theirs == ours {
            true => Vec::new(),
            false => vec![format!(
                "{title}: upstream has\n{}\nours are\n{}",
                theirs.join(""),
                ours.join("")
            )],
        };
        (theirs.len(), wrong)
    };
    let compared: Vec<_> = survey.cases.par_iter().map(wrong).collect();
    let wrong: Vec<&String> = compared.iter().flat_map(|(_, wrong)| wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let count: usize = compared.iter().map(|(count, _)| count).sum();
    assert!(count > 50, "only {count} selectors were compared");
}

/// Kind and selector of each object that selects pods, as text.
fn selectors(objects: &[Object]) -> Vec<String> {
    let selecting = objects.iter().filter(|object| {
        SELECTING.contains(&object.kind()) && object.get(&["spec", "selector"]).is_some()
    });
    let texts = selecting.map(|object| {
        let selector = &object.value()["spec"]["selector"];
        format!("{}\n{}", object.kind(), emit(&sorted(selector)))
    });
    texts.collect()
}

/// Keys in one order on both sides.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::from_iter(entries)
        }
        other => other.clone(),
    }
}

/// The selector as the chart writes it for another release.
fn under(selector: &str, another: &Another) -> String {
    let lines = selector.lines().map(|line| {
        let indent = line.len() - line.trim_start().len();
        let (indent, label) = line.split_at(indent);
        let label = another.selectors.get(label).map_or(label, String::as_str);
        format!("{indent}{label}\n")
    });
    lines.collect()
}
