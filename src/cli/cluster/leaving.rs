//! The cluster itself where nothing of it is to stay: what is stored, and what the cloud holds for it.

use std::collections::BTreeSet;

use super::desired::{Desired, Place};
use super::itself::{Itself, ask};
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
use crate::provider::kops::Kops;

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
    let (kops, asked) = ask(desired, place, KOPS, "").await?;
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

/// What the cloud holds for objects of the cluster.
pub struct Outside {
    /// Objects for which it holds something that would stand in the way of the network, or be left behind:
    /// Services with load balancers, claims, and volumes that go with their claims.
    pub held: Vec<Object>,
    /// Claims, as `shop/data`, whose volumes stay in the cloud when the claims go.
    pub kept: BTreeSet<String>,
}

/// Lists Services, claims and volumes, each once.
pub async fn outside(cluster: &Cluster) -> Result<Outside, ApiError> {
    let mut all = Vec::new();
    for kind in ["Service", "PersistentVolumeClaim", "PersistentVolume"] {
        let kind = Kind::new("", "v1", kind);
        all.extend(cluster.list(&kind, None, "").await?);
    }
    Ok(Outside {
        kept: all.iter().filter_map(kept).collect(),
        held: all.into_iter().filter(is_held).collect(),
    })
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

/// The claim of a volume that stays in the cloud when the claim goes.
fn kept(object: &Object) -> Option<String> {
    let spec = &object.value()["spec"];
    let claim = &spec["claimRef"];
    let (namespace, name) = (claim["namespace"].as_str()?, claim["name"].as_str()?);
    let stays =
        object.kind() == "PersistentVolume" && spec["persistentVolumeReclaimPolicy"] != "Delete";
    stays.then(|| format!("{namespace}/{name}"))
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
