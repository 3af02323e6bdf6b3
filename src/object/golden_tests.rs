//! The tables and the diff against real manifests: charts in several versions, and CRDs.
//!
//! The data stands beside the repository where kops-stack is built; elsewhere these tests say that
//! they are skipped.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "the data stands on disk, and a skipped test says so"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::diff::apply::{apply_changes, in_order};
use super::{
    ChangeKind, Identity, ListKind, Object, Path as ObjectPath, Schema, Segment, Shape, diff,
    file_path, merge, references,
};
use crate::diagnostic::Source;
use crate::yaml::{Value, kubernetes_stream};

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(folder);
    // A worktree stands one level deeper.
    let deeper = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared/data")
        .join(folder);
    let found = [path, deeper].into_iter().find(|path| path.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no ../shared/data/{folder}");
    }
    found
}

/// Reading a large file takes seconds in a debug build, and teaches nothing that a small one does not.
fn is_small_yaml(path: &Path) -> bool {
    let length = std::fs::metadata(path).expect("the file is there").len();
    path.extension()
        .is_some_and(|extension| extension == "yaml")
        && length < 200_000
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(folder).expect("the folder is there");
    let mut paths: Vec<_> = listed
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    paths
}

fn values(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).expect("a text");
    let source = Source::new(file.display().to_string(), text);
    let values = kubernetes_stream(&source)
        .unwrap_or_else(|problems| panic!("{}: {problems:?}", file.display()));
    values.into_iter().map(|(value, _)| value).collect()
}

fn objects(file: &Path) -> BTreeMap<Identity, Object> {
    let object =
        |value| Object::new(value).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    values(file)
        .into_iter()
        .map(object)
        .map(|object| (object.identity(), object))
        .collect()
}

/// Each chart's renderings of one case, by version.
fn cases(goldens: &Path) -> Vec<Vec<PathBuf>> {
    let mut cases: BTreeMap<(PathBuf, String), Vec<PathBuf>> = BTreeMap::new();
    for chart in entries(goldens).into_iter().filter(|path| path.is_dir()) {
        for file in entries(&chart)
            .iter()
            .filter(|path| path.is_dir())
            .flat_map(|version| entries(version))
        {
            let name = file
                .file_name()
                .expect("a file")
                .to_string_lossy()
                .into_owned();
            if name.ends_with(".yaml") && !name.ends_with(".values.yaml") && name != "meta.yaml" {
                cases.entry((chart.clone(), name)).or_default().push(file);
            }
        }
    }
    cases.into_values().collect()
}

/// Sorts the lists that are no atomic ones.
fn normal(value: &Value, schema: &Schema) -> Value {
    let is_ordered = |path: &ObjectPath| {
        let mut shape = schema.root();
        for segment in path.segments() {
            shape = step_shape(shape, segment);
        }
        *shape.list() == ListKind::Atomic
    };
    in_order(value, &is_ordered, &ObjectPath::root())
}

fn step_shape<'a>(shape: Shape<'a>, segment: &Segment) -> Shape<'a> {
    match segment {
        Segment::Key(key) => shape.field(key),
        _ => shape.items(),
    }
}

#[test]
fn changes_between_versions_of_charts_say_all() {
    let Some(goldens) = data("goldens") else {
        return;
    };
    let (mut compared, mut changed) = (0, 0);
    for files in cases(&goldens) {
        for pair in files.windows(2) {
            let (old, new) = (objects(&pair[0]), objects(&pair[1]));
            for (identity, old) in &old {
                let Some(new) = new.get(identity) else {
                    continue;
                };
                let schema = Schema::of(new);
                let changes = diff(old.value(), new.value(), &schema);
                let applied = apply_changes(old.value(), &changes);
                assert_eq!(
                    normal(&applied, &schema),
                    normal(new.value(), &schema),
                    "{identity}"
                );
                for change in &changes {
                    let read = ObjectPath::parse(&change.path.to_string(), &schema);
                    assert_eq!(read.as_ref(), Ok(&change.path), "{identity}");
                }
                compared += 1;
                changed += usize::from(!changes.is_empty());
            }
        }
    }
    assert!(
        compared > 100 && changed > 10,
        "{changed} of {compared} changed"
    );
}

/// What is null is absent, and a merge takes it away.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let kept = map.iter().filter(|(_, value)| !value.is_null());
            kept.map(|(key, value)| (key.clone(), without_nulls(value)))
                .collect()
        }
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

#[test]
fn real_objects_merge_onto_themselves_and_their_next_versions() {
    let Some(goldens) = data("goldens") else {
        return;
    };
    let mut merged = 0;
    for files in cases(&goldens) {
        for pair in files.windows(2) {
            let (old, new) = (objects(&pair[0]), objects(&pair[1]));
            for (identity, old) in &old {
                let schema = Schema::of(old);
                let old = without_nulls(old.value());
                let mut same = old.clone();
                merge(&mut same, &old, &schema).unwrap_or_else(|e| panic!("{identity}: {e:?}"));
                assert_eq!(same, old, "{identity}");
                let Some(new) = new.get(identity) else {
                    continue;
                };
                let new = without_nulls(new.value());
                let mut once = old.clone();
                merge(&mut once, &new, &schema).unwrap_or_else(|e| panic!("{identity}: {e:?}"));
                // What the new one says is there now: only what it does not say differs from it.
                for change in diff(&once, &new, &schema) {
                    let gone = change.old.is_some() && change.new.is_none();
                    let moved = change.kind == ChangeKind::Reordered;
                    assert!(gone || moved, "{identity}: {change:?}");
                }
                let mut twice = once.clone();
                merge(&mut twice, &new, &schema).unwrap_or_else(|e| panic!("{identity}: {e:?}"));
                assert_eq!(twice, once, "{identity}");
                merged += 1;
            }
        }
    }
    assert!(merged > 100, "{merged} objects");
}

#[test]
fn real_objects_have_unique_files_identities_and_references() {
    let Some(goldens) = data("goldens") else {
        return;
    };
    let mut found = 0;
    for file in cases(&goldens).into_iter().flatten() {
        let objects = objects(&file);
        let mut files: Vec<_> = objects.keys().map(file_path).collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), objects.len(), "{}", file.display());
        for (identity, object) in &objects {
            assert_eq!(identity.to_string().parse().as_ref(), Ok(identity));
            for reference in references(object) {
                let name = reference.at.get(object.value()).and_then(Value::as_str);
                assert_eq!(
                    name,
                    Some(reference.to.name.as_str()),
                    "{identity}: {}",
                    reference.at
                );
                found += 1;
            }
        }
    }
    assert!(found > 500, "{found} references");
}

#[test]
fn the_newest_vendored_crds_have_a_schema_in_each_version() {
    let Some(crds) = data("crds") else { return };
    let mut keyed = 0;
    for folder in entries(&crds)
        .iter()
        .filter(|path| path.is_dir())
        .filter_map(|project| entries(project).pop())
    {
        for file in entries(&folder).iter().filter(|path| is_small_yaml(path)) {
            for crd in values(file)
                .iter()
                .filter(|value| value["kind"] == "CustomResourceDefinition")
            {
                for version in crd["spec"]["versions"].as_array().expect("versions") {
                    let name = version["name"].as_str().expect("a name");
                    let schema =
                        Schema::from_crd(crd, name).unwrap_or_else(|| panic!("{}", file.display()));
                    keyed += schema.keyed_lists();
                }
            }
        }
    }
    assert!(keyed > 100, "{keyed} keyed lists");
}
