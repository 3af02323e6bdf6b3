//! Objects that annotations name.

use crate::check::facts::Fact;
use crate::object::{Identity, Path};

const CERT_MANAGER: &str = "cert-manager.io";

/// Objects that must be there, with the place that names them.
pub fn named(fact: &Fact<'_>) -> Vec<(Identity, Path)> {
    let annotations = fact.object.annotations().into_iter();
    annotations
        .filter_map(|(key, value)| {
            let at = Path::of_keys(&["metadata", "annotations", key]);
            Some((of_annotation(fact, key, value)?, at))
        })
        .collect()
}

/// cert-manager fills in an authority from a Certificate or a Secret (cainjector), and makes
/// certificates for Ingresses and Gateways (ingress-shim, gateway-shim).
fn of_annotation(fact: &Fact<'_>, key: &str, value: &str) -> Option<Identity> {
    let shim = matches!(fact.object.kind(), "Ingress" | "Gateway");
    match key {
        "cert-manager.io/inject-ca-from" => placed(CERT_MANAGER, "Certificate", value),
        "cert-manager.io/inject-ca-from-secret" => placed("", "Secret", value),
        "cert-manager.io/cluster-issuer" if shim => {
            Some(identity(CERT_MANAGER, "ClusterIssuer", None, value))
        }
        "cert-manager.io/issuer" if shim && !is_of_others(fact) => {
            Some(identity(CERT_MANAGER, "Issuer", fact.namespace(), value))
        }
        _ => None,
    }
}

/// Whether the issuer is of another kind than cert-manager's own.
fn is_of_others(fact: &Fact<'_>) -> bool {
    fact.object
        .annotation("cert-manager.io/issuer-kind")
        .is_some()
}

/// An object written as `namespace/name`.
fn placed(group: &str, kind: &str, value: &str) -> Option<Identity> {
    let (namespace, name) = value.split_once('/')?;
    Some(identity(group, kind, Some(namespace), name))
}

fn identity(group: &str, kind: &str, namespace: Option<&str>, name: &str) -> Identity {
    Identity {
        namespace: namespace.map(str::to_owned),
        kind: kind.to_owned(),
        group: group.to_owned(),
        name: name.to_owned(),
    }
}
