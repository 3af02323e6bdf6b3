//! Health, for apply and status.

use std::time::Duration;

use crate::apply::Examine;
use crate::health::{self, Context};
use crate::kubernetes::Cluster;
use crate::model::api::Kind;
use crate::model::health::Health;
use crate::model::server::Server;
use crate::object::{Identity, Object};

/// Judges objects by what they say of themselves, and claims by their class.
#[derive(Default)]
pub struct Examiner {
    classes: Vec<Object>,
}

impl Examiner {
    /// Asks for the storage classes, where there are claims to judge. What cannot be read is taken
    /// for a class that binds at once.
    pub async fn of<'i>(
        cluster: &Cluster,
        judged: impl IntoIterator<Item = &'i Identity>,
        applied: impl IntoIterator<Item = Object>,
    ) -> Self {
        let is_claim = |one: &Identity| one.kind == "PersistentVolumeClaim" && one.group.is_empty();
        if !judged.into_iter().any(is_claim) {
            return Self::default();
        }
        let kind = Kind::new("storage.k8s.io", "v1", "StorageClass");
        let mut classes = cluster.list(&kind, None, "").await.unwrap_or_default();
        let is_class = |object: &Object| object.is("storage.k8s.io", "StorageClass");
        classes.extend(applied.into_iter().filter(is_class));
        Self { classes }
    }
}

impl Examine for Examiner {
    fn health(&self, object: &Object, waited: Duration) -> Health {
        // A webhook's workload is a step of its own, which the order puts before it.
        let behind = health::services(object)
            .into_iter()
            .map(|service| (service, 1));
        let context = Context {
            age: waited,
            ready_addresses: behind.collect(),
            binds_late: health::binds_late(object, &self.classes),
            ..Context::default()
        };
        health::health(object, &context)
    }
}
