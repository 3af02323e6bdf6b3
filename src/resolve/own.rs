//! Manifests of the user's own, and what their CRDs provide.

use std::collections::BTreeSet;

use super::settings::Settings;
use crate::model::environment::Environment;
use crate::model::own_object::OwnObject;

/// The group of the Gateway API, and the name that modules call it by.
const GATEWAY_API: (&str, &str) = ("gateway.networking.k8s.io", "crd:gateway-api");

/// The manifests of the user's own, weak layers first.
pub fn objects(settings: &Settings<'_>, environment: &Environment) -> Vec<OwnObject> {
    let layers = settings.layers.iter().map(|layer| &layer.files);
    let files = layers.chain([&environment.files]);
    files
        .flat_map(|files| files.objects.iter().cloned())
        .collect()
}

/// `crd:GROUP` for the group of each CRD of a user's own.
pub fn crds(objects: &[OwnObject]) -> BTreeSet<String> {
    let crds = objects.iter().filter(|own| {
        own.object
            .is("apiextensions.k8s.io", "CustomResourceDefinition")
    });
    let groups = crds.filter_map(|own| own.object.get(&["spec", "group"])?.as_str());
    let known = groups.flat_map(|group| {
        let alias = (group == GATEWAY_API.0).then(|| GATEWAY_API.1.to_owned());
        [format!("crd:{group}")].into_iter().chain(alias)
    });
    known.collect()
}
