//! `import kops`: what kops has stored becomes knobs and patches, and nothing would change after it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::support::{ROOT, Sandbox};

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
