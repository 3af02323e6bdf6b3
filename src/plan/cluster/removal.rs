//! A cluster of which nothing stays.

use super::{documents, machines, name, step};
use crate::model::cluster::change::{ClusterPlan, ClusterStep, Machines};
use crate::model::cluster::cloud::CloudChanges;
use crate::model::plan::{Action, Effect, Step};
use crate::object::Object;

/// What is lost beside machines.
const BACKUPS: &str = "what is stored of the cluster goes too, and with it the backups of etcd";

/// What is there of a cluster that goes.
#[derive(Debug, Clone, Copy)]
pub struct Held<'a> {
    /// The provider's program, as `kops 1.36.2`.
    pub program: &'a str,
    /// The documents that are stored.
    pub documents: &'a [Object],
    /// What the cloud holds of it, as the provider lists it.
    pub cloud: &'a CloudChanges,
    /// Services and claims that hold something in the cloud and are in no component's manifests, in
    /// words; none where nothing can be asked of the cluster.
    pub inside: Option<&'a [String]>,
    /// A run that did not come to its end, in words.
    pub unfinished: Option<&'a str>,
}

/// The way from what is there to nothing: first what the cluster itself asked the cloud for, which nobody else
/// knows of, then the cluster.
pub fn removal(held: Held<'_>) -> ClusterPlan {
    let there = documents(held.documents.iter());
    let changes = there.keys().map(|identity| {
        let effects = match identity.kind.as_str() {
            "Cluster" => vec![Effect::DeletesData {
                reason: BACKUPS.to_owned(),
            }],
            _ => Vec::new(),
        };
        Step {
            effects,
            ..step(identity, Action::Delete)
        }
    });
    let changes: Vec<Step> = changes.collect();
    let release = held.inside.map(|_| ClusterStep::Release);
    let delete = ClusterStep::Delete {
        cluster: name(&there),
    };
    let made = held.cloud.goes.contains_key("instance");
    let inside = held.inside.unwrap_or_default();
    ClusterPlan {
        name: name(&there),
        program: held.program.to_owned(),
        changes,
        before: made.then(|| machines::of(there.values())),
        after: made.then(Machines::default),
        steps: release.into_iter().chain([delete]).collect(),
        cloud: CloudChanges {
            deletes: inside.to_vec(),
            ..held.cloud.clone()
        },
        unfinished: held.unfinished.map(str::to_owned),
        ..ClusterPlan::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Held, removal};
    use crate::model::cluster::cloud::CloudChanges;
    use crate::model::plan::Action;
    use crate::testing::objects;

    const CLUSTER: &str = "\
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: dev.example.com }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: web, labels: { kops.k8s.io/cluster: dev.example.com } }
spec: { role: Node, machineType: m6i.large, minSize: 2, maxSize: 4 }
";

    #[test]
    fn what_the_cloud_holds_goes_before_the_cluster_and_the_machines_with_it() {
        let documents = objects(CLUSTER);
        let cloud = CloudChanges {
            goes: [("instance".to_owned(), 2)].into(),
            ..CloudChanges::default()
        };
        let held = Held {
            program: "kops 1.36.2",
            documents: &documents,
            cloud: &cloud,
            inside: Some(&[]),
            unfinished: None,
        };
        let plan = removal(held);
        let way: Vec<String> = plan.steps.iter().map(ToString::to_string).collect();
        let waits = "wait until load balancers and volumes are gone";
        assert_eq!(way, [waits, "delete dev.example.com"]);
        let mut changes = plan.changes.iter();
        assert!(changes.all(|change| change.action == Action::Delete));
        let before = plan.before.as_ref().map(|held| held.most.machines);
        let after = plan.after.as_ref().map(|held| held.most.machines);
        assert_eq!((before, after), (Some(4), Some(0)));
        assert!(plan.goes() && !plan.comes && !plan.is_empty());

        // Of a cluster that has no machines none go; and of one that does not answer nothing is asked.
        let plan = removal(Held {
            cloud: &CloudChanges::default(),
            inside: None,
            ..held
        });
        assert_eq!(plan.steps.len(), 1);
        assert_eq!((plan.before, plan.after), (None, None));
    }
}
