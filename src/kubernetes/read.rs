//! What a plan needs to know of the cluster: one list for each kind, single objects where fewer.
//!
//! In an environment in sync that is one request for each kind. Kinds of which a cluster is full,
//! whoever made them, are listed by the label that our objects carry; what is not found there is
//! asked for by name, since it may be somebody else's: that happens before the first apply, and
//! where somebody took the label away.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use futures::future::{LocalBoxFuture, join_all};
use futures::stream;

use super::address;
use super::cluster::Cluster;
use super::connect::IN_FLIGHT;
use super::list::{Listing, Wanted};
use super::request::Request;
use crate::model::api::{ApiError, Kind, Served, Target};
use crate::model::inventory::{Inventory, LABEL};
use crate::model::live::{Live, Stored};
use crate::object::{Identity, Object};

/// Kinds that controllers, people and other tools fill clusters with.
const CROWDED: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Endpoints"),
    ("", "Event"),
    ("", "Pod"),
    ("", "Secret"),
    ("apps", "ControllerRevision"),
    ("apps", "ReplicaSet"),
    ("batch", "Job"),
    ("coordination.k8s.io", "Lease"),
    ("discovery.k8s.io", "EndpointSlice"),
    ("events.k8s.io", "Event"),
];

/// What was found under one identity; none where it is not there.
type Found = (Identity, Result<Option<Stored>, ApiError>);

impl Cluster {
    /// Reads the desired objects and those of the inventory. What cannot be read is told beside;
    /// only a server that does not say what it serves is an error of the whole.
    pub async fn live(
        &self,
        desired: &[Target],
        inventory: Option<Inventory>,
    ) -> Result<Live, ApiError> {
        self.need_kinds().await?;
        let kinds = self.kinds();
        let mut live = Live {
            kinds: kinds.as_ref().clone(),
            ..Live::default()
        };
        let mut targets: BTreeMap<&Identity, &str> = BTreeMap::new();
        for target in desired {
            targets.insert(&target.identity, &target.version);
        }
        for (_, member) in inventory.iter().flat_map(Inventory::all) {
            targets.entry(&member.identity).or_insert(&member.version);
        }
        let mut groups: BTreeMap<Kind, Vec<Identity>> = BTreeMap::new();
        for (identity, version) in targets {
            // An object of a kind that is not served is not there.
            if let Some(kind) = self.readable(identity, version) {
                groups.entry(kind).or_default().push(identity.clone());
            }
        }
        let reads = groups.iter().map(|(kind, identities)| {
            let served = &kinds[kind];
            let identities = identities.clone();
            async move { self.group(kind, served, identities).await }
        });
        for (identity, result) in join_all(reads).await.into_iter().flatten() {
            match result {
                Ok(Some(object)) => {
                    live.objects.insert(identity, object);
                }
                Ok(None) => {}
                Err(error) => {
                    live.unreadable.insert(identity, error);
                }
            }
        }
        live.inventory = inventory;
        Ok(live)
    }

    /// The kind at this version, else at another one that is served: a version may be gone, or come
    /// with the plan.
    fn readable(&self, identity: &Identity, version: &str) -> Option<Kind> {
        let kinds = self.kinds();
        let kind = Kind::new(&identity.group, version, &identity.kind);
        if kinds.contains_key(&kind) {
            return Some(kind);
        }
        let same = |other: &&Kind| other.group == kind.group && other.kind == kind.kind;
        kinds.keys().filter(same).max().cloned()
    }

    async fn group(&self, kind: &Kind, served: &Served, identities: Vec<Identity>) -> Vec<Found> {
        let misplaced = |identity: &Identity| identity.namespace.is_some() != served.namespaced;
        let (misplaced, identities): (Vec<_>, Vec<_>) = identities.into_iter().partition(misplaced);
        let mut found = self.by_name(kind, misplaced).await;
        found.extend(self.placed(kind, served, identities).await);
        found
    }

    fn placed<'a>(
        &'a self,
        kind: &'a Kind,
        served: &'a Served,
        identities: Vec<Identity>,
    ) -> LocalBoxFuture<'a, Vec<Found>> {
        Box::pin(async move {
            if identities.len() < 2 || !served.verbs.iter().any(|verb| verb == "list") {
                return self.by_name(kind, identities).await;
            }
            let mut namespaces: BTreeMap<Option<&str>, usize> = BTreeMap::new();
            for identity in &identities {
                *namespaces.entry(identity.namespace.as_deref()).or_default() += 1;
            }
            let only = namespaces.keys().next().copied().flatten();
            let namespace = only.filter(|_| namespaces.len() == 1);
            let crowded = CROWDED.contains(&(kind.group.as_str(), kind.kind.as_str()));
            let selector = match crowded {
                true => format!("{LABEL}={}", self.environment),
                false => String::new(),
            };
            let key = |of: &Identity| (of.namespace.clone(), of.name.clone());
            let listing = Listing {
                kind,
                path: address::collection(kind, served, namespace),
                selector,
            };
            let wanted = Arc::new(identities.iter().map(key).collect::<Wanted>());
            match self.connection.list_wanted(&listing, &wanted).await {
                Ok(mut objects) => {
                    let mut found = Vec::with_capacity(identities.len());
                    let mut missing = Vec::new();
                    for identity in identities {
                        match objects.remove(&key(&identity)) {
                            None if crowded => missing.push(identity),
                            object => found.push((identity, Ok(object))),
                        }
                    }
                    found.extend(self.by_name(kind, missing).await);
                    found
                }
                Err(error) if error.code == 403 && namespaces.len() > 1 => {
                    // Who may not list all may still list some.
                    let mut parts: BTreeMap<Option<String>, Vec<Identity>> = BTreeMap::new();
                    for identity in identities {
                        parts
                            .entry(identity.namespace.clone())
                            .or_default()
                            .push(identity);
                    }
                    let reads = parts
                        .into_values()
                        .map(|part| self.placed(kind, served, part));
                    join_all(reads).await.into_iter().flatten().collect()
                }
                Err(error) if error.code == 403 => self.by_name(kind, identities).await,
                Err(error) => identities
                    .into_iter()
                    .map(|identity| (identity, Err(error.clone())))
                    .collect(),
            }
        })
    }

    async fn by_name(&self, kind: &Kind, identities: Vec<Identity>) -> Vec<Found> {
        let reads = identities.into_iter().map(|identity| async move {
            let target = Target {
                identity,
                version: kind.version.clone(),
            };
            let result = self.object(&target).await;
            (target.identity, result.map(|found| found.map(Stored::from)))
        });
        stream::iter(reads)
            .buffer_unordered(IN_FLIGHT)
            .collect()
            .await
    }

    /// One object; none where it, its namespace or its kind is not there. Asks again where that
    /// helps.
    async fn object(&self, target: &Target) -> Result<Option<Object>, ApiError> {
        let request = Request::get(self.path(target)?);
        match self.connection.ask(&request).await {
            Ok(reply) => reply.object().map(Some),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}
