//! The knob files: a few values change, every other byte stays, and the manifests follow.

use super::{existing, knobs_and_manifests, prod, seen};
use crate::support::Sandbox;

const ENVIRONMENT: &str = "environments/prod/environment.yaml";
const CLUSTER: &str = "environments/prod/cluster.yaml";

#[test]
fn only_the_values_change_and_the_manifests_are_what_they_say() {
    let sandbox = prod();
    let (environment, cluster) = (sandbox.read(ENVIRONMENT), sandbox.read(CLUSTER));
    let others = |sandbox: &Sandbox| {
        let files = knobs_and_manifests(sandbox).into_iter();
        let kept = |path: &str| {
            !path.starts_with("prod/manifests/")
                && path != "prod/environment.yaml"
                && path != "prod/cluster.yaml"
        };
        files.filter(|(path, _)| kept(path)).collect::<Vec<_>>()
    };
    let before = others(&sandbox);
    let ran = sandbox.run("upgrade prod --to kubernetes=1.36").succeeds();
    insta::assert_snapshot!(ran.stderr);
    assert_eq!(
        sandbox.read(ENVIRONMENT),
        environment.replace("reference/2026.8", "reference/2026.11")
    );
    assert_eq!(sandbox.read(CLUSTER), cluster.replace("1.35.4", "1.36.3"));
    assert_eq!(others(&sandbox), before);
    sandbox.run("render prod --check").succeeds();
    let cluster = sandbox.files("environments/prod/manifests/cluster");
    let said = cluster
        .values()
        .any(|bytes| String::from_utf8_lossy(bytes).contains("kubernetesVersion: 1.36.3"));
    assert!(said, "{:?}", cluster.keys());
}

#[test]
fn line_ends_quotes_and_comments_stay() {
    let sandbox = existing("1.35", "reference/2026.8", "  metrics-server: {}\n");
    let environment = "# a\r\nstack:   'reference/2026.8'   # b\r\n\r\ncrds: stand-in\r\ncomponents: { metrics-server: {} }\r\n";
    let cluster = "kubernetes: '1.35'\r\n# the end";
    sandbox.write("environments/one/environment.yaml", environment);
    sandbox.write("environments/one/cluster.yaml", cluster);
    sandbox.run("render one").succeeds();
    sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    assert_eq!(
        sandbox.read("environments/one/environment.yaml"),
        environment.replace("2026.8", "2026.11")
    );
    assert_eq!(
        sandbox.read("environments/one/cluster.yaml"),
        cluster.replace("1.35", "1.36")
    );
}

/// A layer is shared: the value goes into the environment, over it, and that is said.
#[test]
fn a_value_of_a_layer_is_set_in_the_environment_and_the_layer_stays() {
    let sandbox = Sandbox::with(&[
        ("kops-stack.yaml", "{}\n"),
        (
            "environments/layers/all/environment.yaml",
            "stack: reference/2026.8\ncrds: stand-in\ncomponents:\n  metrics-server: {}\n  cert-manager: { version: 1.20.3 }\n",
        ),
        (
            "environments/layers/all/cluster.yaml",
            "kubernetes: \"1.35.7\"\n",
        ),
        ("environments/one/environment.yaml", "layers: [all]\n"),
        ("environments/two/environment.yaml", "layers: [all]\n"),
    ]);
    sandbox.run("render").succeeds();
    let before = sandbox.files("environments/layers");
    let two = sandbox.files("environments/two");
    let ran = sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    insta::assert_snapshot!(ran.stderr);
    assert_eq!(sandbox.files("environments/layers"), before);
    assert_eq!(sandbox.files("environments/two"), two);
    insta::assert_snapshot!(format!(
        "{}---\n{}",
        sandbox.read("environments/one/environment.yaml"),
        sandbox.read("environments/one/cluster.yaml")
    ));
    sandbox.run("render --check").succeeds();
}

#[test]
fn a_pin_stays_while_it_runs_and_follows_when_it_must() {
    let sandbox = existing(
        "1.35",
        "reference/2026.11",
        "  cert-manager: { version: 1.20.3 }   # until the tokens are gone\n  metrics-server: { version: 0.8.1 }\n",
    );
    let ran = sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    insta::assert_snapshot!(seen(&ran));
    let environment = sandbox.read("environments/one/environment.yaml");
    assert!(
        environment.contains("cert-manager: { version: 1.21.1 }   # until the tokens are gone\n  metrics-server: { version: 0.8.1 }\n"),
        "{environment}"
    );
}

#[test]
fn a_version_that_comes_from_a_fact_is_left_to_whoever_makes_facts() {
    let sandbox = existing("1.35", "reference/2026.8", "  metrics-server: {}\n");
    sandbox
        .write("environments/one/facts.yaml", "version: \"1.35\"\n")
        .write(
            "environments/one/cluster.yaml",
            "kubernetes: { fact: version }\n",
        );
    sandbox.run("render one").succeeds();
    let before = knobs_and_manifests(&sandbox);
    let ran = sandbox.run("upgrade one --to kubernetes=1.36").exits(3);
    insta::assert_snapshot!(ran.stderr);
    assert_eq!(knobs_and_manifests(&sandbox), before);
}

/// What `render` refuses at the end leaves no half of a hop behind.
#[test]
fn knob_files_are_put_back_when_the_manifests_are_refused() {
    let sandbox = prod();
    sandbox.run("lock").succeeds();
    let lock = sandbox.read("kops-stack.lock");
    let digest = regex_lite::Regex::new("(\"1.21.1\": \")[0-9a-f]{64}").expect("a pattern");
    let forged = digest.replace(&lock, format!("${{1}}{}", "0".repeat(64)));
    assert_ne!(forged, lock, "no digest stands in the line");
    sandbox.write("kops-stack.lock", forged.as_bytes());
    let before = knobs_and_manifests(&sandbox);
    let ran = sandbox.run("upgrade prod --to kubernetes=1.36").exits(1);
    assert!(ran.stderr.contains("error[lock-differs]"), "{}", ran.stderr);
    assert_eq!(knobs_and_manifests(&sandbox), before);
}
