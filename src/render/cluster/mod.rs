//! From the knobs of `cluster.yaml` to the manifests of kops: a Cluster and its InstanceGroups.
//!
//! Every value that kops would assign and store by itself is said: a later `replace` writes a
//! document as it is, and what it does not say would be lost.

mod groups;
mod network;
mod rules;
mod spec;
mod value;

use std::collections::BTreeMap;

use serde_json::json;

use super::draft::{Draft, DraftObject};
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::cluster::{Cluster, ControlPlane, NodeGroup};
use crate::model::rendering::RenderedComponent;
use crate::model::resolved::ResolvedEnvironment;
use crate::object::Object;
use crate::yaml::Value;
use network::Subnets;

/// API group of kops' kinds.
pub const GROUP: &str = "kops.k8s.io";

/// `cluster.yaml` with everything that kops must know.
struct Complete<'e> {
    environment: &'e ResolvedEnvironment,
    cluster: &'e Cluster,
    name: &'e str,
    state: &'e str,
    kubernetes: &'e str,
    machine: &'e str,
    control_plane: &'e ControlPlane,
    subnets: Subnets,
}

/// The manifests of the cluster; None where kops does not make it, or with an error.
pub fn cluster(environment: &ResolvedEnvironment) -> (Option<Draft<'static>>, Diagnostics) {
    let mut diagnostics = Diagnostics::default();
    if environment.cluster.provider != "kops" {
        return (None, diagnostics);
    }
    let rendered = complete(environment, &mut diagnostics).and_then(|complete| {
        rules::check(&complete, &mut diagnostics);
        (!diagnostics.has_errors()).then(|| manifests(&complete))
    });
    (rendered, diagnostics)
}

/// All that is missing is told at once.
fn complete<'e>(
    environment: &'e ResolvedEnvironment,
    diagnostics: &mut Diagnostics,
) -> Option<Complete<'e>> {
    let cluster = &environment.cluster;
    let needed = [
        (
            "name",
            cluster.name.is_none(),
            "the name of the cluster, a domain",
        ),
        (
            "state",
            cluster.state.is_none(),
            "where kops keeps its state, as `state: s3://BUCKET`",
        ),
        (
            "region",
            cluster.region.is_none(),
            "the region, as `region: eu-west-1`",
        ),
        (
            "zones",
            cluster.zones.is_empty(),
            "the zones, as `zones: [eu-west-1a]`",
        ),
        (
            "network.cidr",
            cluster.network.cidr.is_none(),
            "the network, as `network: { cidr: 10.0.0.0/16 }`",
        ),
        (
            "network.cni",
            cluster.network.cni.is_none(),
            "the network plug-in, as `network: { cni: cilium }`",
        ),
        (
            "controlPlane.machine",
            cluster.control_plane.machine.is_none(),
            "the machine type, as `controlPlane: { machine: m6i.large }`",
        ),
        (
            "nodeGroups",
            cluster.node_groups.is_empty(),
            "at least one group of machines",
        ),
    ];
    for (key, missing, what) in needed {
        if missing {
            let message = format!(
                "cluster.yaml of `{}` does not say `{key}`",
                environment.name
            );
            let diagnostic = Diagnostic::error(codes::CLUSTER_INCOMPLETE, message).help(format!(
                "kops needs {what}; a cluster that something else makes says `provider: existing`"
            ));
            diagnostics.push(placed(environment, diagnostic, &["provider"]));
        }
    }
    let subnets = network::subnets(environment, diagnostics);
    Some(Complete {
        environment,
        cluster,
        name: cluster.name.as_deref()?,
        state: cluster.state.as_deref()?,
        kubernetes: cluster.kubernetes.as_deref()?,
        machine: cluster.control_plane.machine.as_deref()?,
        control_plane: &cluster.control_plane,
        subnets: subnets?,
    })
}

fn manifests(complete: &Complete<'_>) -> Draft<'static> {
    let mut values = vec![spec::cluster(complete)];
    values.extend(groups::control_plane(complete));
    values.extend(groups::nodes(complete));
    let objects = values
        .into_iter()
        .filter_map(|value| Object::new(value).ok());
    Draft {
        component: None,
        objects: objects.map(DraftObject::from).collect(),
        vendored: Vec::new(),
        rendered: RenderedComponent {
            module: "kops".to_owned(),
            version: complete.environment.stack.kops.clone(),
            stack: complete.environment.stack.title(),
            ..RenderedComponent::default()
        },
    }
}

/// A document of kops.
fn document(kind: &str, name: &str, labels: BTreeMap<&str, &str>, spec: Value) -> Value {
    let mut metadata = json!({ "name": name });
    if !labels.is_empty() {
        metadata["labels"] = json!(labels);
    }
    json!({
        "apiVersion": format!("{GROUP}/v1alpha2"),
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    })
}

/// The zones of a group: its own, or those of the cluster.
fn zones_of<'c>(cluster: &'c Cluster, group: &'c NodeGroup) -> &'c [String] {
    match group.zones.is_empty() {
        true => &cluster.zones,
        false => &group.zones,
    }
}

/// With the place of a key of cluster.yaml, or of the nearest around it that somebody wrote.
fn placed(environment: &ResolvedEnvironment, diagnostic: Diagnostic, path: &[&str]) -> Diagnostic {
    let provenance = environment.provenance.get("cluster");
    let mut around = (1..=path.len()).rev().map(|length| &path[..length]);
    match provenance.and_then(|provenance| around.find_map(|path| provenance.last_span(path))) {
        Some(span) => diagnostic.at(span),
        None => diagnostic.file(format!("environments/{}/cluster.yaml", environment.name)),
    }
}

fn invalid(
    complete: &Complete<'_>,
    path: &[&str],
    message: impl Into<String>,
    help: impl Into<String>,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(codes::CLUSTER_INVALID, message).help(help);
    placed(complete.environment, diagnostic, path)
}
