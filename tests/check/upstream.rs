//! What upstream publishes, beside the repository where kops-stack is built: CRDs and charts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use kops_stack::diagnostic::Source;
use kops_stack::model::rendering::{FileText, RenderedObject};
use kops_stack::object::Object;
use kops_stack::yaml::{Value, emit, kubernetes_stream};

use crate::support::ROOT;

/// CRDs by group and kind.
pub type Crds = BTreeMap<(String, String), Value>;

/// The folder, or a word that it is not there.
pub fn data() -> Option<PathBuf> {
    let places = ["../shared/data", "../../shared/data"];
    let mut places = places.iter().map(|place| Path::new(ROOT).join(place));
    let data = places.find(|path| path.join("goldens").is_dir() && path.join("crds").is_dir());
    if data.is_none() {
        eprintln!("skipped: there is no ../shared/data/goldens or ../shared/data/crds");
    }
    data
}

/// Files that end with `.yaml` below a folder, in the order of their paths.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(folder)
        .sort_by_file_name()
        .into_iter();
    walk.map(|entry| entry.expect("the data can be read").into_path())
        .filter(|path| path.extension().is_some_and(|end| end == "yaml"))
        .collect()
}

/// The documents of a file.
pub fn documents(path: &Path) -> Vec<Value> {
    let text = fs_err::read_to_string(path).expect("the data can be read");
    let source = Source::new(path.display().to_string(), text);
    let documents = kubernetes_stream(&source).unwrap_or_default();
    documents.into_iter().map(|(value, _)| value).collect()
}

/// CRDs by group and kind; of several versions of a project, the newest.
pub fn crds(folder: &Path) -> Crds {
    let mut crds = BTreeMap::new();
    for crd in files(folder).iter().flat_map(|path| documents(path)) {
        if crd["kind"] == "CustomResourceDefinition" {
            crds.insert(
                (
                    text(&crd["spec"]["group"]),
                    text(&crd["spec"]["names"]["kind"]),
                ),
                crd,
            );
        }
    }
    assert!(crds.len() > 50, "only {} CRDs", crds.len());
    crds
}

/// A text, empty where there is none.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// An object as if it had been rendered.
pub fn rendered(value: Value) -> RenderedObject {
    let object = Object::new(value).expect("charts make objects");
    RenderedObject {
        path: object.identity().to_string(),
        text: FileText::new(emit(object.value())),
        object: object.into(),
    }
}
