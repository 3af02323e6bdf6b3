//! What a namespace holds, of every kind: asked only before the namespace itself is deleted.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::{StreamExt, stream};

use super::address::{self, escape};
use super::cluster::Cluster;
use super::connect::{Connection, IN_FLIGHT};
use super::page::page;
use super::request::Request;
use crate::model::api::{ApiError, Kind, Served};
use crate::object::{Identity, Object};

/// Names without contents; a server that has no such form gives the whole.
const METADATA: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

/// Kinds that the cluster itself writes for what else is there, and whose loss is none.
const BESIDE: [(&str, &str); 6] = [
    ("", "Endpoints"),
    ("", "Event"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("events.k8s.io", "Event"),
    ("metrics.k8s.io", "PodMetrics"),
];

impl Cluster {
    /// Every object of a namespace that no other object owns.
    pub async fn inside(&self, namespace: &str) -> Result<Vec<Identity>, ApiError> {
        let kinds = self.kinds();
        let mut lists: BTreeMap<(&str, &str), (&Kind, &Served)> = BTreeMap::new();
        for (kind, served) in kinds.iter() {
            let key = (kind.group.as_str(), kind.kind.as_str());
            let lists_it = served.namespaced && served.verbs.iter().any(|verb| verb == "list");
            if !lists_it || BESIDE.contains(&key) {
                continue;
            }
            let known = lists.entry(key).or_insert((kind, served));
            if kind > known.0 {
                *known = (kind, served);
            }
        }
        let reads = lists.into_values().map(async |(kind, served)| {
            let path = address::collection(kind, served, Some(namespace));
            self.names(kind, &path).await
        });
        let mut found = Vec::new();
        let mut reads = std::pin::pin!(stream::iter(reads).buffer_unordered(IN_FLIGHT));
        while let Some(names) = reads.next().await {
            found.extend(names?);
        }
        found.sort();
        Ok(found)
    }

    async fn names(&self, kind: &Kind, path: &str) -> Result<Vec<Identity>, ApiError> {
        let objects = match metadata(&self.connection, kind, path, "").await {
            // It went since the kinds were learned.
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            objects => objects?,
        };
        let objects = objects.iter().filter(|object| object.owners().is_empty());
        Ok(objects.map(Object::identity).collect())
    }
}

/// All objects at a path, page by page, without their contents; `selector` is one of labels, or empty.
pub(super) async fn metadata(
    connection: &Connection,
    kind: &Kind,
    path: &str,
    selector: &str,
) -> Result<Vec<Object>, ApiError> {
    let kind = Arc::new(kind.clone());
    let selector = match selector {
        "" => String::new(),
        selector => format!("labelSelector={}&", escape(selector)),
    };
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let after = escape(&token);
        let request = Request::get(format!("{path}?{selector}limit=500&continue={after}"));
        let reply = connection.ask(&request.accept(METADATA)).await?;
        let (objects, next, _) = page(&reply.body, &kind, |_| true)?.objects()?;
        found.extend(objects);
        if next.is_empty() {
            return Ok(found);
        }
        token = next;
    }
}
