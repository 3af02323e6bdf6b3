//! inputs.yaml: the files of others that a module needs.

use std::collections::BTreeMap;

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::input::{InputKind, InputVersion, OutsideInput};
use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::model::tree::FileTree;
use crate::model::version::Version;
use crate::yaml::{Node, Value};

/// Shape of one input.
fn shape() -> Fields {
    let digest = KnobType::String {
        pattern: Some("[0-9a-f]{64}".to_owned()),
        min_length: None,
        max_length: None,
    };
    let version = Shape::new()
        .required("tag", KnobType::string(), "Tag of the repository")
        .required("path", KnobType::string(), "Folder within the repository")
        .required("files", KnobType::map(digest), "sha256 of each file")
        .object();
    Shape::new()
        .required("kind", KnobType::of(&["crds"]), "What the files are")
        .required(
            "repository",
            KnobType::Text(Text::Url),
            "Where upstream keeps them",
        )
        .required(
            "versions",
            KnobType::map(version),
            "Files by version of the module",
        )
        .fields()
}

pub fn read(tree: &FileTree, folder: &str, diagnostics: &mut Diagnostics) -> Vec<OutsideInput> {
    let path = format!("{folder}/inputs.yaml");
    let Some(document) = file::document(tree, &path, diagnostics) else {
        return Vec::new();
    };
    let mut named = Shape::new();
    for entry in document.root.as_mapping().unwrap_or_default() {
        named = named.required(entry.name(), KnobType::Object(shape()), "");
    }
    let Some(value) = file::typed(&document, &named.fields(), diagnostics) else {
        return Vec::new();
    };
    let mut inputs = Vec::new();
    for entry in document.root.as_mapping().unwrap_or_default() {
        let versions = versions(&value[entry.name()]["versions"]);
        inputs.push(OutsideInput {
            name: entry.name().to_owned(),
            kind: InputKind::Crds,
            repository: text(&value[entry.name()]["repository"]),
            versions,
        });
        refuse_escapes(&document, &entry.value, diagnostics);
    }
    inputs
}

fn versions(value: &Value) -> Vec<InputVersion> {
    let all = value.as_object().into_iter().flatten();
    all.filter_map(|(version, value)| {
        Some(InputVersion {
            version: Version::parse(version)?,
            tag: text(&value["tag"]),
            path: text(&value["path"]),
            files: serde_json::from_value::<BTreeMap<_, _>>(value["files"].clone()).ok()?,
        })
    })
    .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A file's name becomes a path on the user's disk: it must not lead anywhere.
fn refuse_escapes(document: &crate::yaml::Document, input: &Node, diagnostics: &mut Diagnostics) {
    let versions = input.get("versions").and_then(Node::as_mapping);
    for version in versions.unwrap_or_default() {
        if Version::parse(version.name()).is_none() {
            let message = format!("`{}` is no version", version.name());
            diagnostics.push(
                Diagnostic::error(codes::MODULE_INVALID, message).at(document.span(&version.key)),
            );
        }
        let files = version.value.get("files").and_then(Node::as_mapping);
        for file in files.unwrap_or_default() {
            let name = file.name();
            let plain = name.ends_with(".yaml")
                && !name.starts_with('.')
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
            if !plain {
                let message = format!("`{name}` is no plain name of a YAML file");
                diagnostics.push(
                    Diagnostic::error(codes::MODULE_INVALID, message).at(document.span(&file.key)),
                );
            }
        }
    }
}
