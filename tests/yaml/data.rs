//! The manifests of known charts are read as `kubectl` reads them, and survive being written.

use std::path::{Path, PathBuf};

use kops_stack::diagnostic::Source;
use kops_stack::yaml::{
    MANIFEST_STREAM_LIMIT, Value, decode_within, emit_stream, kubernetes_stream,
};

use super::kubectl::{Kubectl, annotated, say};
use super::plain::number;

/// All YAML files of a directory of the shared data, which only some machines have.
fn files(directory: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .skip(1)
        .take(2);
    let root = root
        .map(|parent| parent.join("shared/data").join(directory))
        .find(|path| path.is_dir());
    let Some(root) = root else {
        say(&format!("skipped: no ../shared/data/{directory}"));
        return Vec::new();
    };
    let entries = walkdir::WalkDir::new(root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok);
    let paths = entries.map(|entry| entry.into_path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect()
}

fn read(path: &Path) -> Vec<Value> {
    let bytes = std::fs::read(path).expect("the file can be read");
    let source = decode_within(path.display().to_string(), bytes, MANIFEST_STREAM_LIMIT)
        .expect("it is text");
    let objects = kubernetes_stream(&source).unwrap_or_else(|problems| panic!("{problems:#?}"));
    objects.into_iter().map(|(value, _)| value).collect()
}

fn written_and_read(objects: &[Value]) -> Vec<Value> {
    let source = Source::new("emitted.yaml", emit_stream(objects));
    let objects = kubernetes_stream(&source).unwrap_or_else(|problems| panic!("{problems:#?}"));
    objects.into_iter().map(|(value, _)| value).collect()
}

fn check(directory: &str) {
    let read = |path: PathBuf| (read(&path), path);
    let files: Vec<(Vec<Value>, PathBuf)> = files(directory).into_iter().map(read).collect();
    for (objects, path) in &files {
        assert_eq!(&written_and_read(objects), objects, "{}", path.display());
    }
    if let Some(kubectl) = Kubectl::find() {
        compare(&kubectl, &files);
    }
    let objects: usize = files.iter().map(|(objects, _)| objects.len()).sum();
    say(&format!(
        "{objects} objects of {} files in {directory}",
        files.len()
    ));
}

fn compare(kubectl: &Kubectl, files: &[(Vec<Value>, PathBuf)]) {
    // Values of charts and lists of digests are no objects, and kubectl refuses them.
    let is_manifest = |(objects, _): &&(Vec<Value>, PathBuf)| {
        objects.iter().all(|object| object["kind"].is_string())
    };
    let manifests: Vec<_> = files.iter().filter(is_manifest).collect();
    for files in manifests.chunks(40) {
        let paths: Vec<PathBuf> = files.iter().map(|(_, path)| path.clone()).collect();
        let theirs = kubectl
            .read_files(&paths)
            .unwrap_or_else(|error| panic!("{error} in {paths:#?}"));
        let ours: Vec<&Value> = files.iter().flat_map(|(objects, _)| objects).collect();
        assert_eq!(ours.len(), theirs.len(), "{paths:#?}");
        for (ours, theirs) in ours.into_iter().zip(&theirs) {
            assert_eq!(annotated(number(ours)), number(theirs));
        }
    }
}

#[test]
fn goldens_are_read_as_kubectl_does() {
    check("goldens");
}

#[test]
fn custom_resource_definitions_are_read_as_kubectl_does() {
    check("crds");
}
