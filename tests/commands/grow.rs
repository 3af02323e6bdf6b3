//! `new`: environments like others, and components.

use crate::support::{Sandbox, fixtures};

#[test]
fn an_environment_like_another_renders_the_same_but_for_its_name() {
    let sandbox = fixtures::environments();
    sandbox.run("render").succeeds();
    sandbox
        .run("new environment preview --from staging")
        .succeeds();
    let environment = sandbox.read("environments/preview/environment.yaml");
    assert!(
        !environment.contains("\ncontext:"),
        "it would reach staging:\n{environment}"
    );
    assert!(
        !environment.contains("\ncluster:"),
        "it would take itself for staging:\n{environment}"
    );
    assert!(!sandbox.exists("environments/preview/manifests"));
    assert!(
        !sandbox.exists("environments/preview/facts.json"),
        "facts are those of staging"
    );
}

#[test]
fn an_environment_needs_a_new_name_that_can_be_one() {
    let sandbox = fixtures::small();
    sandbox.run("new environment one").exits(1);
    for bad in ["layers", "Demo", "a_b", "../up", "-x"] {
        let code = sandbox.run(&format!("new environment {bad}")).code;
        assert_eq!(code, Some(64), "{bad}");
    }
    let ran = sandbox.run("new environment two --from onee").exits(1);
    assert!(ran.stderr.contains("did you mean `one`?"), "{}", ran.stderr);
    assert!(!sandbox.exists("environments/two"));
}

#[test]
fn a_new_component_leaves_every_other_byte() {
    let sandbox = fixtures::small();
    let file = "environments/one/environment.yaml";
    let text = "# Ours.\nstack: reference/2026.11   # newest\ncrds:   stand-in\n\ncomponents:\n  metrics-server: {}   # figures\nprotect: true\n";
    sandbox.write(file, text);
    sandbox.run("new component one cert-manager").succeeds();
    let expected = text.replace("# figures\n", "# figures\n  cert-manager: {}\n");
    assert_eq!(sandbox.read(file), expected);
    sandbox.run("render").succeeds();
    assert!(sandbox.exists("environments/one/manifests/cert-manager/index.json"));
}

#[test]
fn two_components_may_be_of_one_module() {
    let sandbox = fixtures::small();
    sandbox.run("new component one gateway-api-crds").succeeds();
    sandbox.run("new component one envoy-gateway").succeeds();
    sandbox
        .run("new component one inside --module envoy-gateway")
        .succeeds();
    let environment = sandbox.read("environments/one/environment.yaml");
    assert!(
        environment.contains("  inside:\n    module: envoy-gateway\n"),
        "{environment}"
    );
    sandbox.replace(
        "environments/one/environment.yaml",
        "    module: envoy-gateway\n",
        "    module: envoy-gateway\n    namespace: inside\n",
    );
    sandbox.run("render").succeeds();
}

#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &str, code: i32, part: &str) {
    let before = sandbox.files("");
    let ran = sandbox.run(arguments).exits(code);
    assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
    assert!(before == sandbox.files(""), "something was written");
}

#[test]
fn what_cannot_be_added_is_refused() {
    let sandbox = fixtures::small();
    refused(
        &sandbox,
        "new component one metrics-server",
        1,
        "has a component `metrics-server` already",
    );
    refused(
        &sandbox,
        "new component one cert-manger",
        1,
        "did you mean `cert-manager`?",
    );
    refused(
        &sandbox,
        "new component onee cert-manager",
        1,
        "did you mean `one`?",
    );
    refused(
        &sandbox,
        "new component one A --module cert-manager",
        64,
        "no name of a component",
    );
}
