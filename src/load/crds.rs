//! crds.yaml: the compact table of a module's CRDs.

use indexmap::IndexMap;

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::knob::read::{Reader, Subject};
use crate::model::knob::{Fields, KnobType, Shape, missing};
use crate::model::module::{CrdStandIn, Feature};
use crate::model::tree::FileTree;
use crate::yaml::{Document, Node, Value, strict_value};

pub fn read(
    tree: &FileTree,
    folder: &str,
    features: &IndexMap<String, Feature>,
    diagnostics: &mut Diagnostics,
) -> Vec<CrdStandIn> {
    let Some(document) = file::document(tree, &format!("{folder}/crds.yaml"), diagnostics) else {
        return Vec::new();
    };
    if document.root.as_sequence().is_none()
        && document.root.as_mapping().is_none_or(|map| !map.is_empty())
    {
        let message = "crds.yaml is a list of CRDs, one row each";
        let diagnostic = Diagnostic::error(codes::MODULE_INVALID, message)
            .at(document.span(&document.root))
            .help("begin each row with `- group: …`");
        diagnostics.push(diagnostic);
    }
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
    let read = check(document, row, diagnostics);
    let value = strict_value(document, row, &mut Diagnostics::default());
    if diagnostics.errors() > before || read.is_none() {
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
    Some(crd)
}

/// Tells what a row has and should not, what is of another type, and what it lacks.
fn check(document: &Document, row: &Node, diagnostics: &mut Diagnostics) -> Option<Value> {
    let fields = shape();
    let mut reader = Reader {
        document,
        subject: Subject {
            name: "a CRD",
            word: "key",
            help: "docs/ has the catalogue format",
        },
        facts: None,
        diagnostics,
    };
    let value = reader.value(row, &KnobType::Object(fields.clone()), &mut Vec::new())?;
    for path in missing(&fields, &value) {
        // A value that is there but wrong has been told already.
        if row.get(path.last()?).is_none() {
            let message = format!("this CRD lacks `{}`", path.join("."));
            let diagnostic = Diagnostic::error(codes::MODULE_INVALID, message);
            diagnostics.push(diagnostic.at(document.span(row)));
        }
    }
    Some(value)
}

/// Shape of a row.
fn shape() -> Fields {
    let text = KnobType::string;
    let texts = || KnobType::list(KnobType::string());
    let column = Shape::new()
        .required("name", text(), "Title")
        .required("type", text(), "Type as OpenAPI names it")
        .required("path", text(), "JSONPath of the value")
        .optional(
            "priority",
            KnobType::Integer {
                minimum: Some(0),
                maximum: None,
            },
            "Above 0, only `-o wide` shows it",
        )
        .optional("format", text(), "Format as OpenAPI names it")
        .object();
    let version = Shape::new()
        .required("name", text(), "Name, such as v1")
        .optional(
            "served",
            KnobType::Boolean,
            "Whether it is served; true by default",
        )
        .optional(
            "storage",
            KnobType::Boolean,
            "Whether objects are stored in it",
        )
        .optional(
            "status",
            KnobType::Boolean,
            "Whether it has a status subresource",
        )
        .optional("scale", KnobType::Any, "Paths of the scale subresource")
        .optional(
            "columns",
            KnobType::list(column),
            "What `kubectl get` prints",
        )
        .optional("feature", text(), "Only where the feature holds")
        .object();
    Shape::new()
        .required("group", text(), "API group")
        .required(
            "scope",
            KnobType::of(&["Namespaced", "Cluster"]),
            "Whether its objects have a namespace",
        )
        .required("kind", text(), "Kind")
        .required("plural", text(), "Plural, in lower case")
        .optional(
            "singular",
            text(),
            "Singular; the kind in lower case by default",
        )
        .optional("shortNames", texts(), "Short names")
        .optional("categories", texts(), "Categories")
        .optional("labels", KnobType::Labels, "Labels of the CRD")
        .optional("annotations", KnobType::Labels, "Annotations of the CRD")
        .optional("feature", text(), "Only where the feature holds")
        .required("versions", KnobType::list(version), "Versions")
        .fields()
}
