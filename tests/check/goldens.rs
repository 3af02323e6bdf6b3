//! `check` over upstream's charts: each finding is right, or is accepted with its reason.
//!
//! The renderings and CRDs stand beside the repository where kops-stack is built; elsewhere this
//! says that it is skipped. `CHECK_GOLDENS=1` prints every finding.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use kops_stack::check::check;
use kops_stack::diagnostic::Severity;
use kops_stack::model::checking::Checking;
use kops_stack::model::rendering::{RenderedComponent, RenderedObject, Rendering};
use kops_stack::model::version::Version;
use kops_stack::object::is_cluster_scoped;
use rayon::prelude::*;

use super::upstream::{Crds, crds, data, documents, files, rendered, text};
use crate::support::ROOT;

/// One thing that check said of a chart's case.
struct Found {
    /// `chart/version/case`.
    case: String,
    code: &'static str,
    severity: Severity,
    subject: String,
    message: String,
}

/// A line of the list: what is accepted, by patterns in which `*` stands for any text.
struct Accepted {
    line: usize,
    case: String,
    code: String,
    subject: String,
}

#[test]
fn every_finding_in_upstream_charts_is_real_or_accepted() {
    let Some(data) = data() else { return };
    let crds = crds(&data.join("crds"));
    let cases = cases(&data.join("goldens"));
    let found: Vec<Found> = cases
        .par_iter()
        .flat_map(|(case, path)| findings(case, path, &crds))
        .collect();
    report(cases.len(), &found);
    let accepted = accepted();
    let by = |found: &Found, entry: &Accepted| {
        fits(&entry.case, &found.case)
            && entry.code == found.code
            && fits(&entry.subject, &found.subject)
    };
    let new: BTreeSet<String> = found
        .iter()
        .filter(|found| !accepted.iter().any(|entry| by(found, entry)))
        .map(|found| {
            format!(
                "{} {} {}: {}",
                found.case, found.code, found.subject, found.message
            )
        })
        .collect();
    let unused: Vec<String> = accepted
        .iter()
        .filter(|entry| !found.iter().any(|found| by(found, entry)))
        .map(|entry| {
            format!(
                "line {}: {} {} {}",
                entry.line, entry.case, entry.code, entry.subject
            )
        })
        .collect();
    assert!(cases.len() > 80, "only {} cases", cases.len());
    assert!(
        new.is_empty() && unused.is_empty(),
        "{} of {} are not in tests/check/goldens-accepted.txt:\n{}\n{} entries match nothing:\n{}",
        new.len(),
        found.len(),
        join(new.iter()),
        unused.len(),
        join(unused.iter())
    );
}

fn join<'t>(lines: impl Iterator<Item = &'t String>) -> String {
    lines.map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// Counts by code, for the log of a run.
fn report(cases: usize, found: &[Found]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for finding in found {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        *counts
            .entry(format!("{severity} {}", finding.code))
            .or_default() += 1;
        if std::env::var_os("CHECK_GOLDENS").is_some() {
            eprintln!(
                "{} {} {severity} {}",
                finding.case, finding.code, finding.message
            );
        }
    }
    eprintln!("check over {cases} cases of upstream's charts: {counts:?}");
}

/// Renderings by `chart/version/case`.
fn cases(folder: &Path) -> Vec<(String, PathBuf)> {
    let cases = files(folder).into_iter().filter_map(|path| {
        let name = path
            .strip_prefix(folder)
            .ok()?
            .to_string_lossy()
            .into_owned();
        let is_case = !name.ends_with(".values.yaml") && !name.ends_with("/meta.yaml");
        is_case.then(|| (name.trim_end_matches(".yaml").to_owned(), path))
    });
    cases.collect()
}

fn findings(case: &str, path: &Path, crds: &Crds) -> Vec<Found> {
    let meta = path
        .parent()
        .expect("cases lie in folders")
        .join("meta.yaml");
    let namespace = text(&documents(&meta)[0]["namespace"]);
    let mut used = BTreeSet::new();
    let mut objects = Vec::new();
    for mut value in documents(path) {
        let group = text(&value["apiVersion"]);
        let group = group
            .split_once('/')
            .map_or("", |(group, _)| group)
            .to_owned();
        let kind = (group, text(&value["kind"]));
        let of_crd = || crds.get(&kind).map(|crd| crd["spec"]["scope"] == "Cluster");
        let cluster_wide = is_cluster_scoped(&kind.0, &kind.1).or_else(of_crd);
        if cluster_wide != Some(true) && value["metadata"]["namespace"].is_null() {
            value["metadata"]["namespace"] = namespace.clone().into();
        }
        used.insert(kind);
        objects.push(rendered(value));
    }
    let is_used = |kind: &&(String, String)| used.contains(*kind);
    let needed: Vec<RenderedObject> = crds
        .keys()
        .filter(is_used)
        .map(|kind| rendered(crds[kind].clone()))
        .collect();
    let lacking = used
        .iter()
        .filter(|kind| kind.0.contains('.') && !crds.contains_key(*kind));
    let mut external: BTreeSet<String> = lacking.map(|kind| format!("crd:{}", kind.0)).collect();
    // Helm makes the namespace of the release, and the server that scrapes is not in the chart.
    external.insert(format!("Namespace {namespace}"));
    external.insert("crd:monitoring.coreos.com".to_owned());
    let mut rendering = Rendering {
        environment: case.to_owned(),
        ..Rendering::default()
    };
    for (name, objects) in [("chart", objects), ("crds", needed)] {
        let component = RenderedComponent {
            objects,
            ..RenderedComponent::default()
        };
        rendering.components.insert(name.to_owned(), component);
    }
    let checking = Checking {
        external,
        ..Checking::alone(case, Version::parse("1.36.3").expect("a version"))
    };
    let open = check(&rendering, &checking).open.into_iter();
    open.map(|finding| Found {
        case: case.to_owned(),
        code: finding.diagnostic.code.name,
        severity: finding.diagnostic.severity,
        subject: finding.subject,
        message: finding.diagnostic.message,
    })
    .collect()
}

/// The list: `<case> <code> <subject>`, each block of such lines below a comment with the reason.
fn accepted() -> Vec<Accepted> {
    let list = Path::new(ROOT).join("tests/check/goldens-accepted.txt");
    let list = fs_err::read_to_string(list).expect("the list is there");
    let mut reason = false;
    let mut accepted = Vec::new();
    for (index, line) in list.lines().enumerate() {
        match line.trim() {
            "" => reason = false,
            line if line.starts_with('#') => reason = true,
            line => {
                let line_number = index + 1;
                assert!(
                    reason,
                    "line {line_number} of the list has no reason above it"
                );
                let mut words = line.splitn(3, ' ').map(str::to_owned);
                let mut word = || {
                    words
                        .next()
                        .unwrap_or_else(|| panic!("line {line_number} is too short"))
                };
                accepted.push(Accepted {
                    line: line_number,
                    case: word(),
                    code: word(),
                    subject: word(),
                });
            }
        }
    }
    accepted
}

fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            let mut starts = (0..=tail.len()).filter(|start| tail.is_char_boundary(*start));
            starts.any(|start| fits(rest, &tail[start..]))
        }),
    }
}
