//! Selectors are upstream's to the letter, since those of workloads cannot be changed: an install
//! of the chart can be adopted, under its usual release name and under another one.

use kops_stack::object::Object;
use kops_stack::yaml::{Value, emit};

use super::chart::{self, Another, Chart, Component, Counterpart};
use super::{golden, install, normal};

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
    every_case(|chart| Some((&chart.component, None)));
}

#[test]
fn selectors_are_upstreams_under_another_release_name() {
    every_case(|chart| {
        let another = chart.another.as_ref()?;
        Some((&another.component, Some(another)))
    });
}

#[test]
fn every_chart_that_selects_pods_has_another_release_name() {
    let Some(goldens) = golden::goldens() else {
        return;
    };
    for chart in chart::all().iter().filter(|chart| chart.another.is_none()) {
        for version in chart.versions.keys() {
            let folder = goldens.join(&chart.chart).join(version);
            let found = selectors(golden::objects(&folder, "default"));
            assert!(found.is_empty(), "{}: another: is missing", chart.module);
        }
    }
}

/// The selectors of each case that is said, with what a release of another name holds.
fn every_case(names: impl Fn(&Chart) -> Option<(&Component, Option<&Another>)>) {
    let Some(goldens) = golden::goldens() else {
        return;
    };
    let mut compared = 0;
    let mut wrong = Vec::new();
    for chart in chart::all() {
        let Some((component, another)) = names(&chart) else {
            continue;
        };
        for (chart_version, counterpart) in &chart.versions {
            let Counterpart::Version(version) = counterpart else {
                continue;
            };
            let folder = goldens.join(&chart.chart).join(chart_version);
            for case in golden::cases(&folder) {
                let Some(file) = chart.case_file(&case, version) else {
                    continue;
                };
                let theirs = golden::objects(&folder, &case).into_iter();
                let theirs = theirs.map(|object| normal::theirs(object, &chart, version));
                let theirs = theirs.filter(|object| !chart.is_left_out(object));
                let mut theirs = selectors(theirs.collect());
                if let Some(another) = another {
                    theirs = theirs
                        .into_iter()
                        .map(|selector| under(selector, another))
                        .collect();
                }
                theirs.sort();
                let mut ours = selectors(install::objects(&chart, &file, version, component));
                ours.sort();
                compared += theirs.len();
                let title = format!("{} {version} {case}", chart.module);
                let missing = theirs.iter().filter(|one| !ours.contains(one));
                wrong.extend(missing.map(|one| format!("{title}: we lack\n{one}")));
                let more = ours.iter().filter(|one| !theirs.contains(one));
                wrong.extend(more.map(|one| format!("{title}: only ours\n{one}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 50, "only {compared} selectors were compared");
}

/// Kind and selector of each object that selects pods, as text.
fn selectors(objects: Vec<Object>) -> Vec<String> {
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
fn under(selector: String, another: &Another) -> String {
    let lines = selector.lines().map(|line| {
        let replaced = another.labels.iter().find_map(|(label, value)| {
            let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
            let (_, old) = rest.split_once(": ").filter(|(key, _)| key == label)?;
            let value = value.replace("{old}", old);
            Some(format!("{indent}{label}: {value}"))
        });
        replaced.unwrap_or_else(|| line.to_owned())
    });
    lines.map(|line| format!("{line}\n")).collect()
}
