//! What the objects of the Gateway API, and those attached to them, need.

use super::cursor::Cursor;
use super::finder::{Finder, Target};

pub(super) const GROUP: &str = "gateway.networking.k8s.io";
pub(super) const ENVOY: &str = "gateway.envoyproxy.io";

pub(super) fn find(kind: &str, root: &Cursor<'_>, finder: &mut Finder<'_>) {
    match kind {
        "GatewayClass" => parameters(root.at(&["spec", "parametersRef"]), finder),
        "Gateway" => gateway(root, finder),
        "ListenerSet" => {
            parent(root.at(&["spec", "parentRef"]), finder);
            listeners(root, finder);
        }
        kind if kind.ends_with("Policy") => policy(root, finder),
        kind if kind.ends_with("Route") => route(root, finder),
        _ => {}
    }
}

fn gateway(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let class = Target::cluster(GROUP, "GatewayClass");
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
        by_group(&reference, (GROUP, "Gateway"), finder);
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

/// A policy is attached to Gateways, routes or Services of its namespace.
fn policy(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let one = root.at(&["spec", "targetRef"]);
    for target in one.into_iter().chain(root.list(&["spec", "targetRefs"])) {
        by_group(&target, ("", ""), finder);
    }
}
