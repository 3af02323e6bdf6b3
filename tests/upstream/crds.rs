//! Stand-ins of CRDs say what upstream's say, but for the schema: modules of CRDs alone have no chart.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kops_stack::diagnostic::Source;
use kops_stack::model::module::Module;
use kops_stack::object::Object;
use kops_stack::yaml::{Value, kubernetes_stream};
use rayon::prelude::*;
use serde_json::json;

use super::{golden, install};
use crate::catalogue::case::Case;
use crate::support::catalogue::{CATALOGUE, told};

const KIND: &str = "CustomResourceDefinition";

/// Folders of upstream's CRDs by module.
const FOLDERS: [(&str, &str); 6] = [
    ("cert-manager", "cert-manager"),
    ("envoy-gateway", "envoy-gateway"),
    // The published data has none of it so far.
    ("external-dns", "external-dns"),
    ("gateway-api-crds", "gateway-api"),
    ("istio-base", "istio"),
    ("prometheus-operator-crds", "prometheus-operator"),
];

/// Facts of each CRD, by its name.
type Facts = BTreeMap<String, Value>;

#[test]
fn stand_ins_say_what_upstreams_crds_say() {
    let Some(goldens) = golden::goldens() else {
        return;
    };
    let crds = goldens.with_file_name("crds");
    let mut sides = Vec::new();
    for module in CATALOGUE.modules.values() {
        if module.inputs.is_empty() {
            continue;
        }
        let folder = FOLDERS.iter().find(|(name, _)| *name == module.name);
        let (_, folder) = folder.unwrap_or_else(|| panic!("{}: which folder?", module.name));
        for known in &module.versions {
            let version = known.version.as_str();
            match find(&crds.join(folder), version) {
                Some(path) => sides.push((module, version, path)),
                None => eprintln!("not compared: {}: no CRDs of {version}", module.name),
            }
        }
    }
    assert!(sides.len() > 8, "only {} versions have CRDs", sides.len());
    let compared: Vec<_> = sides
        .par_iter()
        .map(|(module, version, path)| compare(module, version, path))
        .collect();
    let mut wrong = Vec::new();
    for (line, problems) in compared {
        eprintln!("{line}");
        wrong.extend(problems);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn find(folder: &Path, version: &str) -> Option<PathBuf> {
    let names = [format!("v{version}"), version.to_owned()];
    let mut paths = names.iter().map(|name| folder.join(name));
    paths.find(|path| path.is_dir())
}

fn compare(module: &Arc<Module>, version: &str, path: &Path) -> (String, Vec<String>) {
    let title = format!("{} {version}", module.name);
    let rendered = install::at(&Case::plain(module), version);
    let rendered = rendered.unwrap_or_else(|problem| panic!("{title}: {problem}"));
    let ours = facts(rendered.iter().map(Object::value));
    let theirs = read(path);
    let names: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let mut wrong = Vec::new();
    for name in names {
        let (ours, theirs) = (ours.get(name), theirs.get(name));
        if ours != theirs {
            wrong.push(format!(
                "{title}: {name}: ours {ours:?}, upstream {theirs:?}"
            ));
        }
    }
    let count: usize = theirs.values().map(super::leaves::count).sum();
    let line = format!("{title}: {count} facts of {} CRDs", theirs.len());
    (line, wrong)
}

fn read(folder: &Path) -> Facts {
    let entries = fs_err::read_dir(folder).expect("the folder can be read");
    let mut values = Vec::new();
    for entry in entries {
        let path = entry.expect("an entry").path();
        let text = fs_err::read_to_string(&path).expect("the file can be read");
        let source = Source::new(path.display().to_string(), without_schemas(&text));
        let read =
            kubernetes_stream(&source).unwrap_or_else(|problems| panic!("{}", told(&problems)));
        values.extend(read.into_iter().map(|(value, _)| value));
    }
    facts(values.iter())
}

/// Schemas are most of megabytes, and no part of what is compared.
fn without_schemas(text: &str) -> String {
    let mut kept = String::new();
    let mut skipped: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start().len();
        if line.trim().is_empty() || skipped.is_some_and(|depth| indent > depth) {
            continue;
        }
        skipped = (line.trim() == "schema:").then_some(indent);
        if skipped.is_none() {
            kept.push_str(line);
        }
    }
    kept
}

fn facts<'v>(values: impl Iterator<Item = &'v Value>) -> Facts {
    let crds = values.filter(|value| value["kind"] == KIND);
    let facts = crds.map(|crd| {
        let name = crd["metadata"]["name"].as_str().expect("a name");
        (name.to_owned(), of_crd(&crd["spec"]))
    });
    facts.collect()
}

fn of_crd(spec: &Value) -> Value {
    let names = &spec["names"];
    let listed = |key: &str| names.get(key).cloned().unwrap_or_else(|| json!([]));
    let versions = spec["versions"].as_array().into_iter().flatten();
    let versions = versions.map(|version| {
        let columns = version["additionalPrinterColumns"].as_array();
        let columns = columns.into_iter().flatten().map(|column| {
            json!({
                "name": column["name"],
                "type": column["type"],
                "path": column["jsonPath"],
                "format": column["format"],
                "priority": column.get("priority").cloned().unwrap_or_else(|| json!(0)),
            })
        });
        let name = version["name"].as_str().expect("a name").to_owned();
        let facts = json!({
            "served": version["served"],
            "storage": version["storage"],
            "status": version.pointer("/subresources/status").is_some(),
            "scale": version.pointer("/subresources/scale"),
            "columns": columns.collect::<Vec<_>>(),
        });
        (name, facts)
    });
    json!({
        "group": spec["group"],
        "scope": spec["scope"],
        "kind": names["kind"],
        "listKind": names["listKind"],
        "plural": names["plural"],
        "singular": names["singular"],
        "shortNames": listed("shortNames"),
        "categories": listed("categories"),
        "versions": versions.collect::<BTreeMap<_, _>>(),
    })
}
