//! `explain`: which file set a value, and what it overrode.

use crate::support::{Sandbox, fixtures};

/// Three layers over a default, and a stack of the repository's own.
fn layered() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox
        .write(
            "stacks/own/1.0.yaml",
            "summary: Ours\nkubernetes: \">=1.30\"\nmodules: { metrics-server: \"0.9.0\" }\nknobs: { metrics-server: { replicas: 2, metricResolution: 20s } }\n",
        )
        .write(
            "environments/one/environment.yaml",
            "stack: own/1.0\nlayers: [base]\ncomponents: { metrics-server: {} }\n",
        )
        .write("environments/layers/base/metrics-server.yaml", "replicas: 3\n");
    sandbox
}

#[test]
fn every_layer_is_named_from_strong_to_weak() {
    let sandbox = layered();
    sandbox.write("environments/one/metrics-server.yaml", "replicas: 4\n");
    let ran = sandbox
        .run("explain one metrics-server.replicas")
        .succeeds();
    insta::assert_snapshot!(ran.stdout, @r#"
    metrics-server.replicas = 4
      Two or more survive the loss of a node
      set to 4 by environment one, environments/one/metrics-server.yaml:1:1
      over   3 by layer base, environments/layers/base/metrics-server.yaml:1:1
      over   2 by stack own/1.0, stacks/own/1.0.yaml:4:28
      over   the default 1
      read by modules/metrics-server/templates/server.yaml
    "#);
}

#[test]
fn null_returns_to_the_default_past_all_layers() {
    let sandbox = layered();
    sandbox.write("environments/one/metrics-server.yaml", "replicas: null\n");
    let ran = sandbox
        .run("explain one metrics-server.replicas")
        .succeeds();
    insta::assert_snapshot!(ran.stdout, @r#"
    metrics-server.replicas = 1
      Two or more survive the loss of a node
      set to null, which returns to the default by environment one, environments/one/metrics-server.yaml:1:1
      over   3 by layer base, environments/layers/base/metrics-server.yaml:1:1
      over   2 by stack own/1.0, stacks/own/1.0.yaml:4:28
      over   the default 1
      read by modules/metrics-server/templates/server.yaml
    "#);
}

#[test]
fn the_stack_is_a_layer() {
    let ran = layered()
        .run("explain one metrics-server.metricResolution")
        .succeeds();
    insta::assert_snapshot!(ran.stdout, @r#"
    metrics-server.metricResolution = "20s"
      How often kubelets are asked
      set to "20s" by stack own/1.0, stacks/own/1.0.yaml:4:41
      over   the default "15s"
      read by modules/metrics-server/templates/server.yaml
    "#);
}

#[test]
fn a_value_of_the_whole_environment_is_explained_too() {
    let sandbox = layered();
    sandbox.write("environments/one/global.yaml", "domain: one.example.com\n");
    let ran = sandbox.run("explain one global.domain").succeeds();
    insta::assert_snapshot!(ran.stdout, @r#"
    global.domain = "one.example.com"
      Domain from which the hosts of components are derived
      set to "one.example.com" by environment one, environments/one/global.yaml:1:1
    "#);
}

#[test]
fn machines_get_places() {
    let sandbox = layered();
    let ran = sandbox
        .run("explain one metrics-server.replicas --format json")
        .succeeds();
    let value: serde_json::Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(value["value"], 3);
    let place = &value["settings"][0]["place"];
    assert_eq!(
        place["file"],
        "environments/layers/base/metrics-server.yaml"
    );
    assert_eq!(place["line"], 1);
}

#[test]
fn what_is_not_there_is_told_with_the_nearest() {
    let sandbox = layered();
    for (knob, near) in [
        ("metrics-server.replica", "replicas"),
        ("metrics-servr.replicas", "metrics-server"),
        ("global.domian", "domain"),
    ] {
        let ran = sandbox.run(&format!("explain one {knob}")).exits(1);
        let part = format!("did you mean `{near}`?");
        assert!(ran.stderr.contains(&part), "{part} in {}", ran.stderr);
    }
}
