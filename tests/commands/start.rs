//! From an empty folder to a plan, with nothing but the binary.

use crate::support::Sandbox;

#[test]
fn an_empty_folder_becomes_a_planned_environment() {
    let sandbox = Sandbox::empty();
    sandbox.run("init").succeeds();
    sandbox.run("new environment demo").succeeds();
    let ran = sandbox.run("render").succeeds();
    assert!(
        ran.stderr.contains("CRDs are stand-ins in demo"),
        "{}",
        ran.stderr
    );
    sandbox.run("render --check").succeeds();
    let plan = sandbox.run("plan demo --against empty").succeeds();
    for line in [
        "+ Namespace cert-manager",
        "+ Deployment kube-system/metrics-server",
    ] {
        assert!(plan.stdout.contains(line), "{line} in\n{}", plan.stdout);
    }
    sandbox
        .run("plan demo --against empty --detailed-exitcode")
        .exits(2);
}

#[test]
fn a_repository_may_start_in_a_folder_that_is_not_there_yet() {
    let sandbox = Sandbox::empty();
    sandbox.run("init platform").succeeds();
    assert!(sandbox.exists("platform/kops-stack.yaml"));
    assert!(
        sandbox
            .read("platform/.gitattributes")
            .contains("linguist-generated=true")
    );
    sandbox.run("-C platform new environment demo").succeeds();
    sandbox
        .run("-C platform/environments/demo render")
        .succeeds();
    assert!(sandbox.exists("platform/environments/demo/manifests/metrics-server/index.json"));
}

#[test]
fn init_takes_nothing_that_is_there() {
    let sandbox = Sandbox::with(&[("kops-stack.yaml", "{}\n")]);
    let ran = sandbox.run("init").exits(1);
    assert!(
        ran.stderr.contains("kops-stack.yaml exists already"),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.files("").len(), 1);
}

/// An editor finds the schema of every file by its first line.
#[test]
fn every_new_file_names_its_schema() {
    let sandbox = Sandbox::empty();
    sandbox.run("init").succeeds();
    sandbox.run("new environment demo").succeeds();
    sandbox
        .run("new component demo cluster-autoscaler")
        .succeeds();
    for (path, text) in sandbox.files("") {
        if !path.ends_with(".yaml") {
            continue;
        }
        let text = String::from_utf8(text).expect("it is text");
        let first = text.lines().next().unwrap_or_default();
        let schema = first.strip_prefix("# yaml-language-server: $schema=");
        let schema = schema.unwrap_or_else(|| panic!("{path} begins with {first}"));
        let folder = sandbox
            .path(&path)
            .parent()
            .expect("a folder")
            .to_path_buf();
        assert!(folder.join(schema).is_file(), "{path} names {schema}");
    }
}
