//! Fleets of environments: one made from the three of this repository, and one with every module.
//!
//! Each environment differs from all others in ten knobs of every component (or all that the module
//! has, where it has fewer), as no fleet of people's does, so that little can be shared between them.

pub mod stages;
#[allow(dead_code, reason = "one of the two benches does without")]
pub mod whole;

use std::path::Path;

use kops_stack::model::knob::overlay;
use kops_stack::model::tree::FileTree;
use kops_stack::yaml::{self, Value};
use serde_json::json;

const MODELS: [&str; 3] = ["dev", "staging", "prod"];

/// The repository's files with `count` environments in place of its own.
pub fn tree(count: usize) -> FileTree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let own = kops_stack::tree::disk::repository(root).expect("this repository is readable");
    let mut fleet = FileTree::default();
    for (path, content) in &own.files {
        let environment = path
            .strip_prefix("environments/")
            .and_then(|path| path.split_once('/'));
        match environment {
            Some((name, file)) if MODELS.contains(&name) => {
                for index in (0..count).filter(|index| MODELS[index % 3] == name) {
                    let copy = format!("environments/{name}-{index}/{file}");
                    fleet.files.insert(copy, content.clone());
                }
            }
            _ => {
                fleet.files.insert(path.clone(), content.clone());
            }
        }
    }
    for index in 0..count {
        change_knobs(&mut fleet, MODELS[index % 3], index);
    }
    fleet
}

/// Names of the environments of `tree(count)`, sorted.
pub fn names(count: usize) -> Vec<String> {
    let mut names: Vec<String> = (0..count)
        .map(|index| format!("{}-{index}", MODELS[index % 3]))
        .collect();
    names.sort();
    names
}

fn change_knobs(fleet: &mut FileTree, model: &str, index: usize) {
    for (component, knobs) in knobs(index) {
        if component == "envoy-gateway-internal" && model == "dev" {
            continue;
        }
        let path = format!("environments/{model}-{index}/{component}.yaml");
        let mut value = read(fleet, &path);
        overlay(&mut value, &knobs);
        fleet.insert(path, yaml::emit(&value).into_bytes());
    }
}

fn read(fleet: &FileTree, path: &str) -> Value {
    let Some(bytes) = fleet.bytes(path) else {
        return json!({});
    };
    let source = yaml::decode(path, bytes.to_vec()).expect("text");
    let mut documents = yaml::kubernetes_stream(&source).expect("YAML");
    documents.remove(0).0
}

/// Ten knobs for each component, all different for each environment.
fn knobs(index: usize) -> Vec<(&'static str, Value)> {
    let even = index.is_multiple_of(2);
    let text = format!("v{index}");
    let memory = format!("{}Mi", 128 + index);
    let cpu = format!("{}m", 50 + index);
    let seconds = format!("{}s", 10 + index);
    let resources = json!({"requests": {"cpu": cpu, "memory": memory}});
    let levels = ["debug", "info", "warn", "error"];
    let envoy = json!({
        "logLevel": levels[index % 4],
        "replicas": 1 + index % 4,
        "resources": resources,
        "podLabels": {"fleet": text},
        "podAnnotations": {"fleet": text},
        "nodeSelector": {"fleet": text},
        "service": {"annotations": {"fleet": text}},
        "monitoring": {"interval": seconds},
        "proxy": {"replicas": 1 + index % 5},
        "gatewayClass": {"description": text},
    });
    vec![
        (
            "cert-manager",
            json!({
                "logLevel": index % 7,
                "replicas": 1 + index % 4,
                "maxConcurrentChallenges": 10 + index,
                "resources": resources,
                "podLabels": {"fleet": text},
                "podAnnotations": {"fleet": text},
                "extraArgs": [format!("--kube-api-qps={}", 20 + index)],
                "webhook": {"timeoutSeconds": 1 + index % 30, "resources": resources},
                "cainjector": {"resources": resources},
                "dns01": {"checkRetryPeriod": seconds},
            }),
        ),
        (
            "cluster-autoscaler",
            json!({
                "logLevel": index % 7,
                "replicas": 1 + index % 4,
                "scanInterval": seconds,
                "resources": resources,
                "podLabels": {"fleet": text},
                "podAnnotations": {"fleet": text},
                "extraArgs": [format!("--fleet={index}")],
                "maxNodesTotal": 10 + index,
                "newPodScaleUpDelay": seconds,
                "maxGracefulTerminationSeconds": 100 + index,
            }),
        ),
        ("envoy-gateway", envoy.clone()),
        ("envoy-gateway-internal", envoy),
        ("gateway-api-crds", json!({"safeUpgrades": even})),
        (
            "metrics-server",
            json!({
                "replicas": 1 + index % 4,
                "metricResolution": seconds,
                "resources": resources,
                "podLabels": {"fleet": text},
                "podAnnotations": {"fleet": text},
                "extraArgs": [format!("--v={}", index % 7)],
                "nodeSelector": {"fleet": text},
                "containerPort": 4000 + index,
                "service": {"annotations": {"fleet": text}},
                "kubeletInsecureTls": even,
            }),
        ),
    ]
}
