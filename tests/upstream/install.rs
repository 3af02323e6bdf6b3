//! What our module renders for a case of upstream's chart.

use std::path::Path;

use kops_stack::model::version::Version;
use kops_stack::object::Object;
use serde_json::json;

use super::chart::{Chart, Component, document};
use crate::catalogue::case::Case;
use crate::support::catalogue::CATALOGUE;

/// What the charts leave to flags of Helm: CRDs were taken out of their renderings.
const NOT_COMPARED: [&str; 2] = ["CustomResourceDefinition", "Namespace"];

/// The objects of a component with the knobs of a case file, at a version of the module.
pub fn objects(chart: &Chart, file: &Path, version: &str, component: &Component) -> Vec<Object> {
    let case = case(chart, file, component);
    let rendered = at(&case, version);
    let rendered = rendered.unwrap_or_else(|problem| panic!("{}: {problem}", file.display()));
    rendered
        .into_iter()
        .filter(|object| !NOT_COMPARED.contains(&object.kind()))
        .filter(|object| {
            let kind = object.kind();
            !chart
                .apart
                .holds(kind, |label| object.label(label).is_some())
        })
        .collect()
}

/// A case file as a case of the module.
pub fn case(chart: &Chart, file: &Path, component: &Component) -> Case {
    let module = &CATALOGUE.modules[&chart.module];
    let name = file.file_stem().expect("a file has a name");
    let place = file.display().to_string();
    let mut case = Case::elsewhere(&document(file), &place, module, &name.to_string_lossy());
    let mut entry = json!({});
    for (key, value) in [
        ("prefix", &component.prefix),
        ("instance", &component.instance),
    ] {
        if let Some(value) = value {
            entry[key] = json!(value);
        }
    }
    let name = component.name.as_ref().unwrap_or(&chart.module);
    if *name != chart.module {
        entry["module"] = json!(chart.module);
    }
    case.component = (name.clone(), entry);
    case
}

/// Rendered at a version of the module, with the newest Kubernetes that takes it.
pub fn at(case: &Case, version: &str) -> Result<Vec<Object>, String> {
    let version = Version::parse(version).expect("a version");
    let mut versions = case.versions().into_iter();
    let found = versions.find(|(known, _)| *known == version);
    let (_, kubernetes) = found.ok_or_else(|| format!("the module has no {version}"))?;
    let rendered = case.render_at(&version, &kubernetes)?;
    let objects = rendered.into_iter();
    Ok(objects.map(|rendered| (*rendered.object).clone()).collect())
}
