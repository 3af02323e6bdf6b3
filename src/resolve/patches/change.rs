//! What a patch does: a merge, or operations of RFC 6902.

use json_patch::PatchOperation;
use json_patch::jsonptr::Pointer;

use super::is_null;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::patch::PatchChange;
use crate::yaml::{Document, Entry, Node, Value};

/// Exactly one of `merge` and `json`.
pub fn change(
    entry: &Entry,
    written: &Document,
    value: &Value,
    diagnostics: &mut Diagnostics,
) -> Option<PatchChange> {
    let name = entry.name();
    let node = |key: &str| entry.value.get(key).filter(|node| !is_null(node));
    let refuse = |node: &Node, message: String| {
        Diagnostic::error(codes::PATCH_INVALID, message).at(written.span(node))
    };
    match (node("merge"), node("json")) {
        (Some(_), Some(json)) => {
            let message = format!("the patch `{name}` has both `merge` and `json`");
            let diagnostic = refuse(json, message);
            diagnostics.push(diagnostic.help("make two patches of it, or say all in one of them"));
            None
        }
        (None, None) => {
            let message = format!("the patch `{name}` says no change");
            let diagnostic = refuse(&entry.key, message);
            diagnostics.push(diagnostic.help(
                "give it a `merge` (a part of the object) or a `json` (operations of RFC 6902)",
            ));
            None
        }
        (Some(node), None) => match value.get("merge") {
            Some(Value::Object(map)) if !map.is_empty() => {
                Some(PatchChange::Merge(Value::Object(map.clone())))
            }
            _ => {
                let message =
                    format!("the `merge` of the patch `{name}` is no mapping with something in it");
                let diagnostic = refuse(node, message);
                diagnostics.push(diagnostic.help(
                    "write the part of the object that changes, such as `spec: { replicas: 3 }`",
                ));
                None
            }
        },
        (None, Some(node)) => {
            let operations = value.get("json").and_then(Value::as_array);
            let operations = operations.filter(|operations| !operations.is_empty());
            let nodes = node.as_sequence();
            let (Some(operations), Some(nodes)) = (operations, nodes) else {
                // What is no list has been told.
                if nodes.is_some_and(<[Node]>::is_empty) {
                    let message = format!("the `json` of the patch `{name}` has no operations");
                    diagnostics.push(refuse(node, message));
                }
                return None;
            };
            let read = operations.iter().zip(nodes);
            let read: Vec<Option<PatchOperation>> = read
                .map(|(operation_value, node)| {
                    operation(operation_value, node, written, diagnostics)
                })
                .collect();
            read.into_iter()
                .collect::<Option<Vec<_>>>()
                .map(PatchChange::Json)
        }
    }
}

/// One operation of RFC 6902, with just the members that it takes.
fn operation(
    value: &Value,
    node: &Node,
    written: &Document,
    diagnostics: &mut Diagnostics,
) -> Option<PatchOperation> {
    let before = diagnostics.errors();
    // What has no operation at all has been told.
    let op = value.get("op")?.as_str()?;
    let takes = |member: &str| match member {
        "value" => matches!(op, "add" | "replace" | "test"),
        _ => matches!(op, "move" | "copy"),
    };
    for member in ["value", "from"] {
        let entry = node.entry(member);
        match (takes(member), entry) {
            (true, None) => {
                let message = format!("the operation `{op}` needs `{member}`");
                let diagnostic = Diagnostic::error(codes::PATCH_INVALID, message);
                diagnostics.push(diagnostic.at(written.span(node)));
            }
            (false, Some(entry)) => {
                let message = format!("the operation `{op}` takes no `{member}`");
                let diagnostic = Diagnostic::error(codes::PATCH_INVALID, message);
                diagnostics.push(diagnostic.at(written.span(&entry.key)));
            }
            _ => {}
        }
    }
    for member in ["path", "from"] {
        let pointer = value.get(member).and_then(Value::as_str);
        if let (Some(pointer), Some(node)) = (pointer, node.get(member))
            && Pointer::parse(pointer).is_err()
        {
            let why = match pointer.starts_with('/') {
                true => "a `~` in it is followed by neither `0` nor `1`",
                false => "it does not begin with `/`",
            };
            let message = format!("`{pointer}` is no JSON pointer: {why}");
            let diagnostic = Diagnostic::error(codes::PATCH_INVALID, message)
                .at(written.span(node))
                .help(
                    "write the keys with `/` before each, as `/spec/template/spec/containers/0/image`; `~1` is a `/` in a key, `~0` a `~`",
                );
            diagnostics.push(diagnostic);
        }
    }
    if diagnostics.errors() > before {
        return None;
    }
    serde_json::from_value(value.clone()).ok()
}

/// The value that a patch would put into the data of a Secret.
pub fn secret_value(patch: &Node) -> Option<&Node> {
    const DATA: [&str; 2] = ["data", "stringData"];
    let kind = patch.get("target")?.get("kind")?.as_str()?;
    if kind != "Secret" {
        return None;
    }
    let merged = patch.get("merge").into_iter();
    let merged = merged.flat_map(|merge| DATA.iter().filter_map(|key| merge.get(key)));
    let mut merged = merged.flat_map(|data| match data.as_mapping() {
        Some(entries) => entries.iter().map(|entry| &entry.value).collect(),
        None => vec![data],
    });
    let operations = patch.get("json").and_then(Node::as_sequence);
    let mut operations = operations.into_iter().flatten().filter_map(|operation| {
        let path = operation.get("path")?.as_str()?;
        let first = path.split('/').nth(1).unwrap_or_default();
        (first.is_empty() || DATA.contains(&first)).then(|| operation.get("value"))?
    });
    merged
        .find(|value| !is_null(value))
        .or_else(|| operations.find(|value| !is_null(value)))
}
