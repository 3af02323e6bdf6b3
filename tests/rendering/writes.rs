//! Only what changed is written.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;

use crate::support::{Sandbox, fixtures};

/// The number of each file on disk: a file that is written anew gets another one.
fn numbers(sandbox: &Sandbox) -> BTreeMap<String, u64> {
    let files = sandbox.files("environments");
    let manifests = files
        .into_keys()
        .filter(|path| path.contains("/manifests/"));
    manifests
        .map(|path| {
            let file = sandbox.path("environments").join(&path);
            let number = fs_err::metadata(file).expect("it was listed").ino();
            (path, number)
        })
        .collect()
}

/// Files that are new, written again, or gone.
fn touched(before: &BTreeMap<String, u64>, after: &BTreeMap<String, u64>) -> BTreeSet<String> {
    let all = before.keys().chain(after.keys());
    all.filter(|path| before.get(*path) != after.get(*path))
        .cloned()
        .collect()
}

#[test]
fn rendering_again_writes_nothing() {
    let sandbox = fixtures::environments();
    sandbox.run("render").succeeds();
    let before = numbers(&sandbox);
    let ran = sandbox.run("render").succeeds();
    assert!(
        ran.stderr.contains("nothing changed: 3 environments"),
        "{}",
        ran.stderr
    );
    assert_eq!(touched(&before, &numbers(&sandbox)), BTreeSet::new());
    sandbox.run("render --check").succeeds();
}

#[test]
fn a_knob_changes_only_the_files_that_it_is_in() {
    let sandbox = fixtures::environments();
    sandbox.run("render").succeeds();
    let before = numbers(&sandbox);
    sandbox.write("environments/dev/metrics-server.yaml", "replicas: 3\n");
    let ran = sandbox.run("render").succeeds();
    let touched = touched(&before, &numbers(&sandbox));
    let expected = ["index.json", "kube-system/deployment-metrics-server.yaml"];
    let expected = expected.map(|file| format!("dev/manifests/metrics-server/{file}"));
    assert_eq!(touched, BTreeSet::from(expected));
    assert!(ran.stderr.contains(" 2 files written\n"), "{}", ran.stderr);
}

#[test]
fn a_component_that_goes_takes_its_files_along() {
    let sandbox = fixtures::small();
    sandbox.write(
        "environments/one/environment.yaml",
        "stack: reference/2026.11\ncrds: stand-in\ncomponents: { metrics-server: {}, cert-manager: {} }\n",
    );
    sandbox.run("render").succeeds();
    assert!(sandbox.exists("environments/one/manifests/cert-manager/cert-manager"));
    sandbox.write(
        "environments/one/environment.yaml",
        "stack: reference/2026.11\ncrds: stand-in\ncomponents: { metrics-server: {} }\n",
    );
    sandbox.run("render").succeeds();
    let left = sandbox.files("environments/one/manifests");
    let strangers: Vec<&String> = left
        .keys()
        .filter(|path| !path.starts_with("metrics-server/"))
        .collect();
    assert_eq!(strangers, Vec::<&String>::new());
    assert!(!sandbox.exists("environments/one/manifests/cert-manager"));
    assert!(!sandbox.exists("environments/one/manifests/namespaces"));
}

#[test]
fn check_tells_what_would_change_and_changes_nothing() {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    sandbox.write("environments/one/metrics-server.yaml", "replicas: 2\n");
    let before = numbers(&sandbox);
    let ran = sandbox.run("render --check").exits(2);
    insta::assert_snapshot!(ran.stdout, @r"
    ~ environments/one/manifests/metrics-server/index.json
    ~ environments/one/manifests/metrics-server/kube-system/deployment-metrics-server.yaml
    ");
    assert_eq!(touched(&before, &numbers(&sandbox)), BTreeSet::new());
}

/// A manifest that somebody edited is put right, not kept.
#[test]
fn a_manifest_edited_by_hand_is_rendered_again() {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    let path =
        "environments/one/manifests/metrics-server/kube-system/deployment-metrics-server.yaml";
    let rendered = sandbox.read(path);
    sandbox.replace(path, "replicas: 1", "replicas: 7");
    sandbox.run("render --check").exits(2);
    sandbox.run("render").succeeds();
    assert_eq!(sandbox.read(path), rendered);
}

#[test]
fn after_an_error_nothing_is_written() {
    let sandbox = fixtures::environments();
    sandbox.run("render").succeeds();
    let before = numbers(&sandbox);
    sandbox.write("environments/dev/metrics-server.yaml", "replicas: 3\n");
    sandbox.write("environments/prod/metrics-server.yaml", "replicas: many\n");
    sandbox.run("render").exits(1);
    assert_eq!(touched(&before, &numbers(&sandbox)), BTreeSet::new());
}
