//! `manifests/` belongs to the tool, and a file of somebody else there stops it.

use crate::support::fixtures;

/// Refused and kept, with everything else as it was.
#[track_caller]
fn refuses(path: &str) {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    sandbox.write(path, "mine\n");
    sandbox.write("environments/one/metrics-server.yaml", "replicas: 2\n");
    let before = sandbox.files("");
    let ran = sandbox.run("render").exits(1);
    assert!(ran.stderr.contains(path), "{}", ran.stderr);
    assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
    assert!(before == sandbox.files(""), "something was written");
    sandbox.remove(path);
    sandbox.run("render").succeeds();
}

#[test]
fn a_file_beside_the_components_is_refused() {
    refuses("environments/one/manifests/notes.txt");
}

#[test]
fn a_file_in_a_component_is_refused() {
    refuses("environments/one/manifests/metrics-server/kube-system/mine.yaml");
}

#[test]
fn a_component_that_nobody_rendered_is_refused() {
    refuses("environments/one/manifests/mine/deployment-a.yaml");
}

#[test]
fn a_hidden_file_is_refused() {
    refuses("environments/one/manifests/metrics-server/.mine");
}

#[test]
fn check_sees_a_file_of_somebody_else() {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    sandbox.write(
        "environments/one/manifests/metrics-server/mine.yaml",
        "mine\n",
    );
    let ran = sandbox.run("render --check").exits(2);
    assert!(
        ran.stdout
            .contains("- environments/one/manifests/metrics-server/mine.yaml")
    );
}
