//! Files of random structure mean what `kubectl` says.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kops_stack::diagnostic::Source;
use kops_stack::yaml::{Value, kubernetes_stream};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;

use super::kubectl::{Kubectl, annotated, say};
use super::plain::number;
use super::properties::file;

/// Objects by name, each from a file of its own.
fn objects(directory: &Path, count: usize) -> BTreeMap<String, (Value, PathBuf, String)> {
    let mut runner = TestRunner::deterministic();
    let mut objects = BTreeMap::new();
    while objects.len() < count {
        let random = file()
            .new_tree(&mut runner)
            .expect("files can be made")
            .current();
        let name = format!("f{}", objects.len());
        let yaml =
            format!("apiVersion: example.com/v1\nkind: File\nmetadata: {{name: {name}}}\n{random}");
        let Ok(read) = kubernetes_stream(&Source::new("a.yaml", yaml.as_str())) else {
            continue;
        };
        if let [(value, _)] = &read[..] {
            let path = directory.join(format!("{name}.yaml"));
            std::fs::write(&path, &yaml).expect("the directory for tests can be written");
            objects.insert(name, (value.clone(), path, yaml));
        }
    }
    objects
}

#[test]
fn files_are_read_as_kubectl_does() {
    let Some(kubectl) = Kubectl::find() else {
        return;
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files");
    std::fs::create_dir_all(&directory).expect("the directory for tests can be made");
    let objects = objects(&directory, 3000);
    let paths: Vec<PathBuf> = objects.values().map(|(_, path, _)| path.clone()).collect();
    let mut read = BTreeMap::new();
    for paths in paths.chunks(250) {
        for object in kubectl.read_what_it_can(paths) {
            read.insert(
                object["metadata"]["name"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
                object,
            );
        }
    }
    let mut refused = 0;
    for (name, (ours, _, yaml)) in objects {
        match read.get(&name) {
            Some(theirs) => assert_eq!(annotated(number(&ours)), number(theirs), "{yaml}"),
            // Tabs where it wants none, mostly; what it does not read cannot differ.
            None => refused += 1,
        }
    }
    say(&format!(
        "{} random files read as kubectl does, {refused} refused by it alone",
        read.len()
    ));
}
