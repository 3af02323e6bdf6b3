//! An environment from its creation to its end, by the program as people run it: made from nothing,
//! changed, a component taken away, destroyed; and prod moved to another release.

use std::path::Path;

use kops_stack::model::digest::sha256;
use walkdir::WalkDir;

use crate::support::catalogue::CATALOGUE;
use crate::support::control_plane::{ControlPlane, start};
use crate::support::{ROOT, Ran, Sandbox, fixtures};

/// Two knobs, so that something changes that restarts pods and something that does not.
const CHANGE: &str = "replicas: 2\nlogLevel: 4\n";

/// The repository of this project, turned towards a control plane.
struct Repository<'p> {
    sandbox: Sandbox,
    plane: &'p ControlPlane,
    name: &'static str,
}

impl<'p> Repository<'p> {
    /// With upstream's CRDs where they are at hand: none are listed for the Envoy Gateway of prod. What
    /// protects an environment refuses stand-ins.
    fn of(plane: &'p ControlPlane, name: &'static str) -> Self {
        let sandbox = fixtures::environments();
        let file = format!("environments/{name}/environment.yaml");
        sandbox.replace(
            &file,
            &format!("context: {name}.example.com"),
            "context: test",
        );
        let repository = Self {
            sandbox,
            plane,
            name,
        };
        if name == "prod" {
            repository
                .sandbox
                .replace(&file, "protect: true", "protect: false");
        } else if published(&repository.sandbox) {
            repository
                .sandbox
                .replace(&file, "crds: stand-in", "crds: vendored");
            repository.run("vendor {} --from crds").succeeds();
        }
        repository.run("render {}").succeeds();
        repository.run("pin {} --yes").succeeds();
        repository
    }

    fn file(&self, file: &str) -> String {
        format!("environments/{}/{file}", self.name)
    }

    /// Runs the program; `{}` stands for the environment.
    fn run(&self, arguments: &str) -> Ran {
        let kubeconfig = self.plane.kubeconfig.to_str().expect("it is text");
        let arguments = arguments.replace("{}", self.name);
        let run = self.sandbox.command(&arguments);
        run.env("KUBECONFIG", kubeconfig).run()
    }

    /// Applies, and finds nothing left to do, by proof and by asking about everything.
    fn applies(&self) -> Ran {
        let applied = self
            .run("apply {} --without-cluster --yes --timeout 300")
            .succeeds();
        self.run("plan {} --without-cluster --detailed-exitcode")
            .succeeds();
        self.run("plan {} --without-cluster --verify --detailed-exitcode")
            .succeeds();
        self.run("status {}").succeeds();
        applied
    }
}

/// Puts what upstream publishes where `vendor` looks for it; false when it is not at hand.
fn published(sandbox: &Sandbox) -> bool {
    let folder = Path::new(ROOT).join("../shared/data/crds");
    if !folder.exists() {
        eprintln!("there is no ../shared/data/crds: with stand-ins of the CRDs");
        return false;
    }
    let files = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("the folder can be read"))
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| fs_err::read(entry.path()).expect("it can be read"))
        .map(|bytes| (sha256(&bytes), bytes));
    let by_digest: std::collections::BTreeMap<_, _> = files.collect();
    for module in CATALOGUE.modules.values() {
        for version in module.inputs.iter().flat_map(|input| &input.versions) {
            for (file, digest) in &version.files {
                if let Some(bytes) = by_digest.get(&digest.to_string()) {
                    let path = format!("crds/{}/{}/{file}", module.name, version.version);
                    sandbox.write(&path, bytes);
                }
            }
        }
    }
    true
}

#[test]
fn dev_is_made_changed_made_smaller_and_destroyed() {
    let Some(plane) = start("1.36", &["-nodes", "3"]) else {
        return;
    };
    let dev = Repository::of(&plane, "dev");
    let plan = dev.run("plan {} --without-cluster").succeeds();
    assert!(plan.stdout.contains("106 to create"), "{}", plan.stdout);
    assert!(plan.stdout.contains(" 0 blocked"), "{}", plan.stdout);
    dev.applies();

    dev.sandbox.write(
        &dev.file("metrics-server.yaml"),
        CHANGE.lines().next().expect("one"),
    );
    dev.run("render {}").succeeds();
    let plan = dev.run("plan {} --without-cluster").succeeds();
    assert!(plan.stdout.contains("spec.replicas"), "{}", plan.stdout);
    dev.applies();

    let off = "components:\n  cluster-autoscaler: { enabled: false }\n";
    let file = dev.file("environment.yaml");
    dev.sandbox.write(&file, dev.sandbox.read(&file) + off);
    dev.run("render {}").succeeds();
    let plan = dev.run("plan {} --without-cluster").succeeds();
    assert!(plan.stdout.contains("8 to delete"), "{}", plan.stdout);
    dev.applies();
    if let Some(left) = plane.kubectl(&["get", "deployments", "-A", "-o", "name"]) {
        assert!(!left.contains("cluster-autoscaler"), "{left}");
    }

    dev.run("destroy {} --yes=other").exits(64);
    dev.run("destroy {} --yes=dev --timeout 300").succeeds();
    if let Some(left) = plane.kubectl(&["get", "deployments", "-A", "-o", "name"]) {
        assert_eq!(left.trim(), "", "all that was made is gone");
    }
    if let Some(left) = plane.kubectl(&["get", "crds", "-o", "name"]) {
        assert!(left.contains("certificates.cert-manager.io"), "{left}");
    }
}

#[test]
fn prod_is_made_on_the_release_before_and_its_stack_is_moved() {
    let flags = ["-nodes", "3", "-node-label", "role=platform"];
    let Some(plane) = start("1.35", &flags) else {
        return;
    };
    let prod = Repository::of(&plane, "prod");
    prod.applies();

    let file = prod.file("environment.yaml");
    prod.sandbox
        .replace(&file, "reference/2026.8", "reference/2026.11");
    prod.run("render {}").succeeds();
    let plan = prod.run("plan {} --without-cluster").succeeds();
    assert!(plan.stdout.contains("1.20.3 → 1.21.1"), "{}", plan.stdout);
    prod.applies();
}
