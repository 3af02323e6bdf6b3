//! Which hops there are, what moves when, and why.

use serde_json::Value;

use super::{existing, knobs_and_manifests, prod, seen};

#[test]
fn prod_goes_to_the_next_minor_with_the_release_that_it_needs() {
    let sandbox = prod();
    let before = knobs_and_manifests(&sandbox);
    let ran = sandbox
        .run("upgrade prod --to kubernetes=1.36 --dry-run")
        .succeeds();
    insta::assert_snapshot!(seen(&ran));
    assert_eq!(knobs_and_manifests(&sandbox), before);
}

#[test]
fn two_minors_are_two_hops_and_each_takes_the_oldest_release_that_will_do() {
    let sandbox = existing(
        "1.34.10",
        "reference/2026.8",
        "  cert-manager: {}\n  cluster-autoscaler: {}\n  metrics-server: {}\n",
    );
    let ran = sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    insta::assert_snapshot!(seen(&ran));
    let cluster = sandbox.read("environments/one/cluster.yaml");
    assert!(cluster.contains("\"1.35.7\""), "{cluster}");
    let again = sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    assert!(again.stdout.contains("Hop 1 of 1"), "{}", again.stdout);
    let cluster = sandbox.read("environments/one/cluster.yaml");
    assert!(cluster.contains("\"1.36.3\""), "{cluster}");
    let done = sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    assert!(done.stdout.contains("nothing to do"), "{}", done.stdout);
}

#[test]
fn a_release_that_needs_another_minor_takes_the_minors_first() {
    let sandbox = existing(
        "1.34",
        "reference/2026.8",
        "  cluster-autoscaler: {}\n  metrics-server: {}\n",
    );
    let ran = sandbox
        .run("upgrade one --to stack=2026.12 --dry-run")
        .succeeds();
    insta::assert_snapshot!(ran.stdout);
}

#[test]
fn a_release_alone_moves_components_and_no_control_plane() {
    let sandbox = existing(
        "1.35",
        "reference/2026.8",
        "  cluster-autoscaler: {}\n  envoy-gateway: {}\n  gateway-api-crds: {}\n",
    );
    let ran = sandbox
        .run("upgrade one --to stack=reference/2026.12 --dry-run")
        .succeeds();
    insta::assert_snapshot!(seen(&ran));
}

#[test]
fn a_minor_that_no_release_knows_ends_the_way_and_nothing_is_written() {
    let sandbox = prod();
    let before = knobs_and_manifests(&sandbox);
    let ran = sandbox.run("upgrade prod --to kubernetes=1.37").exits(3);
    let end = ran
        .stdout
        .split("The way ends here")
        .nth(1)
        .expect("it ends");
    insta::assert_snapshot!(end);
    assert_eq!(knobs_and_manifests(&sandbox), before);
}

#[test]
fn a_patch_release_is_a_hop_of_its_own() {
    let sandbox = existing("1.36.1", "reference/2026.11", "  metrics-server: {}\n");
    let ran = sandbox.run("upgrade one --to kubernetes=1.36").succeeds();
    insta::assert_snapshot!(seen(&ran));
    let exact = sandbox.run("upgrade one --to kubernetes=1.36.3").succeeds();
    assert!(exact.stdout.contains("nothing to do"), "{}", exact.stdout);
}

#[test]
fn programs_get_the_same_path() {
    let sandbox = prod();
    let ran = sandbox
        .run("upgrade prod --to kubernetes=1.36 --check --format json")
        .succeeds();
    let path: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(path["format"], "kops-stack.upgrade/1");
    assert_eq!(path["free"], true);
    let hop = &path["hops"][0];
    assert_eq!(hop["kubernetes"]["to"], "1.36.3");
    assert_eq!(hop["stack"]["to"], "reference/2026.11");
    let moves = hop["moves"].as_array().expect("moves");
    let when = |component: &str| {
        let mut moves = moves.iter();
        moves
            .find(|moved| moved["component"] == component)
            .expect("it moves")["when"]
            .clone()
    };
    assert_eq!(when("cert-manager"), "before");
    assert_eq!(when("cluster-autoscaler"), "after");
    let place = |component: &str| {
        let mut moves = moves.iter();
        moves.position(|moved| moved["component"] == component)
    };
    assert!(place("gateway-api-crds") < place("envoy-gateway"));
    let keys: Vec<&Value> = hop["edits"]
        .as_array()
        .expect("edits")
        .iter()
        .map(|edit| &edit["key"])
        .collect();
    assert_eq!(keys, ["stack", "kubernetes"]);
}

#[test]
fn a_comment_has_the_answer_in_its_heading() {
    let sandbox = prod();
    let ran = sandbox
        .run("upgrade prod --to kubernetes=1.36 --check --format markdown")
        .succeeds();
    let heading = ran.stdout.lines().next().expect("a line");
    assert_eq!(
        heading,
        "### Upgrade of `prod`: yes: nothing is in the way to Kubernetes 1.36"
    );
    assert!(
        ran.stdout
            .contains("```text\nprod · Kubernetes 1.35.4 → 1.36.3"),
        "{}",
        ran.stdout
    );
}
