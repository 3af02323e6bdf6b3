//! Which other objects an object needs.
//!
//! Only what the object itself names: that a Service selects pods, or that a custom resource needs
//! its CRD, is for others to say. What a controller makes, such as the Secret of a Certificate, is
//! not needed and not listed.

mod cursor;
mod custom;
mod finder;
mod pod;

use serde_json::Value;

use super::{Identity, Object, Path, Schema};
use cursor::Cursor;
use finder::{Finder, Target};

/// One object named by another.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    pub to: Identity,
    /// Where the name stands.
    pub at: Path,
    pub how: How,
    /// The object works, or waits without failing, where the other is not there; so says the
    /// manifest, or what is named is built into every cluster.
    pub optional: bool,
}

/// How the other object is used, which decides what happens when it changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// Mounted; the kubelet brings changes into running pods, but for `subPath`.
    Volume,
    /// One variable; read when a container starts.
    Env,
    /// All variables; read when a container starts.
    EnvFrom,
    /// Read when an image is pulled.
    ImagePullSecret,
    /// Named by any other field.
    Field,
}

/// Lists what `object` names, in the order of its fields as they are read here; one entry for each
/// place, so the same object may come several times.
pub fn references(object: &Object) -> Vec<Reference> {
    let schema = Schema::of(object);
    let root = Cursor::root(object.value(), &schema);
    let mut finder = Finder::new(object.namespace());
    pod::find(object, &root, &mut finder);
    builtin(object, &root, &mut finder);
    custom::find(object, &root, &mut finder);
    finder.found
}

fn builtin(object: &Object, root: &Cursor<'_>, finder: &mut Finder<'_>) {
    match (object.group(), object.kind()) {
        ("apps", "StatefulSet") => stateful_set(root, finder),
        ("", "PersistentVolumeClaim") => {
            claim(root, finder);
            finder.field(
                root.at(&["spec", "volumeName"]),
                &Target::cluster("", "PersistentVolume"),
            );
        }
        ("", "PersistentVolume") => claim(root, finder),
        ("", "ServiceAccount") => pod::pull_secrets(root, finder),
        ("rbac.authorization.k8s.io", "RoleBinding" | "ClusterRoleBinding") => {
            binding(root, finder)
        }
        ("networking.k8s.io", "Ingress") => ingress(root, finder),
        ("autoscaling", "HorizontalPodAutoscaler") => {
            scale_target(root.at(&["spec", "scaleTargetRef"]), finder)
        }
        ("apiregistration.k8s.io", "APIService") => service(root.at(&["spec", "service"]), finder),
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            service(
                root.at(&["spec", "conversion", "webhook", "clientConfig", "service"]),
                finder,
            );
        }
        (
            "admissionregistration.k8s.io",
            "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration",
        ) => {
            for webhook in root.list(&["webhooks"]) {
                service(webhook.at(&["clientConfig", "service"]), finder);
            }
        }
        ("admissionregistration.k8s.io", kind) => policy(kind, root, finder),
        _ => {}
    }
}

fn stateful_set(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    finder.field(root.at(&["spec", "serviceName"]), &Target::core("Service"));
    for template in root.list(&["spec", "volumeClaimTemplates"]) {
        claim(&template, finder);
    }
}

/// The storage class of a claim or volume; an empty one asks for none.
fn claim(claim: &Cursor<'_>, finder: &mut Finder<'_>) {
    let target = Target::cluster("storage.k8s.io", "StorageClass");
    finder.field(claim.at(&["spec", "storageClassName"]), &target);
    let attributes = Target::cluster("storage.k8s.io", "VolumeAttributesClass");
    finder.field(
        claim.at(&["spec", "volumeAttributesClassName"]),
        &attributes,
    );
}

fn binding(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let group = "rbac.authorization.k8s.io";
    let role = match root.text(&["roleRef", "kind"]) {
        Some("ClusterRole") => Target::cluster(group, "ClusterRole"),
        _ => Target::namespaced(group, "Role"),
    };
    finder.field(root.at(&["roleRef", "name"]), &role);
    for subject in root.list(&["subjects"]) {
        if subject.text(&["kind"]) == Some("ServiceAccount") {
            // The namespace is required, also in a RoleBinding.
            finder.field(
                subject.at(&["name"]),
                &Target::core("ServiceAccount").within(&subject),
            );
        }
    }
}

fn ingress(root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let class = Target::cluster("networking.k8s.io", "IngressClass");
    finder.field(root.at(&["spec", "ingressClassName"]), &class);
    backend(root.at(&["spec", "defaultBackend"]), finder);
    for rule in root.list(&["spec", "rules"]) {
        for path in rule.list(&["http", "paths"]) {
            backend(path.at(&["backend"]), finder);
        }
    }
    for tls in root.list(&["spec", "tls"]) {
        finder.field(tls.at(&["secretName"]), &Target::core("Secret"));
    }
}

fn backend(backend: Option<Cursor<'_>>, finder: &mut Finder<'_>) {
    let Some(backend) = backend else { return };
    finder.field(backend.at(&["service", "name"]), &Target::core("Service"));
    if let Some(resource) = backend.at(&["resource"]) {
        let target = Target::named_by(&resource, "apiGroup", ("", ""));
        finder.field(resource.at(&["name"]), &target);
    }
}

/// A target by apiVersion and kind, as all autoscalers name theirs.
fn scale_target(target: Option<Cursor<'_>>, finder: &mut Finder<'_>) {
    let Some(target) = target else { return };
    let group = target
        .text(&["apiVersion"])
        .and_then(|api| api.split_once('/'))
        .map(|(group, _)| group);
    let kind = target.text(&["kind"]).unwrap_or("Deployment");
    let target_kind = match (kind, group) {
        // KEDA lets both out, and means a Deployment.
        ("Deployment", None) => Target::namespaced("apps", kind),
        (kind, group) => Target::namespaced(group.unwrap_or_default(), kind),
    };
    finder.field(target.at(&["name"]), &target_kind);
}

/// A Service by name and namespace.
fn service(service: Option<Cursor<'_>>, finder: &mut Finder<'_>) {
    if let Some(service) = service {
        finder.field(
            service.at(&["name"]),
            &Target::core("Service").within(&service),
        );
    }
}

/// The binding of an admission policy, named as its policy with `Binding` behind.
fn policy(kind: &str, root: &Cursor<'_>, finder: &mut Finder<'_>) {
    if let Some(policy) = kind.strip_suffix("Binding") {
        let target = Target::cluster("admissionregistration.k8s.io", policy);
        finder.field(root.at(&["spec", "policyName"]), &target);
    }
}

fn is_true(value: Option<&Value>) -> bool {
    value.and_then(Value::as_bool).unwrap_or_default()
}

#[cfg(test)]
mod tests;
