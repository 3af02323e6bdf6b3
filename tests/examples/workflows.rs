//! The workflows of examples/ci: what they run is run here, on a pull request of its own.

use git2::{IndexAddOption, Repository, Signature};
use kops_stack::diagnostic::Source;
use kops_stack::yaml::kubernetes_stream;
use serde_json::Value;

use super::example;
use crate::support::{Ran, Sandbox};

/// Scripts of the workflows that run the program.
fn scripts(sandbox: &Sandbox) -> Vec<String> {
    let mut scripts = Vec::new();
    for (path, text) in sandbox.files(".github/workflows") {
        let text = String::from_utf8(text).expect("a workflow is text");
        let source = Source::new(path.as_str(), text);
        let mut values = kubernetes_stream(&source).expect("a workflow is YAML");
        let (workflow, _) = values.remove(0);
        let jobs = workflow["jobs"].as_object().expect("a workflow has jobs");
        let steps = jobs
            .values()
            .filter_map(|job| job["steps"].as_array())
            .flatten();
        scripts.extend(
            steps
                .filter_map(|step| step["run"].as_str())
                .filter(|script| script.lines().any(|line| line.starts_with("kops-stack ")))
                .map(str::to_owned),
        );
    }
    scripts
}

fn commit(sandbox: &Sandbox, message: &str) -> String {
    let repository = Repository::init(sandbox.root()).expect("a repository can be made");
    let mut index = repository.index().expect("it has an index");
    index
        .add_all(["*"], IndexAddOption::DEFAULT, None)
        .expect("files can be added");
    index.write().expect("the index can be written");
    let tree = index.write_tree().expect("a tree can be written");
    let tree = repository.find_tree(tree).expect("it was written just now");
    let author =
        Signature::new("Test", "test@example.com", &git2::Time::new(0, 0)).expect("a name");
    let parent = repository
        .head()
        .ok()
        .and_then(|head| head.peel_to_commit().ok());
    let parents: Vec<_> = parent.iter().collect();
    let commit = repository.commit(Some("HEAD"), &author, &author, message, &tree, &parents);
    commit.expect("it can be committed").to_string()
}

/// Runs every script; returns how each ended, in their order.
fn run_all(sandbox: &Sandbox, base: &str) -> Vec<Ran> {
    let scripts = scripts(sandbox);
    assert!(scripts.len() >= 5, "{scripts:?}");
    scripts
        .iter()
        .map(|script| {
            let run = sandbox.command("").env("BASE", base);
            run.env("GITHUB_STEP_SUMMARY", "summary.md")
                .script(script)
                .run()
        })
        .collect()
}

#[test]
fn a_pull_request_that_was_rendered_passes_and_is_told() {
    let sandbox = example("ci");
    let base = commit(&sandbox, "Base");
    sandbox.replace(
        "environments/prod/metrics-server.yaml",
        "replicas: 2",
        "replicas: 3",
    );
    sandbox.run("render").succeeds();
    commit(&sandbox, "Three");
    for ran in run_all(&sandbox, &base) {
        ran.succeeds();
    }
    let sarif: Value = serde_json::from_str(&sandbox.read("check.sarif")).expect("it is JSON");
    assert_eq!(sarif["runs"][0]["results"], serde_json::json!([]));
    let comment = sandbox.read("comment.md");
    assert!(comment.contains("spec.replicas"), "{comment}");
    assert!(sandbox.read("summary.md").contains("metrics-server"));
    let plan: Value = serde_json::from_str(&sandbox.read("plan.json")).expect("it is JSON");
    assert_eq!(plan["plans"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_pull_request_that_was_not_rendered_fails() {
    let sandbox = example("ci");
    let base = commit(&sandbox, "Base");
    sandbox.replace(
        "environments/prod/metrics-server.yaml",
        "replicas: 2",
        "replicas: 3",
    );
    commit(&sandbox, "Three, and not rendered");
    let codes: Vec<Option<i32>> = run_all(&sandbox, &base)
        .iter()
        .map(|ran| ran.code)
        .collect();
    assert!(codes.contains(&Some(2)), "{codes:?}");
}

/// What changes there is run as a script: nothing that a pull request names may get into one.
#[test]
fn no_script_holds_what_somebody_else_wrote() {
    let sandbox = example("ci");
    for (path, text) in sandbox.files(".github/workflows") {
        let text = String::from_utf8(text).expect("a workflow is text");
        for line in text
            .lines()
            .filter(|line| line.trim_start().starts_with("run:"))
        {
            assert!(!line.contains("github.event"), "{path}: {line}");
        }
    }
}
