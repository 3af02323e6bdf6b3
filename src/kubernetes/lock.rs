//! One writer at a time: a Lease that its holder renews, and that lapses when it does not.
//!
//! Clocks of machines differ, so that no time in the Lease is believed: it has lapsed when it was
//! seen here, unchanged, for as long as it holds. Every change is bound to the version that was
//! read, hence of two who try only one gets it.

use std::cell::RefCell;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::connect::Connection;
use super::request::Request;
use super::store::{make_namespace, namespace_is_missing};
use crate::model::api::ApiError;
use crate::model::inventory::{self, NAMESPACE};
use crate::model::server::{Lock, LockError};

/// How long a lock holds without being renewed.
pub const HOLDS: Duration = Duration::from_secs(30);

/// How often somebody who waits looks again.
const LOOK: Duration = Duration::from_secs(1);

/// What the holder does, for those who wait.
const ABOUT: &str = "kops-stack.io/lock";

/// Who takes the lock, and what for.
#[derive(Debug, Clone, Default)]
pub struct Holder {
    /// `user@host`.
    pub who: String,
    /// `apply`, `destroy`.
    pub operation: String,
    /// Of the manifests; empty outside git.
    pub commit: String,
}

/// What is known of a lock that somebody holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// `user@host`.
    pub holder: String,
    /// What [`LeaseLock::break_lock`] takes.
    pub id: String,
    pub operation: String,
    pub commit: String,
    /// RFC 3339, by the holder's clock.
    pub since: String,
    pub renewed: String,
}

/// The lock of one environment.
pub struct LeaseLock {
    connection: Connection,
    environment: String,
    holder: Holder,
    id: String,
    holds: Duration,
    mine: RefCell<Option<Mine>>,
}

/// The lock as it was when it was taken or renewed last.
#[derive(Clone)]
struct Mine {
    lease: Value,
    /// By our clock, before the request that renewed it was sent.
    renewed: Instant,
}

impl LeaseLock {
    /// `holds`: [`HOLDS`], other than in tests; whole seconds.
    pub fn new(
        connection: Connection,
        environment: impl Into<String>,
        holder: Holder,
        holds: Duration,
    ) -> Self {
        Self {
            connection,
            environment: environment.into(),
            holder,
            id: uuid::Uuid::new_v4().to_string(),
            holds: holds.max(Duration::from_secs(1)),
            mine: RefCell::new(None),
        }
    }

    /// Who holds it; nobody where it is free. It may have lapsed.
    pub async fn status(&self) -> Result<Option<Held>, ApiError> {
        Ok(self.get().await?.as_ref().and_then(held))
    }

    /// Takes the lock away from the holder with this id, and tells who that was. Its writes under
    /// way end when it notices; none where nobody holds it under this id.
    pub async fn break_lock(&self, id: &str) -> Result<Option<Held>, ApiError> {
        let Some(lease) = self.get().await? else {
            return Ok(None);
        };
        let Some(held) = held(&lease).filter(|held| held.id == id) else {
            return Ok(None);
        };
        self.put(&freed(&lease)).await?;
        Ok(Some(held))
    }

    fn path(&self) -> String {
        format!("{}/{}", collection(), inventory::name(&self.environment))
    }

    async fn get(&self) -> Result<Option<Value>, ApiError> {
        match self.connection.ask(&Request::get(self.path())).await {
            Ok(reply) => reply.read().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn put(&self, lease: &Value) -> Result<Value, ApiError> {
        self.connection
            .send(&Request::put(self.path(), lease))
            .await?
            .read()
    }

    fn identity(&self) -> String {
        format!("{}#{}", self.holder.who, self.id)
    }

    /// The lease in our name; `before` is what it replaces.
    fn taken(&self, before: Option<&Value>) -> Value {
        let now = now();
        let about = json!({
            "operation": self.holder.operation,
            "commit": self.holder.commit,
            "started": now,
        });
        let mut metadata = json!({
            "name": inventory::name(&self.environment),
            "namespace": NAMESPACE,
            "labels": {"app.kubernetes.io/managed-by": "kops-stack"},
            "annotations": {ABOUT: about.to_string()},
        });
        let mut turns = 0;
        if let Some(before) = before {
            metadata["uid"] = before["metadata"]["uid"].clone();
            metadata["resourceVersion"] = before["metadata"]["resourceVersion"].clone();
            turns = before["spec"]["leaseTransitions"].as_u64().unwrap_or(0) + 1;
        }
        json!({
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": self.identity(),
                "leaseDurationSeconds": self.holds.as_secs(),
                "acquireTime": now,
                "renewTime": now,
                "leaseTransitions": turns,
            },
        })
    }

    /// One try: the lease as it is then. An error that says nothing of who has it now is given.
    async fn take(&self, before: Option<&Value>) -> Result<Value, ApiError> {
        let lease = self.taken(before);
        if before.is_some() {
            return self.put(&lease).await;
        }
        let request = Request::post(collection(), &lease);
        match self.connection.send(&request).await {
            Err(error) if namespace_is_missing(&error) => {
                make_namespace(&self.connection).await?;
                self.connection.send(&request).await?.read()
            }
            result => result?.read(),
        }
    }

    /// Puts a new time into the lease, and believes the server who holds it where that fails.
    async fn renew(&self, mine: &Mine) -> Result<Mine, LockError> {
        let renewed = Instant::now();
        let mut lease = mine.lease.clone();
        lease["spec"]["renewTime"] = now().into();
        let error = match self.put(&lease).await {
            Ok(lease) => return Ok(Mine { lease, renewed }),
            Err(error) => error,
        };
        if error.code != 409 && error.code != 404 {
            return Err(LockError::Api(error));
        }
        // An answer of before may have been lost, and the version be our own doing.
        match self.get().await.map_err(LockError::Api)? {
            Some(lease) if lease["spec"]["holderIdentity"] == self.identity().as_str() => {
                Ok(Mine { lease, renewed })
            }
            Some(lease) => Err(LockError::Lost(match held(&lease) {
                Some(held) => format!("{} took it ({})", held.holder, held.operation),
                None => "somebody broke it".to_owned(),
            })),
            None => Err(LockError::Lost("its Lease was deleted".to_owned())),
        }
    }
}

impl Lock for LeaseLock {
    async fn acquire(&self, patience: Duration) -> Result<(), LockError> {
        let begin = Instant::now();
        let mut seen: Option<(String, Instant)> = None;
        loop {
            let asked = Instant::now();
            let lease = self.get().await.map_err(LockError::Api)?;
            let holder = lease.as_ref().and_then(held);
            let version = |lease: &Value| lease["metadata"]["resourceVersion"].to_string();
            let lapsed = match (&lease, &seen) {
                (Some(lease), Some((same, since))) if *same == version(lease) => {
                    asked.duration_since(*since) >= duration(lease)
                }
                _ => false,
            };
            if holder.is_none() || lapsed || holder.as_ref().is_some_and(|of| of.id == self.id) {
                let renewed = Instant::now();
                match self.take(lease.as_ref()).await {
                    Ok(lease) => {
                        self.mine.replace(Some(Mine { lease, renewed }));
                        return Ok(());
                    }
                    // Somebody was faster, or an answer was lost: look again.
                    Err(error) if error.code == 409 || error.code == 0 || error.code >= 429 => {
                        if begin.elapsed() >= patience && error.code != 409 {
                            return Err(LockError::Api(error));
                        }
                    }
                    Err(error) => return Err(LockError::Api(error)),
                }
            } else if let (Some(lease), false) = (&lease, lapsed) {
                let version = version(lease);
                if seen.as_ref().is_none_or(|(same, _)| *same != version) {
                    seen = Some((version, Instant::now()));
                }
            }
            if let Some(held) = holder.filter(|_| begin.elapsed() >= patience && !lapsed) {
                return Err(LockError::Held {
                    holder: held.holder,
                    since: held.since,
                    operation: held.operation,
                    id: held.id,
                });
            }
            sleep(LOOK.min(self.holds / 4)).await;
        }
    }

    async fn hold(&self) -> LockError {
        let mut pause = self.holds / 3;
        loop {
            sleep(pause).await;
            let Some(mine) = self.mine.borrow().clone() else {
                return LockError::Lost("it was never taken".to_owned());
            };
            // Another may take it when it has lapsed: nothing of ours may be under way by then.
            let safe = self.holds - self.holds / 6;
            let left = safe.saturating_sub(mine.renewed.elapsed());
            if left.is_zero() {
                let seconds = safe.as_secs_f32();
                return LockError::Lost(format!("it could not be renewed for {seconds:.0} s"));
            }
            // A try that hangs leaves time for another.
            let limit = left.min(self.holds / 4);
            match tokio::time::timeout(limit, self.renew(&mine)).await {
                Ok(Ok(mine)) => {
                    self.mine.replace(Some(mine));
                    pause = self.holds / 3;
                }
                Ok(Err(LockError::Api(error))) if [401, 403].contains(&error.code) => {
                    return LockError::Lost(format!("it cannot be renewed: {error}"));
                }
                Ok(Err(LockError::Api(_))) | Err(_) => pause = self.holds / 30,
                Ok(Err(lost)) => return lost,
            }
        }
    }

    async fn release(&self) {
        let Some(Mine { mut lease, .. }) = self.mine.take() else {
            return;
        };
        // What fails lapses.
        for _ in 0..3 {
            match self.put(&freed(&lease)).await {
                // It may have been renewed just before.
                Err(error) if error.code == 409 => match self.get().await {
                    Ok(Some(now)) if held(&now).is_some_and(|held| held.id == self.id) => {
                        lease = now;
                    }
                    _ => return,
                },
                Err(error) if error.code == 0 || error.code >= 429 => sleep(LOOK / 4).await,
                _ => return,
            }
        }
    }
}

fn collection() -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases")
}

fn duration(lease: &Value) -> Duration {
    let seconds = lease["spec"]["leaseDurationSeconds"].as_u64();
    seconds.map_or(HOLDS, Duration::from_secs)
}

/// The lease in nobody's name.
fn freed(lease: &Value) -> Value {
    let mut lease = lease.clone();
    let gone = ["holderIdentity", "acquireTime", "renewTime"];
    if let Some(spec) = lease["spec"].as_object_mut() {
        spec.retain(|key, _| !gone.contains(&key.as_str()));
    }
    if let Some(annotations) = lease["metadata"]["annotations"].as_object_mut() {
        annotations.remove(ABOUT);
    }
    if let Some(metadata) = lease["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    lease
}

fn held(lease: &Value) -> Option<Held> {
    let spec = |key: &str| lease["spec"][key].as_str().unwrap_or_default().to_owned();
    let identity = spec("holderIdentity");
    if identity.is_empty() {
        return None;
    }
    let (holder, id) = identity.rsplit_once('#').unwrap_or((&identity, &identity));
    let about = lease["metadata"]["annotations"][ABOUT]
        .as_str()
        .unwrap_or_default();
    let about: Value = serde_json::from_str(about).unwrap_or_default();
    let about = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
    let started = about("started");
    Some(Held {
        holder: holder.to_owned(),
        id: id.to_owned(),
        operation: about("operation"),
        commit: about("commit"),
        since: if started.is_empty() {
            spec("acquireTime")
        } else {
            started
        },
        renewed: spec("renewTime"),
    })
}

/// The server takes no time without its six decimals.
fn now() -> String {
    let now = Timestamp::now().to_zoned(TimeZone::UTC);
    now.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
