//! A case of a module's tests: `modules/<module>/tests/<case>.yaml`.
//!
//! Cases are read when somebody tests the module: a mistake in one stops no rendering.

use std::sync::Arc;

use serde_json::json;

use super::file;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::case::Case;
use crate::model::knob::{Fields, KnobType, Shape, Text};
use crate::model::module::Module;
use crate::model::version::Version;
use crate::yaml::{Document, Value, strict_value};

/// Newer than every release of a stack.
const RELEASE: &str = "9999.0";

fn shape() -> Fields {
    let values = || KnobType::map(KnobType::Any);
    Shape::new()
        .optional(
            "version",
            KnobType::Text(Text::Version),
            "The one version of the module that the case holds for",
        )
        .optional(
            "kubernetes",
            KnobType::Text(Text::Version),
            "Version of Kubernetes to render for; the newest that the module runs on by default",
        )
        .default("cluster", values(), json!({}), "Keys of cluster.yaml")
        .default("globals", values(), json!({}), "Keys of global.yaml")
        .default(
            "available",
            KnobType::list(KnobType::string()),
            json!([]),
            "Capabilities that are there",
        )
        .default("knobs", values(), json!({}), "Knobs that are set")
        .fields()
}

/// Reads a case of the module's own; None when something was wrong.
pub fn read(module: &Arc<Module>, name: &str, diagnostics: &mut Diagnostics) -> Option<Case> {
    let document = file::parsed(module.tests.get(name)?, diagnostics)?;
    of_document(module, name, &document, diagnostics)
}

/// Reads a case of the module whose file may lie anywhere.
pub fn of_document(
    module: &Arc<Module>,
    name: &str,
    document: &Document,
    diagnostics: &mut Diagnostics,
) -> Option<Case> {
    let value = file::typed(document, &shape(), diagnostics)?;
    let version = |key: &str| Version::parse(value[key].as_str()?);
    let case = Case {
        module: Arc::clone(module),
        name: name.to_owned(),
        path: document.source.path.clone(),
        document: document.clone(),
        version: version("version"),
        kubernetes: version("kubernetes"),
        cluster: written(document, "cluster", diagnostics),
        globals: written(document, "globals", diagnostics),
        available: serde_json::from_value(value["available"].clone()).unwrap_or_default(),
        knobs: written(document, "knobs", diagnostics),
        release: RELEASE.to_owned(),
        component: (module.name.clone(), json!({})),
    };
    match case.versions().is_empty() {
        false => Some(case),
        true => {
            diagnostics.push(fits_nothing(&case));
            None
        }
    }
}

/// Exactly what the file says, so that `null` stays what it is for a knob.
fn written(document: &Document, key: &str, diagnostics: &mut Diagnostics) -> Value {
    let node = document.root.get(key);
    let value = node.map(|node| strict_value(document, node, diagnostics));
    value.filter(Value::is_object).unwrap_or_else(|| json!({}))
}

fn fits_nothing(case: &Case) -> Diagnostic {
    let module = &case.module;
    let known = |version: &Version| module.version(version).is_some();
    let message = match (&case.version, &case.kubernetes) {
        (Some(version), _) if !known(version) => {
            format!("`{}` has no version {version}", module.name)
        }
        (Some(version), Some(kubernetes)) => format!(
            "`{}` {version} does not run on Kubernetes {kubernetes}",
            module.name
        ),
        (_, Some(kubernetes)) => format!(
            "no version of `{}` runs on Kubernetes {kubernetes}",
            module.name
        ),
        _ => format!(
            "no version of `{}` runs on a Kubernetes that cases are rendered for",
            module.name
        ),
    };
    let versions: Vec<String> = module
        .versions
        .iter()
        .map(|known| format!("{} on Kubernetes {}", known.version, known.kubernetes))
        .collect();
    let key = match &case.version {
        Some(version) if !known(version) => "version",
        _ => "kubernetes",
    };
    let diagnostic = Diagnostic::error(codes::CASE_INVALID, message)
        .help(format!("versions of the module: {}", versions.join("; ")));
    match case.span_of(&[key]).or_else(|| case.span_of(&["version"])) {
        Some(span) => diagnostic.at(span),
        None => diagnostic.file(case.title()),
    }
}
