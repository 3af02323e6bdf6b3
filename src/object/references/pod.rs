//! What pods need.

use super::cursor::Cursor;
use super::finder::{Finder, Target};
use super::{How, claim};
use crate::object::Object;
use crate::object::pods::template_keys;

pub(super) fn find(object: &Object, root: &Cursor<'_>, finder: &mut Finder<'_>) {
    let template = template_keys(object).and_then(|keys| root.at(keys));
    let Some(spec) = template.and_then(|template| template.at(&["spec"])) else {
        return;
    };
    names(&spec, finder);
    pull_secrets(&spec, finder);
    for volume in spec.list(&["volumes"]) {
        self::volume(&volume, finder);
    }
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        for container in spec.list(&[list]) {
            environment(&container, finder);
        }
    }
}

fn names(spec: &Cursor<'_>, finder: &mut Finder<'_>) {
    // `serviceAccount` is the old name; the server copies one to the other.
    let account = spec
        .at(&["serviceAccountName"])
        .or_else(|| spec.at(&["serviceAccount"]));
    let made_for_each_namespace = account.as_ref().is_some_and(|name| name.value == "default");
    finder.add(
        account,
        &Target::core("ServiceAccount"),
        How::Field,
        made_for_each_namespace,
    );

    let priority = spec.at(&["priorityClassName"]);
    let is_system = |name: &Cursor<'_>| {
        name.value
            .as_str()
            .is_some_and(|name| name.starts_with("system-"))
    };
    let built_in = priority.as_ref().is_some_and(is_system);
    let target = Target::cluster("scheduling.k8s.io", "PriorityClass");
    finder.add(priority, &target, How::Field, built_in);

    let runtime = Target::cluster("node.k8s.io", "RuntimeClass");
    finder.field(spec.at(&["runtimeClassName"]), &runtime);
    for claim in spec.list(&["resourceClaims"]) {
        let group = "resource.k8s.io";
        finder.field(
            claim.at(&["resourceClaimName"]),
            &Target::namespaced(group, "ResourceClaim"),
        );
        let template = Target::namespaced(group, "ResourceClaimTemplate");
        finder.field(claim.at(&["resourceClaimTemplateName"]), &template);
    }
}

/// The pull secrets of a pod or of a ServiceAccount.
pub(super) fn pull_secrets(holder: &Cursor<'_>, finder: &mut Finder<'_>) {
    for secret in holder.list(&["imagePullSecrets"]) {
        finder.named(&secret, "name", "Secret", How::ImagePullSecret);
    }
}

fn volume(volume: &Cursor<'_>, finder: &mut Finder<'_>) {
    if let Some(claim) = volume.at(&["persistentVolumeClaim"]) {
        finder.named(&claim, "claimName", "PersistentVolumeClaim", How::Volume);
    }
    if let Some(template) = volume.at(&["ephemeral", "volumeClaimTemplate"]) {
        claim(&template, finder);
    }
    if let Some(driver) = volume.at(&["csi", "nodePublishSecretRef"]) {
        finder.named(&driver, "name", "Secret", How::Volume);
    }
    source(volume, "secretName", finder);
    for projected in volume.list(&["projected", "sources"]) {
        source(&projected, "name", finder);
    }
}

/// A ConfigMap or Secret as files; the Secret's name has two names.
fn source(source: &Cursor<'_>, secret_key: &str, finder: &mut Finder<'_>) {
    if let Some(map) = source.at(&["configMap"]) {
        finder.named(&map, "name", "ConfigMap", How::Volume);
    }
    if let Some(secret) = source.at(&["secret"]) {
        finder.named(&secret, secret_key, "Secret", How::Volume);
    }
}

fn environment(container: &Cursor<'_>, finder: &mut Finder<'_>) {
    let mut add = |place: &Cursor<'_>, keys: &[&str], kind, how| {
        if let Some(reference) = place.at(keys) {
            finder.named(&reference, "name", kind, how);
        }
    };
    for from in container.list(&["envFrom"]) {
        add(&from, &["configMapRef"], "ConfigMap", How::EnvFrom);
        add(&from, &["secretRef"], "Secret", How::EnvFrom);
    }
    for variable in container.list(&["env"]) {
        add(
            &variable,
            &["valueFrom", "configMapKeyRef"],
            "ConfigMap",
            How::Env,
        );
        add(
            &variable,
            &["valueFrom", "secretKeyRef"],
            "Secret",
            How::Env,
        );
    }
}
