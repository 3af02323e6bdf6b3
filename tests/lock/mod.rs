//! kops-stack.lock: an upgraded binary never changes what runs in silence.
//!
//! No test can run a newer binary. What it would meet can be made by hand: a digest in the lock that
//! is not that of the binary's module, and committed manifests that the binary does not render.

mod digests;

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

const DEPLOYMENT: &str =
    "environments/one/manifests/metrics-server/kube-system/deployment-metrics-server.yaml";

fn lock(sandbox: &Sandbox) -> Value {
    serde_json::from_str(&sandbox.read("kops-stack.lock")).expect("the lock is JSON")
}

fn rendered() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    sandbox
}

/// As if the lock had been written by a binary with another metrics-server.
fn by_another_binary() -> Sandbox {
    let sandbox = rendered();
    let digest = lock(&sandbox)["modules"]["metrics-server"]["0.9.0"].clone();
    let digest = digest.as_str().expect("it is locked").to_owned();
    sandbox.replace("kops-stack.lock", &digest, &"0".repeat(64));
    sandbox
}

#[test]
fn the_first_rendering_records_what_is_in_use() {
    let sandbox = rendered();
    let lock = lock(&sandbox);
    assert_eq!(lock["lock"], 1);
    let modules = lock["modules"].as_object().expect("modules by name");
    assert_eq!(modules.keys().collect::<Vec<_>>(), ["metrics-server"]);
    let digest = lock["modules"]["metrics-server"]["0.9.0"].as_str();
    assert_eq!(digest.map(str::len), Some(64));
    assert!(lock["stacks"]["reference/2026.11"].is_string());
    sandbox.run("lock --check").succeeds();
}

#[test]
fn rendering_again_leaves_the_lock() {
    let sandbox = rendered();
    let before = sandbox.read("kops-stack.lock");
    sandbox.run("render").succeeds();
    assert_eq!(sandbox.read("kops-stack.lock"), before);
}

#[test]
fn another_module_that_renders_the_same_passes() {
    let sandbox = by_another_binary();
    sandbox.run("render").succeeds();
    sandbox.run("render --check").succeeds();
}

#[test]
fn another_module_that_renders_something_else_is_refused() {
    let sandbox = by_another_binary();
    sandbox.replace(DEPLOYMENT, "replicas: 1", "replicas: 7");
    let before = sandbox.files("");
    let ran = sandbox.run("render").exits(1);
    for part in [
        "error[lock-differs]",
        "`metrics-server`",
        DEPLOYMENT,
        "nothing was written",
    ] {
        assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
    }
    assert!(before == sandbox.files(""), "something was written");
    sandbox.run("render --check").exits(2);
}

#[test]
fn what_was_refused_passes_once_it_is_accepted() {
    let sandbox = by_another_binary();
    sandbox.replace(DEPLOYMENT, "replicas: 1", "replicas: 7");
    let ran = sandbox.run("lock").succeeds();
    assert_eq!(ran.stdout, "~ metrics-server\n");
    sandbox.run("lock --check").succeeds();
    sandbox.run("render").succeeds();
    assert!(sandbox.read(DEPLOYMENT).contains("replicas: 1"));
}

#[test]
fn lock_check_tells_and_writes_nothing() {
    let sandbox = by_another_binary();
    let before = sandbox.files("");
    let ran = sandbox.run("lock --check").exits(2);
    assert_eq!(ran.stdout, "~ metrics-server\n");
    assert!(before == sandbox.files(""), "something was written");
}

#[test]
fn what_is_in_use_and_not_locked_is_told_and_added() {
    let sandbox = rendered();
    let file = "environments/one/environment.yaml";
    sandbox.replace(
        file,
        "  metrics-server: {}\n",
        "  metrics-server: {}\n  cert-manager: {}\n",
    );
    let ran = sandbox.run("lock --check").exits(2);
    assert_eq!(ran.stdout, "+ cert-manager 1.21.1\n");
    let ran = sandbox.run("render --check").exits(2);
    assert!(
        ran.stdout
            .contains("kops-stack.lock: cert-manager 1.21.1 is in use"),
        "{}",
        ran.stdout
    );
    sandbox.run("render").succeeds();
    sandbox.run("lock --check").succeeds();
    assert!(lock(&sandbox)["modules"]["cert-manager"]["1.21.1"].is_string());
}

#[test]
fn what_is_no_longer_in_use_goes_when_it_is_asked_for() {
    let sandbox = rendered();
    let file = "environments/one/environment.yaml";
    sandbox.replace(file, "  metrics-server: {}\n", "  cert-manager: {}\n");
    sandbox.run("render").succeeds();
    assert!(lock(&sandbox)["modules"]["metrics-server"].is_object());
    sandbox.run("lock").succeeds();
    assert!(lock(&sandbox)["modules"]["metrics-server"].is_null());
}

/// Git locks what the repository holds itself.
#[test]
fn a_module_of_the_repository_is_not_locked() {
    let sandbox = fixtures::workloads();
    sandbox.run("render").succeeds();
    assert_eq!(lock(&sandbox)["modules"], serde_json::json!({}));
    let module = "modules/workloads/templates/job.yaml";
    sandbox.replace(module, "restartPolicy: Never", "restartPolicy: OnFailure");
    sandbox.run("render").succeeds();
}

/// A release that names other versions changes what runs, though no module changed.
#[test]
fn another_release_that_renders_something_else_is_refused() {
    let sandbox = rendered();
    let digest = lock(&sandbox)["stacks"]["reference/2026.11"].clone();
    let digest = digest.as_str().expect("it is locked").to_owned();
    sandbox.replace("kops-stack.lock", &digest, &"0".repeat(64));
    sandbox.run("render").succeeds();
    sandbox.replace(DEPLOYMENT, "replicas: 1", "replicas: 7");
    let ran = sandbox.run("render").exits(1);
    for part in ["error[lock-differs]", "reference/2026.11", DEPLOYMENT] {
        assert!(ran.stderr.contains(part), "{part} in {}", ran.stderr);
    }
}

#[test]
fn a_lock_that_cannot_be_read_stops_the_run() {
    let sandbox = rendered();
    for text in ["{", "{\"lock\": 99}", "[]"] {
        sandbox.write("kops-stack.lock", text);
        let ran = sandbox.run("render").exits(1);
        assert!(ran.stderr.contains("kops-stack.lock"), "{}", ran.stderr);
        assert_eq!(sandbox.read("kops-stack.lock"), text);
    }
}
