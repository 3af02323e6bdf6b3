//! Global knobs reach what they must reach, and nothing that cannot change.

use kops_stack::diagnostic::Source;
use kops_stack::yaml::kubernetes_stream;
use serde_json::{Value, json};

use crate::support::{Sandbox, fixtures};

const GLOBALS: &str = r#"
domain: example.com
imageMirrors: { registry.example.com: mirror.example.com/hub }
pullSecrets: [pull]
labels: { owner: platform }
annotations: { example.com/note: here }
nodeSelector: { role: platform }
tolerations:
  - { key: dedicated, operator: Equal, value: platform, effect: NoSchedule }
"#;

const WORKLOADS: [(&str, &str); 5] = [
    ("deployment", "/spec/template"),
    ("statefulset", "/spec/template"),
    ("daemonset", "/spec/template"),
    ("job", "/spec/template"),
    ("cronjob", "/spec/jobTemplate/spec/template"),
];

fn rendered() -> Sandbox {
    let sandbox = fixtures::workloads();
    sandbox.write("environments/one/global.yaml", GLOBALS);
    sandbox.run("render").succeeds();
    sandbox
}

pub fn manifest(sandbox: &Sandbox, path: &str) -> Value {
    let text = sandbox.read(&format!("environments/one/manifests/{path}"));
    let source = Source::new(path, text);
    let mut values = kubernetes_stream(&source).expect("a manifest is YAML");
    values.remove(0).0
}

pub fn workload(sandbox: &Sandbox, kind: &str) -> Value {
    manifest(
        sandbox,
        &format!("workloads/workloads/{kind}-workloads-{kind}.yaml"),
    )
}

#[test]
fn every_workload_pulls_through_the_mirror_with_the_secret() {
    let sandbox = rendered();
    for (kind, template) in WORKLOADS {
        let workload = workload(&sandbox, kind);
        let pod = &workload.pointer(template).expect("a pod template")["spec"];
        assert_eq!(
            pod["containers"][0]["image"], "mirror.example.com/hub/program:1.0.0",
            "{kind}"
        );
        assert_eq!(pod["imagePullSecrets"], json!([{"name": "pull"}]), "{kind}");
    }
}

#[test]
fn every_object_and_pod_has_the_common_labels_and_annotations() {
    let sandbox = rendered();
    for (kind, template) in WORKLOADS {
        let workload = workload(&sandbox, kind);
        let pod = workload.pointer(template).expect("a pod template");
        for metadata in [&workload["metadata"], &pod["metadata"]] {
            assert_eq!(metadata["labels"]["owner"], "platform", "{kind}");
            assert_eq!(
                metadata["annotations"]["example.com/note"], "here",
                "{kind}"
            );
        }
    }
    let others = [
        "workloads/workloads/configmap-workloads-config.yaml",
        "namespaces/namespace-workloads.yaml",
    ];
    for path in others {
        assert_eq!(
            manifest(&sandbox, path)["metadata"]["labels"]["owner"],
            "platform"
        );
    }
}

#[test]
fn selectors_and_claim_templates_are_left_alone() {
    let with = rendered();
    let without = fixtures::workloads();
    without.run("render").succeeds();
    for (kind, _) in WORKLOADS {
        for fixed in ["/spec/selector", "/spec/volumeClaimTemplates"] {
            let (with, without) = (workload(&with, kind), workload(&without, kind));
            assert_eq!(
                with.pointer(fixed),
                without.pointer(fixed),
                "{kind} {fixed}"
            );
        }
    }
}

#[test]
fn node_selector_and_tolerations_reach_all_but_daemonsets() {
    let sandbox = rendered();
    for (kind, template) in WORKLOADS {
        let workload = workload(&sandbox, kind);
        let pod = &workload.pointer(template).expect("a pod template")["spec"];
        let (selector, tolerations) = match kind {
            "daemonset" => (Value::Null, 0),
            _ => (json!({"role": "platform"}), 1),
        };
        assert_eq!(pod["nodeSelector"], selector, "{kind}");
        assert_eq!(
            pod["tolerations"].as_array().map_or(0, Vec::len),
            tolerations,
            "{kind}"
        );
    }
}

#[test]
fn what_a_component_says_itself_goes_first() {
    let sandbox = fixtures::workloads();
    sandbox.write("environments/one/global.yaml", GLOBALS);
    sandbox.write(
        "environments/one/workloads.yaml",
        "nodeSelector: { role: special }\n",
    );
    sandbox.run("render").succeeds();
    let deployment = workload(&sandbox, "deployment");
    let selector = deployment.pointer("/spec/template/spec/nodeSelector");
    assert_eq!(selector, Some(&json!({"role": "special"})));
}
