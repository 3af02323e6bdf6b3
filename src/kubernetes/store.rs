//! The inventory in the cluster: one Secret, and further ones where it outgrows that.
//!
//! A write first puts what does not fit into Secrets of new names, then makes them count by one
//! compare-and-swap on the parent, and only then removes those that counted before. So a reader
//! sees the record of before or that of after, whenever the writer dies.

use std::cell::RefCell;
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use serde_json::{Value, json};

use super::connect::Connection;
use super::pieces::{Record, in_pieces, pack, unpack};
use super::request::Request;
use crate::model::api::ApiError;
use crate::model::inventory::{self, Inventory, NAMESPACE};
use crate::model::server::Store;

/// On every Secret of an inventory: the environment.
const OF: &str = "kops-stack.io/inventory";

/// How often a read begins anew whose pieces were replaced meanwhile.
const READS: usize = 4;

/// The inventory of one environment.
pub struct SecretStore {
    connection: Connection,
    environment: String,
    /// What was read or written here last; a write holds only upon it.
    known: RefCell<Option<Known>>,
}

#[derive(Debug, Clone)]
struct Known {
    uid: String,
    resource_version: String,
    serial: u64,
    lineage: String,
    pieces: Vec<String>,
}

impl SecretStore {
    pub fn new(connection: Connection, environment: impl Into<String>) -> Self {
        Self {
            connection,
            environment: environment.into(),
            known: RefCell::new(None),
        }
    }

    fn name(&self) -> String {
        inventory::name(&self.environment)
    }

    fn path(&self, name: &str) -> String {
        format!("{}/{name}", collection())
    }

    async fn get(&self, name: &str) -> Result<Option<Value>, ApiError> {
        match self.connection.ask(&Request::get(self.path(name))).await {
            Ok(reply) => reply.read().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The record that the parent holds or points to; none where a piece is gone, which happens
    /// when another writer replaces it just now.
    async fn record(&self, parent: &Record) -> Result<Option<Inventory>, ApiError> {
        let reads = parent.pieces.iter().map(|name| self.get(name));
        let mut packed = parent.data.clone();
        for piece in try_join_all(reads).await? {
            match piece {
                Some(piece) => packed.extend(Record::of(&piece)?.data),
                None => return Ok(None),
            }
        }
        unpack(&packed).map(Some)
    }

    /// Writes one Secret that nobody else writes: its name is new.
    async fn put_piece(&self, name: &str, data: &[u8]) -> Result<(), ApiError> {
        let secret = self.secret(name, data);
        match self
            .connection
            .ask(&Request::post(collection(), &secret))
            .await
        {
            // An answer was lost, and the second try finds what the first made.
            Err(error) if error.reason == "AlreadyExists" => Ok(()),
            Err(error) if namespace_is_missing(&error) => {
                make_namespace(&self.connection).await?;
                self.connection
                    .ask(&Request::post(collection(), &secret))
                    .await
                    .map(drop)
            }
            result => result.map(drop),
        }
    }

    fn secret(&self, name: &str, data: &[u8]) -> Value {
        use base64::prelude::{BASE64_STANDARD, Engine as _};
        json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": name,
                "namespace": NAMESPACE,
                "labels": {
                    "app.kubernetes.io/managed-by": "kops-stack",
                    OF: self.environment,
                },
            },
            "type": "kops-stack.io/inventory",
            "data": {"inventory": BASE64_STANDARD.encode(data)},
        })
    }

    /// The compare-and-swap. An answer that is lost on the way is looked for: a write carries a
    /// mark of its own.
    async fn swap(
        &self,
        secret: &Value,
        known: Option<&Known>,
        mark: &str,
    ) -> Result<Value, ApiError> {
        let request = match known {
            Some(_) => Request::put(self.path(&self.name()), secret),
            None => Request::post(collection(), secret),
        };
        let mut result = self.connection.ask(&request).await;
        if let Err(error) = &result
            && known.is_none()
            && namespace_is_missing(error)
        {
            make_namespace(&self.connection).await?;
            result = self.connection.ask(&request).await;
        }
        match result {
            Ok(reply) => reply.read(),
            Err(error) if error.code == 0 || error.code == 409 || error.code >= 500 => {
                let now = self.get(&self.name()).await.ok().flatten();
                now.filter(|now| Record::of(now).is_ok_and(|record| record.mark == mark))
                    .ok_or(error)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes the pieces that no longer count, those of a writer that died among them. What
    /// fails is tried again by the next write.
    async fn sweep(&self, known: &Known) {
        let path = format!("{}?labelSelector={OF}%3D{}", collection(), self.environment);
        let Ok(reply) = self.connection.ask(&Request::get(path)).await else {
            return;
        };
        let Ok(list) = reply.read::<Value>() else {
            return;
        };
        let items = list["items"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let names = items
            .iter()
            .filter_map(|item| item["metadata"]["name"].as_str());
        let old = names.filter(|name| {
            let serial = name
                .strip_prefix(&format!("{}-", self.name()))
                .and_then(|rest| rest.split('-').next()?.parse::<u64>().ok());
            let counts = known.pieces.iter().any(|piece| piece == name);
            serial.is_some_and(|serial| serial <= known.serial) && !counts
        });
        let deletes = old.map(|name| async move {
            let options = json!({"apiVersion": "v1", "kind": "DeleteOptions"});
            let request = Request::delete(self.path(name), &options);
            self.connection.ask(&request).await.map(drop)
        });
        join_all(deletes).await;
    }
}

impl Store for SecretStore {
    async fn read(&self) -> Result<Option<Inventory>, ApiError> {
        for _ in 0..READS {
            let Some(parent) = self.get(&self.name()).await? else {
                self.known.replace(None);
                return Ok(None);
            };
            let record = Record::of(&parent)?;
            if let Some(mut inventory) = self.record(&record).await? {
                inventory.serial = record.serial;
                self.known
                    .replace(Some(known(&parent, &record, &inventory.lineage)));
                return Ok(Some(inventory));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(ApiError::transport(format!(
            "the inventory in Secret {NAMESPACE}/{} lacks a piece that it names",
            self.name()
        )))
    }

    async fn write(&self, inventory: &Inventory) -> Result<u64, ApiError> {
        let known = self.known.borrow().clone();
        let mut inventory = inventory.clone();
        inventory.serial = known.as_ref().map_or(0, |known| known.serial) + 1;
        if inventory.lineage.is_empty() {
            inventory.lineage = match &known {
                Some(known) => known.lineage.clone(),
                None => uuid::Uuid::new_v4().to_string(),
            };
        }
        if let Some(known) = known
            .as_ref()
            .filter(|known| known.lineage != inventory.lineage)
        {
            return Err(ApiError {
                code: 409,
                reason: "Conflict".to_owned(),
                message: format!(
                    "the inventory is of another history: {} in the cluster, {} here",
                    known.lineage, inventory.lineage
                ),
                ..ApiError::default()
            });
        }
        let mark = uuid::Uuid::new_v4().simple().to_string();
        let packed = pack(&inventory)?;
        let (first, further) = in_pieces(&packed);
        let name = |number| {
            format!(
                "{}-{}-{}-{number}",
                self.name(),
                inventory.serial,
                &mark[..8]
            )
        };
        let pieces: Vec<String> = (1..=further.len()).map(name).collect();
        for (name, data) in pieces.iter().zip(further) {
            self.put_piece(name, data).await?;
        }
        let mut secret = self.secret(&self.name(), first);
        Record {
            serial: inventory.serial,
            mark: mark.clone(),
            pieces: pieces.clone(),
            data: Vec::new(),
        }
        .annotate(&mut secret, &inventory, &self.environment);
        if let Some(known) = &known {
            secret["metadata"]["uid"] = known.uid.as_str().into();
            secret["metadata"]["resourceVersion"] = known.resource_version.as_str().into();
        }
        let stored = self.swap(&secret, known.as_ref(), &mark).await?;
        let had_pieces = known.is_some_and(|known| !known.pieces.is_empty());
        let now = self::known(&stored, &Record::of(&stored)?, &inventory.lineage);
        if had_pieces || !now.pieces.is_empty() {
            self.sweep(&now).await;
        }
        self.known.replace(Some(now));
        Ok(inventory.serial)
    }
}

fn known(parent: &Value, record: &Record, lineage: &str) -> Known {
    let text = |key: &str| {
        parent["metadata"][key]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    Known {
        uid: text("uid"),
        resource_version: text("resourceVersion"),
        serial: record.serial,
        lineage: lineage.to_owned(),
        pieces: record.pieces.clone(),
    }
}

fn collection() -> String {
    format!("/api/v1/namespaces/{NAMESPACE}/secrets")
}

pub(super) fn namespace_is_missing(error: &ApiError) -> bool {
    error.is_not_found() && error.message == format!("namespaces \"{NAMESPACE}\" not found")
}

/// Makes the namespace of lock and inventory; somebody else may do so at the same time.
pub(super) async fn make_namespace(connection: &Connection) -> Result<(), ApiError> {
    let namespace = json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": NAMESPACE,
            "labels": {"app.kubernetes.io/managed-by": "kops-stack"},
        },
    });
    match connection
        .ask(&Request::post("/api/v1/namespaces", &namespace))
        .await
    {
        Err(error) if error.reason == "AlreadyExists" => Ok(()),
        result => result.map(drop),
    }
}
