//! `upgrade`, seen from the outside: the way that it prints, and the files that it edits.

mod edits;
mod live;
pub mod obstacles;
mod paths;
mod refusals;

use std::path::Path;

use crate::support::{ROOT, Ran, Sandbox, fixtures};

/// The environments of this repository: prod is on reference/2026.8 and Kubernetes 1.35.4.
fn prod() -> Sandbox {
    fixtures::environments()
}

/// One environment on a cluster that something else makes, rendered.
fn existing(kubernetes: &str, stack: &str, components: &str) -> Sandbox {
    let environment = format!(
        "# What runs here.\nstack: {stack}   # moved by hand\ncrds: stand-in\ncomponents:\n{components}"
    );
    let cluster = format!(
        "provider: existing\nname: one.example.com\nkubernetes: \"{kubernetes}\"  # as the console shows it\n"
    );
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", "{}\n"),
        ("environments/one/environment.yaml", &environment),
        ("environments/one/cluster.yaml", &cluster),
    ]);
    sandbox.run("render one").succeeds();
    sandbox
}

/// What a person sees, with the part that went to stderr behind.
fn seen(ran: &Ran) -> String {
    format!("{}---\n{}", ran.stdout, ran.stderr)
}

/// Every file of the repository but the schemas and the lock.
fn knobs_and_manifests(sandbox: &Sandbox) -> std::collections::BTreeMap<String, Vec<u8>> {
    sandbox.files("environments")
}

/// The stack releases that the tests speak of are those that this repository publishes.
#[test]
fn the_releases_are_the_ones_that_the_tests_speak_of() {
    for release in ["2026.8", "2026.11", "2026.12"] {
        let file = Path::new(ROOT).join(format!("stacks/reference/{release}.yaml"));
        assert!(file.is_file(), "{}", file.display());
    }
}
