//! `import kops`: what kops has stored becomes knobs and patches, and nothing would change after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::manifests::{SMALL, repository as with_cluster};
use crate::support::fake_kops::{FakeKops, digest};
use crate::support::{ROOT, Run, Sandbox};

/// The pairs of options and stored documents that the real `kops create cluster` made.
fn pairs() -> Option<PathBuf> {
    let places = [
        "../shared/data/kops/create_cluster",
        "../../shared/data/kops/create_cluster",
    ];
    let mut places = places.iter().map(|place| Path::new(ROOT).join(place));
    let found = places.find(|place| place.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no ../shared/data/kops/create_cluster");
    }
    found
}

/// With a release of a stack that was tested with whatever the clusters have.
fn repository() -> Sandbox {
    Sandbox::with(&[
        ("kops-stack.yaml", "defaults: { stack: old/1.0 }\n"),
        (
            "stacks/old/1.0.yaml",
            "summary: For any cluster\nkubernetes: \">=1.25, <1.40\"\nmodules: {}\n",
        ),
    ])
}

/// What an import says at its end, or why it is refused.
fn imported(documents: &str) -> String {
    let sandbox = repository();
    sandbox.write("stored.yaml", documents);
    let name = documents
        .split("name: ")
        .nth(1)
        .and_then(|rest| rest.lines().next())
        .expect("a name");
    let command = format!("import kops {name} --environment prod --from stored.yaml");
    let ran = sandbox.run(&command);
    let said = ran
        .stderr
        .lines()
        .filter(|line| line.contains(": knobs ") || line.starts_with("error"));
    let said: Vec<&str> = said.collect();
    if ran.code == Some(0) {
        sandbox.run("render prod").succeeds();
        assert!(sandbox.exists("environments/prod/manifests/cluster/index.json"));
    }
    said.join("\n")
}

#[test]
fn clusters_of_kops_are_imported_whole() {
    let Some(folder) = pairs() else { return };
    let entries = fs_err::read_dir(&folder).expect("the folder can be read");
    let mut outcomes = BTreeMap::new();
    for entry in entries {
        let path = entry.expect("an entry").path().join("expected.yaml");
        if !path.is_file() {
            continue;
        }
        let case = path.parent().and_then(Path::file_name).expect("a folder");
        let documents = fs_err::read_to_string(&path).expect("it can be read");
        outcomes.insert(case.to_string_lossy().into_owned(), imported(&documents));
    }
    let lines: Vec<String> = outcomes
        .iter()
        .map(|(case, said)| format!("{case}: {said}"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

/// What `render` made of a cluster.yaml, as kops takes it.
fn documents(sandbox: &Sandbox) -> String {
    sandbox.run("render prod").succeeds();
    let files = sandbox
        .files("environments/prod/manifests/cluster")
        .into_iter();
    let texts = files.filter(|(name, _)| name.ends_with(".yaml"));
    let texts = texts.map(|(_, bytes)| String::from_utf8(bytes).expect("UTF-8"));
    texts.collect::<Vec<_>>().join("---\n")
}

/// A call that finds this kops.
fn with_kops(run: Run, kops: &FakeKops) -> Run {
    let program = FakeKops::program();
    let folder = program.parent().expect("it lies in a folder");
    let environment = kops.environment().into_iter();
    let run = environment.fold(run, |run, (name, value)| run.env(&name, &value));
    run.env("PATH", &folder.display().to_string())
}

#[test]
fn what_kops_was_given_comes_back_and_nothing_is_written_there() {
    let Some(kops) = FakeKops::new() else { return };
    kops.file("all.yaml", &documents(&with_cluster(SMALL)));
    kops.done(&["create", "-f", "all.yaml"]);
    let before = digest(&kops.path("state"));
    let sandbox = repository();
    let state = format!("file://{}", kops.path("state").display());
    let command = format!("import kops prod.example.com --state {state}");
    let ran = with_kops(sandbox.command(&command), &kops).run().succeeds();
    assert!(
        ran.stderr.contains("nothing of it would change"),
        "{}",
        ran.stderr
    );
    assert_eq!(digest(&kops.path("state")), before);
    let calls = kops.log();
    let calls: Vec<&str> = calls
        .iter()
        .filter_map(|call| call["arguments"][0].as_str())
        .collect();
    assert_eq!(calls, ["create", "version", "get"]);
    // The tags of an autoscaler, which the new environment does not have.
    let patches = sandbox.read("environments/prod/patches.yaml");
    assert_eq!(patches.matches("op: ").count(), 1, "{patches}");
    assert!(patches.contains("path: /spec/cloudLabels"), "{patches}");
}

#[test]
fn another_kops_is_refused_before_it_is_asked_for_anything() {
    let Some(kops) = FakeKops::new() else { return };
    kops.faults("[{fault: version, text: 1.35.0}]");
    let sandbox = repository();
    let run = sandbox.command("import kops prod.example.com --state s3://state.example.com");
    let ran = with_kops(run, &kops).run().exits(1);
    assert!(
        ran.stderr.contains("is kops 1.35.0, and 1.36.2 is wanted"),
        "{}",
        ran.stderr
    );
    assert_eq!(kops.log().len(), 1);
}
