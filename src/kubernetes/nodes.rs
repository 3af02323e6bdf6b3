//! When the machines of a cluster became nodes of it.

use jiff::Timestamp;

use super::connect::Connection;
use super::inside::metadata;
use crate::model::api::{ApiError, Kind};

/// The label by which kops says which group a node belongs to.
const GROUP: &str = "kops.k8s.io/instancegroup";

/// The group and the birth of every node that kops made; one request for up to five hundred.
pub async fn births(connection: &Connection) -> Result<Vec<(String, Timestamp)>, ApiError> {
    let kind = Kind::new("", "v1", "Node");
    let nodes = metadata(connection, &kind, "/api/v1/nodes", GROUP).await?;
    let births = nodes.iter().filter_map(|node| {
        let group = node.get(&["metadata", "labels", GROUP])?.as_str()?;
        let born = node.get(&["metadata", "creationTimestamp"])?.as_str()?;
        Some((group.to_owned(), born.parse().ok()?))
    });
    Ok(births.collect())
}
