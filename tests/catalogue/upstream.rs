//! The objects of a default install against those of upstream's chart, by identity.
//!
//! The charts' renderings stand beside the repository where kops-stack is built; elsewhere this
//! says that it is skipped.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kops_stack::diagnostic::Source;
use kops_stack::object::{Identity, Object};
use kops_stack::yaml::kubernetes_stream;

use super::case::all;
use crate::support::ROOT;

/// A rendering of upstream's chart with its defaults, and our case for the same version.
struct Chart {
    folder: &'static str,
    module: &'static str,
    case: &'static str,
    /// How the chart calls its release's objects, where we call them otherwise.
    prefix: Option<&'static str>,
}

const fn chart(folder: &'static str, module: &'static str, case: &'static str) -> Chart {
    let prefix = match module.as_bytes() {
        b"cluster-autoscaler" => Some("cluster-autoscaler-aws-cluster-autoscaler"),
        _ => None,
    };
    Chart {
        folder,
        module,
        case,
        prefix,
    }
}

const CHARTS: [Chart; 9] = [
    chart("metrics-server/3.12.2", "metrics-server", "default-0.7.2"),
    chart("metrics-server/3.13.1", "metrics-server", "default-0.8.1"),
    chart("cert-manager/v1.20.3", "cert-manager", "default-1.20"),
    chart("cert-manager/v1.21.1", "cert-manager", "default"),
    chart(
        "cluster-autoscaler/9.51.0",
        "cluster-autoscaler",
        "default-1.34.5",
    ),
    chart(
        "cluster-autoscaler/9.53.0",
        "cluster-autoscaler",
        "default-1.35.2",
    ),
    chart("cluster-autoscaler/9.59.0", "cluster-autoscaler", "default"),
    chart("envoy-gateway/1.8.3", "envoy-gateway", "default-1.8.3"),
    chart("envoy-gateway/1.9.0", "envoy-gateway", "default"),
];

/// What we leave out on purpose: cert-manager's Job that waits for its webhook as a Helm hook, since
/// apply waits for health itself; and of Envoy Gateway's chart, the policy that gateway-api-crds holds.
const LEFT_OUT: [&str; 2] = ["startupapicheck", "safe-upgrades"];

/// Parts of names in Envoy Gateway's chart, and ours. Its Job has the version in our name, since a
/// Job cannot be changed.
const RENAMED: [(&str, &str); 6] = [
    (
        "eg-gateway-helm-certgen:envoy-gateway-system",
        "envoy-gateway-certgen",
    ),
    ("eg-gateway-helm-envoy-gateway-rolebinding", "envoy-gateway"),
    ("eg-gateway-helm-envoy-gateway-role", "envoy-gateway"),
    ("-leader-election-rolebinding", "-leader-election"),
    ("-leader-election-role", "-leader-election"),
    ("eg-gateway-helm-", "envoy-gateway-"),
];

fn as_ours(mut id: Identity, chart: &Chart) -> Identity {
    if chart.module == "envoy-gateway" {
        for (theirs, ours) in RENAMED {
            id.name = id.name.replace(theirs, ours);
        }
        if id.kind == "Job" {
            let (_, version) = chart
                .folder
                .split_once('/')
                .expect("the folder has a version");
            id.name = format!("{}-{}", id.name, version.replace('.', "-"));
        }
    }
    id
}

/// What we add: CRDs and Namespaces, which the charts leave to flags, and a class for Gateways.
const ADDED: [&str; 4] = [
    "CustomResourceDefinition",
    "Namespace",
    "GatewayClass",
    "EnvoyProxy",
];

#[test]
fn a_default_install_has_the_objects_of_upstream() {
    let Some(charts) = charts() else { return };
    let mut equal = 0;
    let mut wrong = Vec::new();
    for chart in CHARTS {
        let theirs = identities_of(&charts.join(chart.folder).join("default.yaml"));
        let mut theirs: BTreeSet<_> = theirs.into_iter().map(|id| as_ours(id, &chart)).collect();
        theirs.retain(|id| !LEFT_OUT.iter().any(|part| id.name.contains(part)));
        theirs.retain(|id| !ADDED.contains(&id.kind.as_str()));
        let mut ours = rendered(&chart);
        ours.retain(|id| !ADDED.contains(&id.kind.as_str()));
        equal += ours.intersection(&theirs).count();
        let folder = chart.folder;
        wrong.extend(
            ours.difference(&theirs)
                .map(|id| format!("{folder} lacks {id}")),
        );
        wrong.extend(
            theirs
                .difference(&ours)
                .map(|id| format!("we lack {id} of {folder}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    eprintln!(
        "{equal} objects of {} charts have the identities of upstream's",
        CHARTS.len()
    );
}

fn rendered(chart: &Chart) -> BTreeSet<Identity> {
    let mut cases = all().into_iter();
    let case = cases.find(|case| case.module.name == chart.module && case.name == chart.case);
    let mut case = case.expect("the case is there");
    if let Some(prefix) = chart.prefix {
        case.component.1 = serde_json::json!({"prefix": prefix});
    }
    let objects = case.render().expect("the default renders").into_iter();
    objects.map(|rendered| rendered.object.identity()).collect()
}

fn identities_of(file: &Path) -> BTreeSet<Identity> {
    let text = fs_err::read_to_string(file).expect("the rendering can be read");
    let source = Source::new(file.display().to_string(), text);
    let values = kubernetes_stream(&source)
        .expect("the rendering is YAML")
        .into_iter();
    values
        .map(|(value, _)| Object::new(value).expect("it holds objects").identity())
        .collect()
}

fn charts() -> Option<PathBuf> {
    // A work tree of its own stands one level deeper.
    let places = ["../shared/data/goldens", "../../shared/data/goldens"];
    let found = places
        .iter()
        .map(|place| Path::new(ROOT).join(place))
        .find(|place| place.is_dir());
    if found.is_none() {
        eprintln!("skipped: there is no ../shared/data/goldens");
    }
    found
}
