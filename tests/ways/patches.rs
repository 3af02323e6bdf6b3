//! `patches.yaml`: what it changes, in which order, and who is told.

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

const DEPLOYMENT: &str =
    "environments/one/manifests/metrics-server/kube-system/deployment-metrics-server.yaml";

/// A patch of metrics-server that sets the replicas.
fn replicas(name: &str, count: u32) -> String {
    format!(
        "{name}:\n  target: {{ kind: Deployment, name: metrics-server }}\n  merge: {{ spec: {{ replicas: {count} }} }}\n  reason: it is {name}\n"
    )
}

/// One environment with two layers.
fn layered() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox.write(
        "environments/one/environment.yaml",
        "stack: reference/2026.11\nlayers: [weak, strong]\ncrds: stand-in\ncomponents: { metrics-server: {} }\n",
    );
    for layer in ["weak", "strong"] {
        sandbox.write(
            &format!("environments/layers/{layer}/metrics-server.yaml"),
            "{}\n",
        );
    }
    sandbox
}

fn json(sandbox: &Sandbox, command: &str) -> Value {
    let ran = sandbox.run(command).succeeds();
    serde_json::from_str(&ran.stdout).expect("it is JSON")
}

#[test]
fn a_merge_changes_what_it_names_and_nothing_else() {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    let before = sandbox.files("environments/one/manifests");
    sandbox.write("environments/one/patches.yaml", replicas("more", 7));
    assert_eq!(
        sandbox.run("render --check").exits(2).stdout,
        "~ environments/one/manifests/metrics-server/index.json\n~ environments/one/manifests/metrics-server/kube-system/deployment-metrics-server.yaml\n"
    );
    sandbox.run("render").succeeds();
    let text = sandbox.read(DEPLOYMENT);
    let old =
        String::from_utf8(before[DEPLOYMENT.rsplit_once("manifests/").expect("it is").1].clone())
            .expect("manifests are text");
    let changed: Vec<&str> = text.lines().filter(|line| !old.contains(line)).collect();
    assert_eq!(changed, ["  replicas: 7"]);
    sandbox.run("render --check").succeeds();
    sandbox.remove("environments/one/patches.yaml");
    sandbox.run("render").succeeds();
    assert!(before == sandbox.files("environments/one/manifests"));
}

#[test]
fn a_stronger_patch_takes_the_place_of_the_weaker_as_a_whole() {
    let sandbox = layered();
    sandbox
        .write("environments/layers/weak/patches.yaml", replicas("same", 3))
        .write(
            "environments/layers/strong/patches.yaml",
            "same:\n  target: { kind: Deployment, name: metrics-server }\n  json: [{ op: add, path: /spec/replicas, value: 4 }]\n  reason: the stronger one\n",
        );
    sandbox.run("render").succeeds();
    assert!(sandbox.read(DEPLOYMENT).contains("replicas: 4"));
    let ran = sandbox.run("explain one patches.same").succeeds();
    insta::assert_snapshot!(ran.stdout, @"
    patches.same changes Deployment kube-system/metrics-server of metrics-server
      the stronger one
      spec.replicas  1 → 4  by environments/layers/strong/patches.yaml:3:21
      set by layer strong, environments/layers/strong/patches.yaml:1:1
      over   layer weak, environments/layers/weak/patches.yaml:1:1
    ");
    sandbox.write("environments/one/patches.yaml", "same: null\n");
    sandbox.run("render").succeeds();
    assert!(!sandbox.read(DEPLOYMENT).contains("replicas: 4"));
    assert!(!sandbox.read(DEPLOYMENT).contains("replicas: 3"));
    let ran = sandbox.run("explain one patches").succeeds();
    assert_eq!(ran.stdout, "`one` has no patches\n");
}

#[test]
fn patches_follow_one_another_from_weak_to_strong() {
    let sandbox = layered();
    sandbox
        .write("environments/one/patches.yaml", replicas("a-last", 5))
        .write(
            "environments/layers/strong/patches.yaml",
            replicas("b-second", 4),
        )
        .write(
            "environments/layers/weak/patches.yaml",
            format!("{}{}", replicas("z-first", 2), replicas("c-next", 3)),
        );
    sandbox.run("render").succeeds();
    let explained = json(&sandbox, "explain one patches --format json");
    let patches = explained["patches"].as_array().expect("a list");
    let told: Vec<(&str, &Value)> = patches
        .iter()
        .map(|patch| {
            (
                patch["name"].as_str().expect("a name"),
                &patch["changes"][0]["new"],
            )
        })
        .collect();
    let numbers: Vec<Value> = (2..=5).map(Value::from).collect();
    let names = ["z-first", "c-next", "b-second", "a-last"];
    assert_eq!(told, names.into_iter().zip(&numbers).collect::<Vec<_>>());
}

/// The globals are in the object that a patch sees, so that it can take them away again.
#[test]
fn patches_have_the_last_word_over_globals() {
    let sandbox = fixtures::small();
    sandbox
        .write("environments/one/global.yaml", "labels: { team: platform }\n")
        .write(
            "environments/one/patches.yaml",
            "no-team:\n  target: { kind: Service, name: metrics-server }\n  merge: { metadata: { labels: { team: null } } }\n  reason: another tool reads it\n",
        );
    sandbox.run("render").succeeds();
    let service = DEPLOYMENT.replace("deployment", "service");
    assert!(sandbox.read(DEPLOYMENT).contains("team: platform"));
    assert!(!sandbox.read(&service).contains("team: platform"));
}

#[test]
fn a_patched_configuration_restarts_the_pods_that_read_it() {
    let sandbox = fixtures::workloads();
    sandbox.run("render").succeeds();
    let deployment =
        "environments/one/manifests/workloads/workloads/deployment-workloads-deployment.yaml";
    let before = sandbox.read(deployment);
    let patch = |name: &str| {
        format!(
            "text:\n  target: {{ kind: ConfigMap, name: workloads-{name} }}\n  merge: {{ data: {{ text: b }} }}\n  reason: no knob for it\n"
        )
    };
    sandbox.write("environments/one/patches.yaml", patch("watched"));
    sandbox.run("render").succeeds();
    assert_eq!(before, sandbox.read(deployment), "it is watched");
    sandbox.write("environments/one/patches.yaml", patch("config"));
    sandbox.run("render").succeeds();
    let patched = sandbox.read(deployment);
    assert_ne!(before, patched);
    sandbox
        .remove("environments/one/patches.yaml")
        .write("environments/one/workloads.yaml", "text: b\n");
    sandbox.run("render").succeeds();
    assert_eq!(patched, sandbox.read(deployment), "as a knob would");
}

#[test]
fn every_plan_and_difference_names_the_patches() {
    let sandbox = fixtures::small();
    sandbox.write("environments/one/patches.yaml", replicas("more", 7));
    sandbox.run("render").succeeds();
    let text = sandbox.run("plan one --against empty").succeeds().stdout;
    let note = "patch more changes Deployment kube-system/metrics-server: it is more";
    assert!(text.contains(&format!("\n  {note}\n")), "{text}");
    assert!(
        text.contains("+ Deployment kube-system/metrics-server  patched by more\n"),
        "{text}"
    );
    let markdown = sandbox
        .run("plan one --against empty --format markdown")
        .succeeds()
        .stdout;
    assert!(markdown.contains(&format!("\n- {note}\n")), "{markdown}");
    assert!(
        markdown.contains("+ Deployment kube-system/metrics-server (patched by more)"),
        "{markdown}"
    );
    let plans = json(&sandbox, "plan one --against empty --format json");
    let plan = &plans["plans"][0];
    assert_eq!(plan["patches"][0]["name"], "more");
    assert_eq!(plan["patches"][0]["reason"], "it is more");
    assert_eq!(plan["patches"][0]["component"], "metrics-server");
    let steps = plan["steps"].as_array().expect("a list");
    let patched = steps.iter().filter(|step| step["patches"][0] == "more");
    let kinds: Vec<&Value> = patched.map(|step| &step["object"]["kind"]).collect();
    assert_eq!(kinds, ["Deployment"]);
}

#[test]
fn the_list_and_a_knob_tell_of_patches() {
    let sandbox = layered();
    sandbox
        .write(
            "environments/layers/weak/patches.yaml",
            replicas("of-layer", 3),
        )
        .write("environments/one/patches.yaml", replicas("own", 7));
    let ran = sandbox.run("list patches").succeeds();
    insta::assert_snapshot!(ran.stdout, @"
    patches
      one  of-layer  Deployment metrics-server  layer weak       it is of-layer
      one  own       Deployment metrics-server  environment one  it is own
    ");
    let ran = sandbox
        .run("explain one metrics-server.replicas")
        .succeeds();
    assert!(
        ran.stdout.contains(
            "\n  patch own changes Deployment kube-system/metrics-server of it: it is own\n"
        ),
        "{}",
        ran.stdout
    );
    let ran = sandbox
        .run("explain one Deployment kube-system/metrics-server")
        .succeeds();
    assert!(
        ran.stdout
            .contains("spec.replicas  3 → 7  by environments/one/patches.yaml:3:20"),
        "{}",
        ran.stdout
    );
    let ran = sandbox
        .run("explain one Service kube-system/metrics-server")
        .succeeds();
    assert_eq!(
        ran.stdout,
        "no patch changes Service kube-system/metrics-server\n"
    );
}

/// The six of RFC 6902, and the escapes of RFC 6901.
#[test]
fn operations_do_what_their_names_say() {
    let sandbox = fixtures::workloads();
    sandbox.write(
        "environments/one/patches.yaml",
        "all:
  target: { kind: ConfigMap, name: workloads-config }
  json:
  - { op: test, path: /data, value: { text: a } }
  - { op: copy, from: /data/text, path: /data/copied }
  - { op: replace, path: /data/text, value: b }
  - { op: move, from: /data/text, path: /data/moved }
  - { op: add, path: /metadata/annotations, value: {} }
  - { op: add, path: /metadata/annotations/example.com~1a~0b, value: c }
  - { op: add, path: /metadata/finalizers, value: [example.com/z] }
  - { op: add, path: /metadata/finalizers/0, value: example.com/y }
  - { op: add, path: /metadata/finalizers/-, value: example.com/x }
  - { op: remove, path: /metadata/finalizers/1 }
  reason: all of them
",
    );
    sandbox.run("render").succeeds();
    let path = "environments/one/manifests/workloads/workloads/configmap-workloads-config.yaml";
    let text = sandbox.read(path);
    for lines in [
        "data:\n  copied: a\n  moved: b\n",
        "  annotations:\n    example.com/a~b: c\n",
        "  finalizers:\n  - example.com/y\n  - example.com/x\n",
    ] {
        assert!(text.contains(lines), "{text}");
    }
}

#[test]
fn facts_reach_the_values_of_operations() {
    let sandbox = fixtures::small();
    sandbox
        .write("environments/one/facts.json", "{\"count\": 6}\n")
        .write(
            "environments/one/patches.yaml",
            "more:\n  target: { kind: Deployment, name: metrics-server }\n  json: [{ op: add, path: /spec/replicas, value: { fact: count } }]\n  reason: a fact\n",
        );
    sandbox.run("render").succeeds();
    assert!(sandbox.read(DEPLOYMENT).contains("replicas: 6"));
}

#[test]
fn a_namespace_can_be_patched() {
    let sandbox = fixtures::workloads();
    sandbox.write(
        "environments/one/patches.yaml",
        "restricted:\n  target: { kind: Namespace, component: namespaces, name: workloads }\n  merge: { metadata: { labels: { pod-security.kubernetes.io/enforce: restricted } } }\n  reason: all pods can bear it\n",
    );
    sandbox.run("render").succeeds();
    let text = sandbox.read("environments/one/manifests/namespaces/namespace-workloads.yaml");
    assert!(text.contains("pod-security.kubernetes.io/enforce: restricted"));
}
