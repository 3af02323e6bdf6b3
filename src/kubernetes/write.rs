//! Writes, and whatever else apply asks of a server.

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;

use super::address;
use super::cluster::Cluster;
use super::list::Listing;
use super::probe::apply_path;
use super::request::Request;
use crate::model::api::{ApiError, Kind, Target};
use crate::model::live::{Answer, Probe};
use crate::model::server::{Propagation, Seen, Server};
use crate::model::work::Revision;
use crate::object::{Object, Path};

/// The version of the store before anything was in it. An apply of this version makes what is not
/// there, and meets what is with a conflict.
const OF_NOTHING: &str = "1";

impl Server for Cluster {
    async fn apply(
        &self,
        target: &Target,
        payload: &Value,
        current: Option<&Revision>,
        force: bool,
    ) -> Result<Object, ApiError> {
        let path = apply_path(&self.path(target)?, force);
        let mut payload = payload.clone();
        match current {
            None => payload["metadata"]["resourceVersion"] = OF_NOTHING.into(),
            Some(current) => {
                payload["metadata"]["uid"] = current.uid.as_str().into();
                payload["metadata"]["resourceVersion"] = current.resource_version.as_str().into();
            }
        }
        let request = Request::apply(path, &payload);
        self.connection.send(&request).await?.object()
    }

    async fn probe(&self, probe: &Probe) -> Answer {
        self.dry_run(probe, false).await
    }

    async fn get(&self, target: &Target) -> Result<Option<Object>, ApiError> {
        // Without its kind no object is there.
        let Ok(served) = self.served(&target.kind()) else {
            return Ok(None);
        };
        let request = Request::get(address::object(target, &served)?);
        match self.connection.send(&request).await {
            Ok(reply) => reply.object().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn list(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        selector: &str,
    ) -> Result<Vec<Object>, ApiError> {
        let listing = Listing {
            kind,
            path: address::collection(kind, &self.served(kind)?, namespace),
            selector: selector.to_owned(),
        };
        Ok(self.connection.list(&listing).await?.objects)
    }

    async fn delete(
        &self,
        target: &Target,
        current: &Revision,
        propagation: Propagation,
    ) -> Result<bool, ApiError> {
        let Ok(served) = self.served(&target.kind()) else {
            return Ok(true);
        };
        let path = address::object(target, &served)?;
        let request = Request::delete(path, &delete_options(current, propagation));
        match self.connection.send(&request).await {
            // What lingers is given as it is now; else there is only a word that it is gone.
            Ok(reply) => Ok(reply.read::<Value>()?["kind"] == "Status"),
            Err(error) if error.is_not_found() => Ok(true),
            Err(error) => Err(error),
        }
    }

    async fn adopt(
        &self,
        target: &Target,
        current: &Object,
        managers: &[String],
        fields: &[Path],
    ) -> Result<Object, ApiError> {
        self.take_over(target, current, managers, fields).await
    }

    async fn watch(&self, kind: &Kind, into: UnboundedSender<Seen>) {
        self.follow(kind, into).await;
    }

    async fn ready_addresses(&self, namespace: &str, service: &str) -> Result<usize, ApiError> {
        self.addresses_behind(namespace, service).await
    }

    async fn explain(&self, object: &Object) -> Vec<String> {
        self.reasons(object).await
    }

    async fn learn(&self) -> Result<(), ApiError> {
        self.learn_kinds().await
    }
}

fn delete_options(current: &Revision, propagation: Propagation) -> Value {
    let policy = match propagation {
        Propagation::Background => "Background",
        Propagation::Foreground => "Foreground",
        Propagation::Orphan => "Orphan",
    };
    let mut preconditions = json!({"uid": current.uid});
    if !current.resource_version.is_empty() {
        preconditions["resourceVersion"] = current.resource_version.as_str().into();
    }
    json!({
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": policy,
        "preconditions": preconditions,
    })
}
