//! Health, for apply and status.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::apply::Examine;
use crate::health::{self, Context};
use crate::kubernetes::Cluster;
use crate::model::api::Kind;
use crate::model::health::{Health, Ready};
use crate::model::rendering::Rendering;
use crate::model::server::Server;
use crate::object::{Identity, Object};
use crate::yaml::Value;

/// Judges objects by what they say of themselves, claims by their class, and custom resources by what
/// their CRD lets them say.
#[derive(Default)]
pub struct Examiner {
    classes: Vec<Object>,
    /// Group and kind of custom resources whose CRD has `status.conditions`.
    with_conditions: BTreeSet<(String, String)>,
}

impl Examiner {
    /// Asks for the storage classes, where there are claims to judge. What cannot be read is taken
    /// for a class that binds at once.
    pub async fn of<'i>(
        cluster: &Cluster,
        judged: impl IntoIterator<Item = &'i Identity>,
        applied: impl IntoIterator<Item = Object>,
        desired: &Rendering,
    ) -> Self {
        let judged: Vec<&Identity> = judged.into_iter().collect();
        let is_claim =
            |one: &&Identity| one.kind == "PersistentVolumeClaim" && one.group.is_empty();
        let mut examiner = Self {
            with_conditions: with_conditions(&judged, desired),
            ..Self::default()
        };
        if !judged.iter().any(is_claim) {
            return examiner;
        }
        let kind = Kind::new("storage.k8s.io", "v1", "StorageClass");
        examiner.classes = cluster.list(&kind, None, "").await.unwrap_or_default();
        let is_class = |object: &Object| object.is("storage.k8s.io", "StorageClass");
        examiner
            .classes
            .extend(applied.into_iter().filter(is_class));
        examiner
    }
}

/// The kinds that are judged and whose CRD promises conditions; no other CRD is looked into.
fn with_conditions(judged: &[&Identity], desired: &Rendering) -> BTreeSet<(String, String)> {
    let groups: BTreeSet<&str> = judged
        .iter()
        .map(|identity| identity.group.as_str())
        .collect();
    let components = desired.components.values();
    let objects = components.flat_map(|component| &component.objects);
    let crds = objects.filter(|rendered| {
        let identity = rendered.object.identity();
        let group = identity.name.split_once('.').map(|(_, group)| group);
        identity.kind == "CustomResourceDefinition"
            && group.is_some_and(|group| groups.contains(group))
    });
    let promising = crds.filter(|rendered| promises_conditions(&rendered.object));
    promising
        .filter_map(|rendered| {
            let text = |path: &[&str]| rendered.object.get(path)?.as_str().map(str::to_owned);
            Some((text(&["spec", "group"])?, text(&["spec", "names", "kind"])?))
        })
        .collect()
}

fn promises_conditions(crd: &Object) -> bool {
    let versions = crd.get(&["spec", "versions"]).and_then(Value::as_array);
    let path = "/schema/openAPIV3Schema/properties/status/properties/conditions";
    let mut versions = versions.into_iter().flatten();
    versions.any(|version| version["storage"] == true && version.pointer(path).is_some())
}

impl Examine for Examiner {
    fn services(&self, object: &Object) -> BTreeSet<(String, String)> {
        health::services(object)
    }

    fn health(&self, object: &Object, waited: Duration, ready: Ready) -> Health {
        let context = Context {
            age: waited,
            ready_addresses: ready,
            binds_late: health::binds_late(object, &self.classes),
            declares_conditions: self
                .with_conditions
                .contains(&(object.group().to_owned(), object.kind().to_owned())),
        };
        health::health(object, &context)
    }
}
