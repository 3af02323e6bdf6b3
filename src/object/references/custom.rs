//! What the custom resources of well-known projects need.

use super::builtin::{claim, scale_target};
use super::cursor::Cursor;
use super::finder::{Finder, Target};
use super::{How, gateway, pod};
use crate::object::Object;

const EXTERNAL_SECRETS: &str = "external-secrets.io";
const CERT_MANAGER: &str = "cert-manager.io";

/// Where cert-manager looks for what a ClusterIssuer names, unless its flag
/// `--cluster-resource-namespace` says otherwise: its own namespace, by custom this one.
const CLUSTER_RESOURCES: &str = "cert-manager";

pub(super) fn find(object: &Object, root: &Cursor<'_>, finder: &mut Finder<'_>) {
    match (object.group(), object.kind()) {
        (gateway::GROUP | gateway::ENVOY, _) => gateway::find(object.kind(), root, finder),
        (CERT_MANAGER, "Issuer" | "ClusterIssuer") => issuer(root, finder),
        (CERT_MANAGER, "Certificate" | "CertificateRequest") => certificate(root, finder),
        (EXTERNAL_SECRETS, "ExternalSecret") => secret_store(root.at(&["spec"]), finder),
        (
            "monitoring.coreos.com",
            "Prometheus" | "PrometheusAgent" | "Alertmanager" | "ThanosRuler",
        ) => {
            monitor(root, finder);
        }
        ("keda.sh", "ScaledObject") => scale_target(root.at(&["spec", "scaleTargetRef"]), finder),
        ("autoscaling.k8s.io", "VerticalPodAutoscaler") => {
            scale_target(root.at(&["spec", "targetRef"]), finder);
        }
        _ => {}
    }
}

/// An issuer has dozens of kinds of solvers; what they have in common is that a field that ends in
/// `SecretRef` names a Secret. The key of the ACME account is one that cert-manager makes.
fn issuer(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let target = match finder.is_cluster_wide() {
        true => Target::core("Secret").in_namespace(CLUSTER_RESOURCES),
        false => Target::core("Secret"),
    };
    let Some(spec) = root.at(&["spec"]) else {
        return;
    };
    finder.field(spec.at(&["ca", "secretName"]), &target);
    secret_references(&spec, &target, finder);
}

fn secret_references(place: &Cursor<'_>, target: &Target, finder: &mut Finder<'_>) {
    for (key, entry) in place.entries() {
        let names_a_secret = key.ends_with("SecretRef") || key == "secretRef";
        if names_a_secret && key != "privateKeySecretRef" {
            finder.field(entry.at(&["name"]), target);
        } else {
            secret_references(&entry, target, finder);
        }
    }
    for item in place.items() {
        secret_references(&item, target, finder);
    }
}

fn certificate(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let Some(issuer) = root.at(&["spec", "issuerRef"]) else {
        return;
    };
    let group = issuer.text(&["group"]).unwrap_or(CERT_MANAGER);
    let target = match issuer.text(&["kind"]).unwrap_or("Issuer") {
        kind @ "ClusterIssuer" => Target::cluster(group, kind),
        kind => Target::namespaced(group, kind),
    };
    finder.field(issuer.at(&["name"]), &target);
}

fn secret_store(holder: Option<Cursor<'_>>, finder: &mut Finder<'_>) {
    let Some(store) = holder.and_then(|holder| holder.at(&["secretStoreRef"])) else {
        return;
    };
    let target = match store.text(&["kind"]) {
        Some(kind @ "ClusterSecretStore") => Target::cluster(EXTERNAL_SECRETS, kind),
        _ => Target::namespaced(EXTERNAL_SECRETS, "SecretStore"),
    };
    finder.field(store.at(&["name"]), &target);
}

/// The servers of the Prometheus operator, whose spec has many fields of a pod's.
fn monitor(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let Some(spec) = root.at(&["spec"]) else {
        return;
    };
    pod::spec(&spec, finder);
    for (list, kind) in [("secrets", "Secret"), ("configMaps", "ConfigMap")] {
        for name in spec.list(&[list]) {
            finder.add(Some(name), &Target::core(kind), How::Volume, false);
        }
    }
    if let Some(template) = spec.at(&["storage", "volumeClaimTemplate"]) {
        claim(&template, finder);
    }
    for field in [
        "additionalScrapeConfigs",
        "additionalAlertRelabelConfigs",
        "additionalAlertManagerConfigs",
    ] {
        if let Some(key) = spec.at(&[field]) {
            finder.named(&key, "name", "Secret", How::Field);
        }
    }
}
