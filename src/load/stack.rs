//! Stack releases: stacks/<stack>/<release>.yaml.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::json;

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::cluster::kops::KOPS;
use crate::model::digest::sha256;
use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::model::module::{Module, ModuleOrigin};
use crate::model::stack::{Stack, StackVersion};
use crate::model::tree::FileTree;
use crate::model::version::{Range, Version};
use crate::yaml::{Document, Node, NodeKind};

/// Shape of a release, but for the versions of modules, which have two forms.
pub fn shape() -> Fields {
    Shape::new()
        .required(
            "summary",
            KnobType::string(),
            "What this release is about, in one line",
        )
        .required(
            "kubernetes",
            KnobType::Text(Text::Range),
            "Versions of Kubernetes that it was tested with",
        )
        .optional(
            "kops",
            KnobType::Text(Text::Version),
            "Version of kops that makes its clusters; that which the program drives where it is not said",
        )
        .required(
            "modules",
            KnobType::map(KnobType::Any),
            "Version of each module, or versions by Kubernetes minor",
        )
        .default(
            "knobs",
            KnobType::map(KnobType::map(KnobType::Any)),
            json!({}),
            "Knobs by module, over the modules' defaults",
        )
        .default(
            "notes",
            KnobType::list(KnobType::string()),
            json!([]),
            "What a person must know",
        )
        .fields()
}

pub fn read_all(
    tree: &FileTree,
    origin: ModuleOrigin,
    diagnostics: &mut Diagnostics,
) -> Vec<Stack> {
    let paths: Vec<String> = tree
        .below("stacks")
        .map(|(path, _)| path.to_owned())
        .collect();
    paths
        .iter()
        .filter_map(|path| read(tree, path, origin, diagnostics))
        .collect()
}

fn read(
    tree: &FileTree,
    within: &str,
    origin: ModuleOrigin,
    diagnostics: &mut Diagnostics,
) -> Option<Stack> {
    let path = format!("stacks/{within}");
    let place = within
        .strip_suffix(".yaml")
        .and_then(|stem| stem.split_once('/'))
        .and_then(|(name, release)| Some((name, Version::parse(release)?)));
    let Some((name, release)) = place else {
        let message = format!(
            "`{path}` is no release of a stack: the place is stacks/<stack>/<release>.yaml, as 2026.11.yaml"
        );
        diagnostics.push(Diagnostic::error(codes::FILE_UNKNOWN, message).file(&path));
        return None;
    };
    let document = file::document(tree, &path, diagnostics)?;
    let modules = modules(&document, diagnostics);
    let kops = kops(&document, diagnostics);
    let value = file::typed(&document, &shape(), diagnostics)?;
    let notes = value["notes"].as_array().into_iter().flatten();
    Some(Stack {
        name: name.to_owned(),
        release,
        summary: value["summary"].as_str()?.to_owned(),
        kubernetes: Range::parse(value["kubernetes"].as_str()?)?,
        kops,
        modules,
        notes: notes
            .filter_map(|note| note.as_str().map(str::to_owned))
            .collect(),
        origin,
        digest: sha256(document.source.text.as_bytes()),
        document,
    })
}

/// Modules that a release names and that nobody has.
pub fn refuse_unknown_modules(
    stack: &Stack,
    known: &BTreeMap<String, Arc<Module>>,
    diagnostics: &mut Diagnostics,
) {
    for part in ["modules", "knobs"] {
        let entries = stack.document.root.get(part).and_then(Node::as_mapping);
        for entry in entries.unwrap_or_default() {
            let name = entry.name();
            if known.contains_key(name) {
                continue;
            }
            let message = format!("unknown module `{name}`");
            let diagnostic = Diagnostic::error(codes::MODULE_UNKNOWN, message)
                .at(stack.document.span(&entry.key))
                .suggest(name, known.keys().map(String::as_str))
                .help("`kops-stack list modules` shows them");
            diagnostics.push(diagnostic);
        }
    }
}

fn modules(document: &Document, diagnostics: &mut Diagnostics) -> IndexMap<String, StackVersion> {
    let mut modules = IndexMap::new();
    let entries = document.root.get("modules").and_then(Node::as_mapping);
    for entry in entries.unwrap_or_default() {
        let name = entry.key.as_str().unwrap_or_default();
        match version(&entry.value) {
            Some(version) => {
                modules.insert(name.to_owned(), version);
            }
            None => {
                let message = format!(
                    "`{name}` needs a version such as \"1.21.1\", or versions by Kubernetes minor such as {{ \"1.36\": \"1.36.1\" }}"
                );
                let span = document.span(&entry.value);
                diagnostics.push(Diagnostic::error(codes::STACK_INVALID, message).at(span));
            }
        }
    }
    modules
}

/// The one that this program drives, said or not.
fn kops(document: &Document, diagnostics: &mut Diagnostics) -> String {
    let said = document.root.get("kops");
    if let Some(node) = said
        && let Some(other) = node.as_str().filter(|said| *said != KOPS)
    {
        let message = format!("this kops-stack drives kops {KOPS}, and not {other}");
        let diagnostic = Diagnostic::error(codes::STACK_INVALID, message)
            .at(document.span(node))
            .help(
                "another kops-stack may drive that one; `kops-stack --version` says which this is",
            );
        diagnostics.push(diagnostic);
    }
    KOPS.to_owned()
}

fn version(node: &Node) -> Option<StackVersion> {
    match &node.kind {
        NodeKind::Mapping(entries) => entries
            .iter()
            .map(|entry| {
                let minor = Version::parse(entry.key.as_str()?)?.minor();
                Some((minor, Version::parse(entry.value.as_str()?)?))
            })
            .collect::<Option<_>>()
            .map(StackVersion::ByMinor),
        _ => Version::parse(node.as_str()?).map(StackVersion::One),
    }
}
