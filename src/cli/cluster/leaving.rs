//! The cluster itself where nothing of it is to stay: what is stored, and what the cloud holds for it.

use std::collections::BTreeSet;

use super::desired::{Desired, Place};
use super::itself::{Itself, folders};
use super::turn::{self, Looked, Purpose};
use crate::cli::exit::Failure;
use crate::diagnostic::codes;
use crate::kubernetes::Cluster;
use crate::model::api::{ApiError, Kind};
use crate::model::cluster::cloud::CloudChanges;
use crate::model::cluster::kops::KOPS;
use crate::model::cluster::provider::{Provider, ProviderError};
use crate::model::server::Server;
use crate::object::Object;
use crate::plan::cluster::{Held, removal};
use crate::provider::kops::{Kops, KopsCluster, Surroundings};

/// What is said when a command ends before anything goes.
pub const NOTHING_DELETED: &str = "nothing was deleted";

/// What is known before anything goes.
pub struct Leaving {
    pub kops: Kops,
    /// The documents that are stored.
    pub stored: Option<Vec<Object>>,
    pub looked: Looked,
    /// Whether a machine is there that may serve the API.
    pub served: bool,
    cloud: CloudChanges,
}

/// Asks the provider, and writes nothing.
pub async fn leaving(desired: &Desired, place: &Place) -> Result<Leaving, Failure> {
    turn::check_caller(desired, place, Purpose::Change).await?;
    let looked = turn::look(place).await?;
    let help = format!("kops-stack drives kops {KOPS}: put it into PATH");
    let kops = Kops::find(KOPS, &place.state, &folders())
        .await
        .map_err(|error| Failure::plain(codes::KOPS, error.to_string(), &help))?;
    let asked = KopsCluster::new(
        kops.clone(),
        &place.name,
        Surroundings::default(),
        &desired.rolls,
    );
    let stored = asked.stored().await.map_err(|error| refused(&error))?;
    let mut leaving = Leaving {
        kops,
        stored,
        looked,
        served: false,
        cloud: CloudChanges::default(),
    };
    if leaving.stored.is_some() {
        let (cloud, machines) = futures::join!(asked.holdings(), asked.machines());
        leaving.cloud = cloud.map_err(|error| refused(&error))?;
        let machines = machines.map_err(|error| refused(&error))?;
        leaving.served = machines.iter().any(|machine| machine.control_plane);
    }
    Ok(leaving)
}

fn refused(error: &ProviderError) -> Failure {
    let help = "look at the credentials of the cloud, and at `state` in cluster.yaml";
    Failure {
        conclusion: NOTHING_DELETED,
        ..Failure::plain(codes::KOPS, error.message.clone(), help)
    }
}

impl Leaving {
    /// Whether the cluster was never ready, so that nobody can have applied anything to it.
    pub fn never_ready(&self, desired: &Desired) -> bool {
        let known = self.looked.id.is_some() || desired.pinned.is_some();
        self.looked.in_the_making || (!self.served && !known)
    }

    /// Whether the cluster goes without being emptied only because somebody says so.
    pub fn needs_word(&self, desired: &Desired) -> bool {
        let emptied = self.looked.emptied;
        self.stored.is_some() && !emptied && !self.never_ready(desired)
    }

    /// The plan; `inside` are the objects that let the cloud hold something and are in no manifest, in words.
    pub fn itself(&self, inside: Option<&[String]>) -> Itself {
        let plan = removal(Held {
            program: &format!("kops {KOPS}"),
            documents: self.stored.as_deref().unwrap_or_default(),
            cloud: &self.cloud,
            inside,
            unfinished: self.looked.unfinished.as_deref(),
        });
        Itself {
            plan,
            kops: self.kops.clone(),
            stored: self.stored.clone(),
            id: self.looked.id.clone(),
            held: self.looked.held.clone(),
        }
    }
}

/// Objects for which the cloud holds something that would stand in the way of the network, or be left
/// behind: Services with load balancers, claims, and volumes that go with their claims.
pub async fn held_outside(cluster: &Cluster) -> Result<Vec<Object>, ApiError> {
    let kinds = ["Service", "PersistentVolumeClaim", "PersistentVolume"];
    let mut found = Vec::new();
    for kind in kinds {
        let kind = Kind::new("", "v1", kind);
        let listed = cluster.list(&kind, None, "").await?;
        found.extend(listed.into_iter().filter(is_held));
    }
    Ok(found)
}

fn is_held(object: &Object) -> bool {
    let spec = &object.value()["spec"];
    match object.kind() {
        "Service" => spec["type"] == "LoadBalancer",
        "PersistentVolume" => {
            let made = object.annotation("pv.kubernetes.io/provisioned-by");
            made.is_some() && spec["persistentVolumeReclaimPolicy"] == "Delete"
        }
        _ => true,
    }
}

/// Claims, as `shop/data`, whose volumes stay in the cloud when the claims go.
pub async fn kept_volumes(cluster: &Cluster) -> Result<BTreeSet<String>, ApiError> {
    let kind = Kind::new("", "v1", "PersistentVolume");
    let volumes = cluster.list(&kind, None, "").await?;
    let kept = volumes.iter().filter_map(|volume| {
        let spec = &volume.value()["spec"];
        let claim = &spec["claimRef"];
        let (namespace, name) = (claim["namespace"].as_str()?, claim["name"].as_str()?);
        let stays = spec["persistentVolumeReclaimPolicy"] != "Delete";
        stays.then(|| format!("{namespace}/{name}"))
    });
    Ok(kept.collect())
}

/// `Service shop/web, with its load balancer`; `kept` are claims whose volumes stay.
pub fn words(object: &Object, kept: &BTreeSet<String>) -> String {
    let name = format!(
        "{}/{}",
        object.namespace().unwrap_or_default(),
        object.name()
    );
    let what = match object.kind() {
        "Service" => "with its load balancer",
        _ if kept.contains(&name) => "whose volume stays in the cloud",
        _ => "with its data",
    };
    format!("{}, {what}", object.identity())
}
