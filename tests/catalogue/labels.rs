//! Labels: they say the version, and selectors never do, since those cannot be changed.

use std::collections::{BTreeMap, BTreeSet};

use kops_stack::model::rendering::RenderedObject;
use kops_stack::model::version::Version;
use kops_stack::object::{Identity, Object, pod_labels, pod_template, selects};
use serde_json::{Value, json};

use super::case::{Case, rendered_everywhere};
use super::pods::{containers, is_brought};

const VERSION: &str = "app.kubernetes.io/version";

#[test]
fn the_version_label_is_the_version_and_the_image_agrees() {
    let mut agreeing = BTreeSet::new();
    let mut all = BTreeSet::new();
    for (case, version, objects) in rendered_everywhere() {
        for object in objects.iter().map(|rendered| &*rendered.object) {
            let label = &object.value()["metadata"]["labels"][VERSION];
            let place = format!("{}: {}", case.title(), object.identity());
            // Namespaces belong to no module, and stand-ins are marked as such.
            if !["Namespace", "CustomResourceDefinition"].contains(&object.kind()) {
                let own = label == &json!(version.as_str());
                let fits = own || is_of_another_program(case, version, label);
                assert!(fits, "{place}: {label}, not {version}");
            }
            // A module may run other programs beside its own, with versions of their own.
            let own = containers(object).into_iter().any(|container| {
                let image = container["image"].as_str().unwrap_or_default();
                let tagged = image.split('@').next().unwrap_or_default();
                tagged.ends_with(version.as_str())
            });
            let program = (case.module.name.clone(), version.to_string());
            if own {
                agreeing.insert(program.clone());
            }
            // What a mesh injects has no image of ours.
            if containers(object).iter().any(|container| {
                let image = container["image"].as_str().unwrap_or_default();
                image != "auto" && !is_brought(image)
            }) {
                all.insert(program);
            }
        }
    }
    assert!(all.len() > 10, "only {all:?} run anything");
    assert_eq!(agreeing, all);
}

/// kube-prometheus is several programs under one version, each labelled with its own as upstream does.
fn is_of_another_program(case: &Case, version: &Version, label: &Value) -> bool {
    let known = case.module.version(version).expect("it was rendered");
    let label = label.as_str().unwrap_or_default();
    let tag = |image: &String| {
        image
            .split('@')
            .next()
            .and_then(|image| image.rsplit(':').next())
            .map(str::to_owned)
    };
    case.module.name == "kube-prometheus"
        && !label.is_empty()
        && known.images.values().filter_map(tag).any(|tag| {
            let tag = tag.trim_start_matches('v');
            tag == label
                || tag
                    .strip_prefix(label)
                    .is_some_and(|rest| rest.starts_with('-'))
        })
}

/// Where a common label may not stand: a selector takes no change, or would lose its pods.
#[test]
fn selectors_hold_neither_versions_nor_common_labels() {
    let mut seen = 0;
    for (case, version, _) in rendered_everywhere() {
        let mut case = case.clone();
        case.globals["labels"] = json!({"common.example.com/label": "x"});
        let (_, kubernetes) = case
            .versions()
            .into_iter()
            .find(|(at, _)| at == version)
            .expect("it holds for it");
        let objects = case
            .render_at(version, &kubernetes)
            .unwrap_or_else(|problem| panic!("{problem}"));
        for rendered in &objects {
            let mut selectors = Vec::new();
            collect_selectors(rendered.object.value(), &mut selectors);
            for selector in selectors {
                seen += 1;
                for changing in [
                    VERSION,
                    "helm.sh/chart",
                    "app.kubernetes.io/managed-by",
                    "common.example.com/label",
                ] {
                    let holds = selector.to_string().contains(changing);
                    assert!(!holds, "{}: {}: {changing}", case.title(), rendered.path);
                }
            }
        }
    }
    assert!(seen > 200, "only {seen} selectors were seen");
}

/// Everything that selects by labels, wherever it stands; nodes are selected by labels of theirs.
fn collect_selectors<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let selects = ["selector", "labelSelector", "podSelector", "matchLabels"];
                match selects.contains(&key.as_str()) {
                    true => found.push(value),
                    false => collect_selectors(value, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_selectors(item, found)),
        _ => {}
    }
}

#[test]
fn workloads_select_their_own_pods_and_nobody_elses() {
    for (case, _, objects) in rendered_everywhere() {
        let workloads: Vec<&Object> = workloads(objects).collect();
        for workload in &workloads {
            let own = pod_labels(workload);
            if workload.kind() == "Job" {
                continue;
            }
            let place = format!("{}: {}", case.title(), workload.identity());
            assert!(selects(workload, &own), "{place} does not select its pods");
            let others = workloads
                .iter()
                .filter(|other| other.identity() != workload.identity());
            for other in others.filter(|other| other.namespace() == workload.namespace()) {
                let taken = selects(workload, &pod_labels(other));
                assert!(!taken, "{place} selects the pods of {}", other.identity());
            }
        }
    }
}

#[test]
fn services_and_budgets_select_pods_that_are_there() {
    for (case, _, objects) in rendered_everywhere() {
        let selecting = objects
            .iter()
            .map(|rendered| &*rendered.object)
            .filter(|object| {
                matches!(
                    object.kind(),
                    "Service" | "PodDisruptionBudget" | "NetworkPolicy"
                ) && !object.value()["spec"]["selector"].is_null()
            });
        for object in selecting {
            if made_at_run_time(case, object) {
                continue;
            }
            let there = workloads(objects)
                .filter(|workload| workload.namespace() == object.namespace())
                .any(|workload| selects(object, &pod_labels(workload)));
            assert!(
                there,
                "{}: {} selects nothing",
                case.title(),
                object.identity()
            );
        }
    }
}

/// Pods that no manifest of the module makes: those of the control plane, and those that the
/// operator makes of a Prometheus or an Alertmanager.
fn made_at_run_time(case: &Case, object: &Object) -> bool {
    let selector = object.value()["spec"]["selector"].to_string();
    let by_operator = [
        "operator.prometheus.io/name",
        "\"app.kubernetes.io/name\":\"prometheus\"",
        "\"app.kubernetes.io/name\":\"alertmanager\"",
        "\"alertmanager\":",
        "\"prometheus\":",
    ];
    case.module.name == "kube-prometheus"
        && (object.namespace() == Some("kube-system")
            || by_operator.iter().any(|label| selector.contains(label)))
}

/// The selector of a workload cannot be changed: a new version with another one would have to be
/// replaced, not updated.
#[test]
fn versions_of_a_module_keep_their_selectors() {
    let mut known: BTreeMap<(String, Identity), (String, String)> = BTreeMap::new();
    let mut compared = 0;
    for (case, version, objects) in rendered_everywhere() {
        for workload in workloads(objects).filter(|workload| workload.kind() != "Job") {
            let selector = workload.value()["spec"]["selector"].to_string();
            let key = (case.module.name.clone(), workload.identity());
            let title = format!("{} at {version}", case.title());
            let (first, other) = known
                .entry(key)
                .or_insert_with(|| (selector.clone(), title.clone()));
            assert_eq!(
                &selector,
                first,
                "{} of {title} and of {other}",
                workload.identity()
            );
            compared += 1;
        }
    }
    assert!(
        compared > known.len() * 2,
        "{compared} selectors of {} workloads",
        known.len()
    );
}

fn workloads(objects: &[RenderedObject]) -> impl Iterator<Item = &Object> {
    objects
        .iter()
        .map(|rendered| &*rendered.object)
        .filter(|object| pod_template(object).is_some())
}
