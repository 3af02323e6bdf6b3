//! Objects that no manifest holds, since programs make them while they run.

use std::collections::BTreeSet;

use crate::check::facts::{Fact, Facts};
use crate::check::place::Place;
use crate::object::{Identity, Object, pod_spec};
use crate::yaml::Value;

/// Accounts that the controller manager makes for its own loops in kube-system, and that of its DNS
/// (`ControllerRoles` of k8s.io/kubernetes).
const ACCOUNTS: [&str; 3] = [
    "-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
];

/// Classes that kops makes on AWS (`storage-aws.addons.k8s.io`).
const KOPS_CLASSES: [&str; 4] = ["default", "gp2", "kops-ssd-1-17", "kops-csi-1-21"];

/// What the objects of a rendering, and the modules, say that will be made.
pub fn objects(facts: &Facts<'_>) -> BTreeSet<Identity> {
    let by_objects = facts.looked_into().flat_map(|(_, fact)| by_object(fact));
    let components = facts.checking.components.values();
    let by_modules = components.flat_map(|component| component.made());
    by_objects.chain(by_modules).collect()
}

fn by_object(fact: &Fact<'_>) -> Vec<Identity> {
    let object: &Object = fact.object;
    let root = Place::root(object.value());
    let in_place = |kind: &str, name: &str| identity(kind, fact.namespace(), name);
    let text = |keys: &[&str]| root.text(keys);
    match (object.group(), object.kind()) {
        ("cert-manager.io", "Certificate") => {
            let name = text(&["spec", "secretName"]);
            name.map(|name| in_place("Secret", name))
                .into_iter()
                .collect()
        }
        ("external-secrets.io", "ExternalSecret") => {
            let name = text(&["spec", "target", "name"]).unwrap_or(object.name());
            vec![in_place("Secret", name)]
        }
        ("bitnami.com", "SealedSecret") => vec![in_place("Secret", object.name())],
        ("networking.k8s.io", "Ingress") if has_issuer(object) => secrets_of_ingress(fact, &root),
        ("gateway.networking.k8s.io", "Gateway") if has_issuer(object) => {
            secrets_of_gateway(fact, &root)
        }
        // The operator's headless Services.
        ("monitoring.coreos.com", "Prometheus" | "PrometheusAgent") => {
            vec![in_place("Service", "prometheus-operated")]
        }
        ("monitoring.coreos.com", "Alertmanager") => {
            vec![in_place("Service", "alertmanager-operated")]
        }
        _ => by_arguments(fact),
    }
}

fn has_issuer(object: &Object) -> bool {
    let keys = [
        "cert-manager.io/cluster-issuer",
        "cert-manager.io/issuer",
        "kubernetes.io/tls-acme",
    ];
    keys.iter().any(|key| object.annotation(key).is_some())
}

fn secrets_of_ingress(fact: &Fact<'_>, root: &Place<'_>) -> Vec<Identity> {
    let tls = root.list(&["spec", "tls"]);
    let names = tls.iter().filter_map(|tls| tls.text(&["secretName"]));
    names
        .map(|name| identity("Secret", fact.namespace(), name))
        .collect()
}

fn secrets_of_gateway(fact: &Fact<'_>, root: &Place<'_>) -> Vec<Identity> {
    let listeners = root.list(&["spec", "listeners"]);
    let certificates = listeners
        .iter()
        .flat_map(|listener| listener.list(&["tls", "certificateRefs"]));
    let names = certificates.filter_map(|certificate| {
        let namespace = certificate.text(&["namespace"]).or(fact.namespace());
        Some(identity("Secret", namespace, certificate.text(&["name"])?))
    });
    names.collect()
}

/// `kube-webhook-certgen create` makes the Secret that its arguments name; the operator of Prometheus
/// the Service of all kubelets.
fn by_arguments(fact: &Fact<'_>) -> Vec<Identity> {
    let containers = pod_spec(fact.object).and_then(|spec| spec.get("containers")?.as_array());
    let mut made = Vec::new();
    for container in containers.into_iter().flatten() {
        let arguments: Vec<&str> = list(container, "args")
            .chain(list(container, "command"))
            .collect();
        let value = |flag: &str| {
            arguments
                .iter()
                .find_map(|argument| argument.strip_prefix(flag))
        };
        if let (true, Some(name)) = (arguments.contains(&"create"), value("--secret-name=")) {
            made.push(identity("Secret", fact.namespace(), name));
        }
        if let Some((namespace, name)) =
            value("--kubelet-service=").and_then(|place| place.split_once('/'))
        {
            made.push(identity("Service", Some(namespace), name));
        }
    }
    made
}

fn list<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    let items = value.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str)
}

/// Whether the cluster itself has an object.
pub fn is_of_cluster(facts: &Facts<'_>, to: &Identity) -> bool {
    let in_system = to.namespace.as_deref() == Some("kube-system");
    match (to.group.as_str(), to.kind.as_str()) {
        ("", "ServiceAccount") => in_system && ACCOUNTS.iter().any(|end| to.name.ends_with(end)),
        ("", "Service") => in_system && to.name == "kube-dns",
        ("storage.k8s.io", "StorageClass") => {
            let of_kops = facts.checking.external.contains("storage");
            of_kops && KOPS_CLASSES.contains(&to.name.as_str())
        }
        _ => false,
    }
}

fn identity(kind: &str, namespace: Option<&str>, name: &str) -> Identity {
    Identity {
        namespace: namespace.map(str::to_owned),
        kind: kind.to_owned(),
        group: String::new(),
        name: name.to_owned(),
    }
}
