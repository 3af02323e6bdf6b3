//! What a reviewer sees of a change of the cluster: with no kops, no cloud and no cluster.

use serde_json::Value;

use super::manifests::{SMALL, repository};
use crate::support::Sandbox;

/// The repository with its cluster rendered and committed.
pub fn committed() -> Sandbox {
    let sandbox = repository(SMALL);
    sandbox.run("render prod").succeeds();
    for arguments in [
        "init --quiet .",
        "add --all",
        "-c user.name=Test -c user.email=test@example.com commit --quiet --message Base",
    ] {
        let status = std::process::Command::new("git")
            .args(arguments.split(' '))
            .current_dir(sandbox.root())
            .status();
        assert!(status.expect("git is there").success(), "git {arguments}");
    }
    sandbox
}

/// Text, markdown, and the part of the JSON that is about the cluster.
fn shown(sandbox: &Sandbox) -> String {
    sandbox.run("render prod").succeeds();
    let text = sandbox.run("plan prod --against git:HEAD").succeeds();
    let markdown = sandbox
        .run("diff prod --base HEAD --format markdown")
        .succeeds();
    let json = sandbox
        .run("plan prod --against git:HEAD --format json")
        .succeeds();
    let json: Value = serde_json::from_str(&json.stdout).expect("JSON");
    let cluster = serde_json::to_string_pretty(&json["plans"][0]["cluster"]).expect("JSON");
    format!(
        "{}\n---\n{}\n---\n{cluster}\n",
        text.stdout, markdown.stdout
    )
}

#[test]
fn a_cluster_that_comes_shows_its_machines_and_the_way() {
    let sandbox = repository(SMALL);
    sandbox.run("render prod").succeeds();
    let plan = sandbox.run("plan prod --against empty").succeeds();
    let cluster = plan.stdout.split("\n\n").nth(1).expect("a section");
    insta::assert_snapshot!(cluster);
}

#[test]
fn another_machine_type_rolls_its_group_and_a_group_that_goes_is_emptied() {
    let sandbox = committed();
    let file = "environments/prod/cluster.yaml";
    sandbox.replace(
        file,
        "general: { machine: m7g.large, min: 1, max: 3 }",
        "batch: { machine: m6i.xlarge, min: 0, max: 9 }",
    );
    sandbox.replace(file, "machine: m6i.large }", "machine: m6i.xlarge }");
    insta::assert_snapshot!(shown(&sandbox));
}

#[test]
fn a_network_that_moves_is_blocked() {
    let sandbox = committed();
    sandbox.replace(
        "environments/prod/cluster.yaml",
        "10.20.0.0/16",
        "10.21.0.0/16",
    );
    sandbox.run("render prod").succeeds();
    let plan = sandbox.run("plan prod --against git:HEAD");
    insta::assert_snapshot!(plan.stdout);
}

#[test]
fn nothing_is_said_of_a_cluster_that_stays() {
    let sandbox = committed();
    sandbox.replace(
        "environments/prod/cluster.yaml",
        "state:",
        "# Where kops looks.\nstate:",
    );
    let plan = sandbox
        .run("plan prod --against git:HEAD --detailed-exitcode")
        .succeeds();
    assert!(!plan.stdout.contains("Cluster"), "{}", plan.stdout);
}
