//! When the machines of a cluster became nodes of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

use super::address::escape;
use super::connect::Connection;
use super::inside::METADATA;
use super::request::Request;
use crate::model::api::ApiError;

/// The label by which kops says which group a node belongs to.
const GROUP: &str = "kops.k8s.io/instancegroup";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct List {
    #[serde(default)]
    metadata: Page,
    #[serde(default)]
    items: Vec<Node>,
}

#[derive(Default, Deserialize)]
struct Page {
    #[serde(default)]
    r#continue: String,
}

#[derive(Deserialize)]
struct Node {
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    labels: BTreeMap<String, String>,
    creation_timestamp: Option<Timestamp>,
}

/// The group and the birth of every node that kops made; one request for up to five hundred.
pub async fn births(connection: &Connection) -> Result<Vec<(String, Timestamp)>, ApiError> {
    let mut births = Vec::new();
    let mut token = String::new();
    loop {
        let path = format!(
            "/api/v1/nodes?labelSelector={}&limit=500&continue={}",
            escape(GROUP),
            escape(&token)
        );
        let reply = connection.ask(&Request::get(path).accept(METADATA)).await?;
        let list: List = reply.read()?;
        let born = list.items.into_iter().filter_map(|node| {
            let mut labels = node.metadata.labels;
            Some((labels.remove(GROUP)?, node.metadata.creation_timestamp?))
        });
        births.extend(born);
        token = list.metadata.r#continue;
        if token.is_empty() {
            return Ok(births);
        }
    }
}
