//! Expressions ask for metrics that an exporter of the stack has: metrics.yaml lists them, by hand.

use std::collections::{BTreeMap, BTreeSet};

use kops_stack::diagnostic::{Diagnostics, Source};
use kops_stack::yaml::{parse_one, strict_value};

use super::expressions::{all, metrics};
use crate::support::catalogue::CATALOGUE;

/// Who exports metrics.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Exporter {
    /// What brings it: a module, or `cluster`, for what runs in every cluster.
    module: String,
    /// Where the names were read.
    source: String,
    metrics: Vec<String>,
}

fn exporters() -> BTreeMap<String, Exporter> {
    let source = Source::new("metrics.yaml", include_str!("metrics.yaml"));
    let document = parse_one(&source).expect("the list is YAML");
    let mut diagnostics = Diagnostics::default();
    let value = strict_value(&document, &document.root, &mut diagnostics);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    serde_json::from_value(value).expect("the list has its form")
}

#[test]
fn every_metric_is_exported_by_something_of_the_stack() {
    let exporters = exporters();
    let known: BTreeSet<&str> = exporters
        .values()
        .flat_map(|exporter| exporter.metrics.iter().map(String::as_str))
        .collect();
    let mut used = BTreeSet::new();
    let mut unknown = Vec::new();
    for (expression, place) in all() {
        for name in metrics(&expression).unwrap_or_default() {
            if !known.contains(name.as_str()) {
                unknown.push(format!("{name}\n  {place}\n  {expression}"));
            }
            used.insert(name);
        }
    }
    assert!(
        unknown.is_empty(),
        "tests/monitoring/metrics.yaml lists no exporter of\n{}",
        unknown.join("\n")
    );
    let idle: Vec<&&str> = known.iter().filter(|name| !used.contains(**name)).collect();
    assert!(idle.is_empty(), "no expression asks for {idle:?}");
    eprintln!(
        "{} metrics of {} exporters are asked for",
        used.len(),
        exporters.len()
    );
}

#[test]
fn every_exporter_comes_with_a_module_or_the_cluster() {
    let mut names = BTreeSet::new();
    for (name, exporter) in exporters() {
        let module = &exporter.module;
        let there = module == "cluster" || CATALOGUE.modules.contains_key(module);
        assert!(there, "{name}: there is no module `{module}`");
        assert!(
            exporter.source.len() > 10,
            "{name}: where were the names read?"
        );
        for metric in exporter.metrics {
            // `up` is made by Prometheus for each of them.
            assert!(names.insert(metric.clone()), "{metric} has two exporters");
        }
    }
}
