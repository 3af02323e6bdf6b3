//! What upstream's chart renders, by the shared data's folders.

use std::path::{Path, PathBuf};

use kops_stack::diagnostic::Source;
use kops_stack::object::{Object, is_cluster_scoped};
use kops_stack::yaml::{Value, documents, header, kubernetes_stream};

use super::chart::Apart;
use crate::support::ROOT;
use crate::support::catalogue::told;

/// Kinds of custom resources that stand outside namespaces; which do is not in the renderings.
const CLUSTER_SCOPED: [&str; 2] = ["ClusterIssuer", "GatewayClass"];

/// The folder of renderings, where it is at hand.
pub fn goldens() -> Option<PathBuf> {
    // A work tree of its own stands one level deeper.
    let places = ["../shared/data/goldens", "../../shared/data/goldens"];
    let mut places = places.iter().map(|place| Path::new(ROOT).join(place));
    let found = places.find(|place| place.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no ../shared/data/goldens");
    }
    found
}

/// The cases of one version of a chart.
pub fn cases(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).expect("the folder can be read");
    let mut cases: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.expect("an entry").file_name();
            let case = name.to_str()?.strip_suffix(".values.yaml")?;
            Some(case.to_owned())
        })
        .collect();
    cases.sort();
    cases
}

/// The versions of a chart.
pub fn versions(folder: &Path) -> Vec<String> {
    let entries = fs_err::read_dir(folder).expect("the folder can be read");
    let names = entries.map(|entry| entry.expect("an entry").file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// The namespace that the release was rendered for.
pub fn namespace(folder: &Path) -> String {
    let text = fs_err::read_to_string(folder.join("meta.yaml")).expect("the file can be read");
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("namespace: "));
    line.expect("it names the namespace").to_owned()
}

/// The objects of a case. What names no namespace goes to that of the release, as Helm does it.
pub fn objects(folder: &Path, case: &str, apart: &Apart) -> Vec<Object> {
    let path = folder.join(format!("{case}.yaml"));
    let text = fs_err::read_to_string(&path).expect("the rendering can be read");
    let namespace = namespace(folder);
    let compared = documents(&text).into_iter().filter(|document| {
        let kind = header(document).map(|header| header.kind);
        !kind.is_some_and(|kind| apart.holds(&kind, |label| document.contains(label)))
    });
    let compared: Vec<&str> = compared.collect();
    let source = Source::new(path.display().to_string(), compared.join("---\n"));
    let values =
        kubernetes_stream(&source).unwrap_or_else(|problems| panic!("{}", told(&problems)));
    let objects = values.into_iter().map(|(value, _)| {
        let object = Object::new(value).expect("it holds objects");
        placed(object, &namespace)
    });
    objects.collect()
}

fn placed(mut object: Object, namespace: &str) -> Object {
    let kind = object.kind();
    let outside =
        is_cluster_scoped(object.group(), kind).unwrap_or_else(|| CLUSTER_SCOPED.contains(&kind));
    let metadata = &mut object.value_mut()["metadata"];
    if outside {
        metadata
            .as_object_mut()
            .expect("a mapping")
            .remove("namespace");
    } else if metadata["namespace"].is_null() {
        metadata["namespace"] = Value::from(namespace);
    }
    object
}
