//! Watches: every object of a kind that is ours, now and as it changes.

use std::collections::HashSet;
use std::time::Duration;

use futures::StreamExt;
use kube::core::WatchEvent;
use serde_json::{Map, Value};
use tokio::sync::mpsc::UnboundedSender;

use super::address::{self, escape};
use super::cluster::Cluster;
use super::failure;
use super::list::Listing;
use super::request::{Request, transport};
use crate::model::api::{ApiError, Kind};
use crate::model::inventory::LABEL;
use crate::model::server::Seen;
use crate::object::{Identity, Object};

/// The server ends a watch after this time, and another one goes on where it ended.
const LASTS: u64 = 290;

/// Silence after which the connection is taken for dead. The server sends bookmarks each minute.
const SILENCE: Duration = Duration::from_secs(150);

const SHORTEST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(8);

/// Where a watch stands.
struct Place {
    resource_version: String,
    /// What was told to be there.
    known: HashSet<Identity>,
}

/// Why a watch ended.
enum End {
    /// It goes on from where it was.
    Closed,
    /// What it missed can only be listed anew.
    TooOld,
    /// It may go on, a little later.
    Broken,
    Failed(ApiError),
    /// Nobody listens.
    Dropped,
}

impl Cluster {
    /// Lists and watches until nobody listens or the server refuses for good.
    pub(super) async fn follow(&self, kind: &Kind, into: UnboundedSender<Seen>) {
        let watched = self.watched(kind, &into);
        let end = tokio::select! {
            error = watched => error,
            () = into.closed() => None,
        };
        if let Some(error) = end {
            let _ = into.send(Seen::Failed(error));
        }
    }

    async fn watched(&self, kind: &Kind, into: &UnboundedSender<Seen>) -> Option<ApiError> {
        let served = match self.served(kind) {
            Ok(served) => served,
            Err(error) => return Some(error),
        };
        let path = address::collection(kind, &served, None);
        let mut place = Place {
            resource_version: String::new(),
            known: HashSet::new(),
        };
        let mut pause = SHORTEST;
        loop {
            let end = match place.resource_version.is_empty() {
                true => self.relist(kind, &path, &mut place, into).await,
                false => self.stream(kind, &path, &mut place, into).await,
            };
            match end {
                End::Closed => pause = SHORTEST,
                End::TooOld => place.resource_version.clear(),
                End::Broken => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST);
                }
                End::Failed(error) => return Some(error),
                End::Dropped => return None,
            }
        }
    }

    /// Tells of all that are there, and of those that are no longer.
    async fn relist(
        &self,
        kind: &Kind,
        path: &str,
        place: &mut Place,
        into: &UnboundedSender<Seen>,
    ) -> End {
        let listing = Listing {
            kind,
            path: path.to_owned(),
            selector: self.selector(),
        };
        let listed = match self.connection.list(&listing).await {
            Ok(listed) => listed,
            Err(error) => return end_of(error),
        };
        let mut gone = std::mem::take(&mut place.known);
        for object in listed.objects {
            let identity = object.identity();
            gone.remove(&identity);
            place.known.insert(identity);
            if into.send(Seen::Object(Box::new(object))).is_err() {
                return End::Dropped;
            }
        }
        for identity in gone {
            if into.send(Seen::Gone(identity)).is_err() {
                return End::Dropped;
            }
        }
        place.resource_version = listed.resource_version;
        End::Closed
    }

    async fn stream(
        &self,
        kind: &Kind,
        path: &str,
        place: &mut Place,
        into: &UnboundedSender<Seen>,
    ) -> End {
        let request = Request::get(format!(
            "{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds={LASTS}&labelSelector={}&resourceVersion={}",
            escape(&self.selector()),
            escape(&place.resource_version)
        ));
        let request = match request.http::<Vec<u8>>() {
            Ok(request) => request,
            Err(error) => return End::Failed(error),
        };
        let opening = self
            .connection
            .client
            .request_events::<Map<String, Value>>(request);
        let events = match tokio::time::timeout(self.connection.timeouts.request, opening).await {
            Ok(Ok(events)) => events,
            Ok(Err(error)) => return end_of(told(&error)),
            Err(_) => return End::Broken,
        };
        let mut events = std::pin::pin!(events);
        loop {
            let event = match tokio::time::timeout(SILENCE, events.next()).await {
                Ok(Some(Ok(event))) => event,
                Ok(Some(Err(error))) => return end_of(told(&error)),
                Ok(None) => return End::Closed,
                Err(_) => return End::Broken,
            };
            let (value, gone) = match event {
                WatchEvent::Added(value) | WatchEvent::Modified(value) => (value, false),
                WatchEvent::Deleted(value) => (value, true),
                WatchEvent::Bookmark(bookmark) => {
                    place.resource_version = bookmark.metadata.resource_version;
                    continue;
                }
                WatchEvent::Error(status) if status.code == 410 => return End::TooOld,
                WatchEvent::Error(_) => {
                    place.resource_version.clear();
                    return End::Broken;
                }
            };
            let Some(object) = object(value, kind) else {
                place.resource_version.clear();
                return End::Broken;
            };
            let version = object.get(&["metadata", "resourceVersion"]);
            let version = version.and_then(Value::as_str).unwrap_or_default();
            version.clone_into(&mut place.resource_version);
            let identity = object.identity();
            let seen = match gone {
                true => {
                    place.known.remove(&identity);
                    Seen::Gone(identity)
                }
                false => {
                    place.known.insert(identity);
                    Seen::Object(Box::new(object))
                }
            };
            if into.send(seen).is_err() {
                return End::Dropped;
            }
        }
    }

    fn selector(&self) -> String {
        format!("{LABEL}={}", self.environment)
    }
}

fn object(mut value: Map<String, Value>, kind: &Kind) -> Option<Object> {
    value.insert("apiVersion".to_owned(), kind.api_version().into());
    value.insert("kind".to_owned(), kind.kind.as_str().into());
    Object::new(Value::Object(value)).ok()
}

fn told(error: &kube::Error) -> ApiError {
    match error {
        kube::Error::Api(status) => ApiError {
            code: status.code,
            reason: status.reason.clone(),
            message: status.message.clone(),
            ..ApiError::default()
        },
        error => transport(error),
    }
}

fn end_of(error: ApiError) -> End {
    match error.code {
        410 => End::TooOld,
        0 if failure::is_lasting(&error.message) => End::Failed(error),
        0 | 429 | 500.. => End::Broken,
        _ => End::Failed(error),
    }
}
