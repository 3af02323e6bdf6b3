//! CRDs of our own in place of upstream's: open schemas, made from the module's compact table.

use serde_json::json;

use crate::model::module::{CrdColumn, CrdStandIn, CrdVersion};
use crate::model::resolved::ResolvedComponent;
use crate::object::Object;
use crate::yaml::Value;

/// Marks a stand-in, so that nothing takes it for the real one.
pub const ANNOTATION: &str = "kops-stack.io/stand-in";

/// Stand-ins for the CRDs that the component's version has.
pub fn crds(component: &ResolvedComponent) -> Vec<Object> {
    let holds = |feature: &Option<String>| {
        let feature = feature.as_ref();
        feature.is_none_or(|feature| component.features.get(feature) == Some(&true))
    };
    component
        .module
        .crds
        .iter()
        .filter(|crd| holds(&crd.feature))
        .map(|crd| {
            let versions: Vec<&CrdVersion> = crd
                .versions
                .iter()
                .filter(|version| holds(&version.feature))
                .collect();
            let value = definition(crd, &versions, component);
            Object::new(value).expect("a CRD made here has a name")
        })
        .collect()
}

fn definition(crd: &CrdStandIn, versions: &[&CrdVersion], component: &ResolvedComponent) -> Value {
    let mut names = json!({
        "kind": crd.kind,
        "listKind": format!("{}List", crd.kind),
        "plural": crd.plural,
        "singular": crd.singular.clone().unwrap_or_else(|| crd.kind.to_lowercase()),
    });
    if !crd.short_names.is_empty() {
        names["shortNames"] = json!(crd.short_names);
    }
    if !crd.categories.is_empty() {
        names["categories"] = json!(crd.categories);
    }
    let mut annotations = json!({ANNOTATION: "true"});
    for (key, value) in &crd.annotations {
        annotations[key] = value
            .replace("{version}", component.version.as_str())
            .into();
    }
    let mut labels = json!({
        "app.kubernetes.io/managed-by": "kops-stack",
        "app.kubernetes.io/instance": component.instance,
    });
    for (key, value) in &crd.labels {
        labels[key] = json!(value);
    }
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": format!("{}.{}", crd.plural, crd.group),
            "labels": labels,
            "annotations": annotations,
        },
        "spec": {
            "group": crd.group,
            "names": names,
            "scope": crd.scope,
            "versions": versions.iter().map(|v| version(v, versions.len())).collect::<Vec<_>>(),
        },
    })
}

fn version(version: &CrdVersion, count: usize) -> Value {
    let mut schema = json!({
        "type": "object",
        "x-kubernetes-preserve-unknown-fields": true,
    });
    let mut subresources = json!({});
    if version.status {
        subresources["status"] = json!({});
    }
    if let Some(scale) = &version.scale {
        subresources["scale"] = scale_paths(scale);
        // The scale subresource is refused unless its paths are integers in the schema.
        schema["properties"] =
            json!({"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    }
    let mut made = json!({
        "name": version.name,
        "served": version.served.unwrap_or(true),
        "storage": version.storage.unwrap_or(count == 1),
        "schema": {"openAPIV3Schema": schema},
    });
    if subresources != json!({}) {
        made["subresources"] = subresources;
    }
    if !version.columns.is_empty() {
        let columns: Vec<Value> = version.columns.iter().map(column).collect();
        made["additionalPrinterColumns"] = json!(columns);
    }
    made
}

fn scale_paths(scale: &Value) -> Value {
    let mut paths = json!({});
    for (ours, theirs) in [
        ("spec", "specReplicasPath"),
        ("status", "statusReplicasPath"),
        ("selector", "labelSelectorPath"),
    ] {
        if let Some(path) = scale.get(ours) {
            paths[theirs] = path.clone();
        }
    }
    paths
}

fn column(column: &CrdColumn) -> Value {
    let mut made = json!({
        "name": column.name,
        "type": column.kind,
        "jsonPath": column.path,
    });
    if let Some(priority) = column.priority {
        made["priority"] = json!(priority);
    }
    if let Some(format) = &column.format {
        made["format"] = json!(format);
    }
    made
}
