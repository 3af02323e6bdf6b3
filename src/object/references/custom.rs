//! What the custom resources of well-known projects need.

use super::cursor::Cursor;
use super::finder::{Finder, Target};
use super::scale_target;
use crate::object::Object;

const GATEWAY: &str = "gateway.networking.k8s.io";
const CERT_MANAGER: &str = "cert-manager.io";

/// Where cert-manager looks for what a ClusterIssuer names, unless its flag
/// `--cluster-resource-namespace` says otherwise: its own namespace, by custom this one.
const CLUSTER_RESOURCES: &str = "cert-manager";

pub(super) fn find(object: &Object, root: &Cursor<'_>, finder: &mut Finder<'_>) {
    match (object.group(), object.kind()) {
        (GATEWAY, "GatewayClass") => parameters(root.at(&["spec", "parametersRef"]), finder),
        (GATEWAY, "Gateway") => gateway(root, finder),
        (GATEWAY, "ListenerSet") => {
            parent(root.at(&["spec", "parentRef"]), finder);
            listeners(root, finder);
        }
        (GATEWAY, kind) if kind.ends_with("Route") => route(root, finder),
        (CERT_MANAGER, "Issuer" | "ClusterIssuer") => issuer(root, finder),
        (CERT_MANAGER, "Certificate" | "CertificateRequest") => certificate(root, finder),
        ("keda.sh", "ScaledObject") => scale_target(root.at(&["spec", "scaleTargetRef"]), finder),
        ("autoscaling.k8s.io", "VerticalPodAutoscaler") => {
            scale_target(root.at(&["spec", "targetRef"]), finder);
        }
        _ => {}
    }
}

fn gateway(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let class = Target::cluster(GATEWAY, "GatewayClass");
    finder.field(root.at(&["spec", "gatewayClassName"]), &class);
    parameters(
        root.at(&["spec", "infrastructure", "parametersRef"]),
        finder,
    );
    listeners(root, finder);
}

fn listeners(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    for listener in root.list(&["spec", "listeners"]) {
        for certificate in listener.list(&["tls", "certificateRefs"]) {
            by_group(&certificate, ("", "Secret"), finder);
        }
        for authority in listener.list(&["tls", "frontendValidation", "caCertificateRefs"]) {
            by_group(&authority, ("", "ConfigMap"), finder);
        }
    }
}

fn parameters(reference: Option<Cursor<'_>>, finder: &mut Finder<'_>) {
    if let Some(reference) = reference {
        by_group(&reference, ("", ""), finder);
    }
}

fn parent(reference: Option<Cursor<'_>>, finder: &mut Finder<'_>) {
    if let Some(reference) = reference {
        by_group(&reference, (GATEWAY, "Gateway"), finder);
    }
}

fn route(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    for reference in root.list(&["spec", "parentRefs"]) {
        parent(Some(reference), finder);
    }
    for rule in root.list(&["spec", "rules"]) {
        filters(&rule, finder);
        for backend in rule.list(&["backendRefs"]) {
            by_group(&backend, ("", "Service"), finder);
            filters(&backend, finder);
        }
    }
}

fn filters(holder: &Cursor<'_>, finder: &mut Finder<'_>) {
    for filter in holder.list(&["filters"]) {
        if let Some(mirror) = filter.at(&["requestMirror", "backendRef"]) {
            by_group(&mirror, ("", "Service"), finder);
        }
        if let Some(extension) = filter.at(&["extensionRef"]) {
            by_group(&extension, ("", ""), finder);
        }
    }
}

/// A reference of the Gateway API: group, kind and namespace, each with a default.
fn by_group(reference: &Cursor<'_>, default: (&str, &str), finder: &mut Finder<'_>) {
    finder.field(
        reference.at(&["name"]),
        &Target::named_by(reference, "group", default),
    );
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
