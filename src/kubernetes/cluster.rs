//! The cluster of an environment: a connection, and what kinds the server serves.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::address;
use super::connect::Connection;
use super::discovery;
use crate::model::api::{ApiError, Kind, Served, Target};

/// The cluster of one environment, with the kinds that it serves.
pub struct Cluster {
    pub(super) connection: Connection,
    pub(super) environment: String,
    kinds: Mutex<Arc<HashMap<Kind, Served>>>,
}

impl Cluster {
    /// Knows no kind before [`Cluster::learn_kinds`].
    pub fn new(connection: Connection, environment: impl Into<String>) -> Self {
        Self {
            connection,
            environment: environment.into(),
            kinds: Mutex::default(),
        }
    }

    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Asks what kinds the server serves, in two requests where it knows aggregated discovery.
    pub async fn learn_kinds(&self) -> Result<(), ApiError> {
        let kinds = discovery::kinds(&self.connection).await?;
        *self.kinds.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(kinds);
        Ok(())
    }

    /// The same, unless it was learned before.
    pub async fn need_kinds(&self) -> Result<(), ApiError> {
        match self.kinds().is_empty() {
            true => self.learn_kinds().await,
            false => Ok(()),
        }
    }

    /// What was learned last.
    pub fn kinds(&self) -> Arc<HashMap<Kind, Served>> {
        Arc::clone(&self.kinds.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn served(&self, kind: &Kind) -> Result<Served, ApiError> {
        let kinds = self.kinds();
        kinds
            .get(kind)
            .cloned()
            .ok_or_else(|| address::not_served(kind))
    }

    /// The path of an object.
    pub(super) fn path(&self, target: &Target) -> Result<String, ApiError> {
        address::object(target, &self.served(&target.kind())?)
    }
}
