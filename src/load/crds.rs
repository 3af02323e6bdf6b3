//! crds.yaml: the compact table of a module's CRDs.

use indexmap::IndexMap;

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::module::{CrdStandIn, Feature};
use crate::model::tree::FileTree;
use crate::yaml::{Document, Node, strict_value};

pub fn read(
    tree: &FileTree,
    folder: &str,
    features: &IndexMap<String, Feature>,
    diagnostics: &mut Diagnostics,
) -> Vec<CrdStandIn> {
    let Some(document) = file::document(tree, &format!("{folder}/crds.yaml"), diagnostics) else {
        return Vec::new();
    };
    let rows = document.root.as_sequence().unwrap_or_default();
    rows.iter()
        .filter_map(|row| read_row(&document, row, features, diagnostics))
        .collect()
}

fn read_row(
    document: &Document,
    row: &Node,
    features: &IndexMap<String, Feature>,
    diagnostics: &mut Diagnostics,
) -> Option<CrdStandIn> {
    let before = diagnostics.errors();
    let value = strict_value(document, row, diagnostics);
    if diagnostics.errors() > before {
        return None;
    }
    let refuse =
        |message: String| Diagnostic::error(codes::MODULE_INVALID, message).at(document.span(row));
    let crd: CrdStandIn = match serde_json::from_value(value) {
        Ok(crd) => crd,
        Err(error) => {
            diagnostics.push(refuse(format!("this row is no CRD: {error}")));
            return None;
        }
    };
    let named = crd
        .versions
        .iter()
        .filter_map(|version| version.feature.as_ref());
    for unknown in named
        .chain(&crd.feature)
        .filter(|name| !features.contains_key(*name))
    {
        diagnostics.push(refuse(format!(
            "the module declares no feature `{unknown}`"
        )));
    }
    if !matches!(crd.scope.as_str(), "Namespaced" | "Cluster") {
        diagnostics.push(refuse(format!(
            "the scope is Namespaced or Cluster, not `{}`",
            crd.scope
        )));
    }
    Some(crd)
}
