//! The steps, over a provider and a journal in memory.

use std::cell::RefCell;

use super::{Empty, Request, apply};
use crate::model::cluster::change::ClusterPlan;
use crate::model::cluster::cloud::{CloudChanges, Machine, Task};
use crate::model::cluster::journal::{Journal, JournalError, Note, State};
use crate::model::cluster::making::{Failure, Happening, Outcome};
use crate::model::cluster::provider::{Part, Provider, ProviderError, Which};
use crate::model::rendering::RenderedComponent;
use crate::object::Object;
use crate::plan::cluster::{Held, There, plan, removal};
use crate::testing::{objects, rendered};

const CLUSTER: &str = "\
apiVersion: kops.k8s.io/v1alpha2
kind: Cluster
metadata: { name: dev.example.com }
spec: { kubernetesVersion: 1.36.3, sshKeyName: '' }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: control-plane-a, labels: { kops.k8s.io/cluster: dev.example.com } }
spec: { role: ControlPlane, machineType: m6i.large, minSize: 1, maxSize: 1 }
---
apiVersion: kops.k8s.io/v1alpha2
kind: InstanceGroup
metadata: { name: web, labels: { kops.k8s.io/cluster: dev.example.com } }
spec: { role: Node, machineType: m6i.large, minSize: 2, maxSize: 4 }
";

/// kops, its store and its cloud.
#[derive(Default)]
struct World {
    stored: RefCell<Vec<Object>>,
    calls: RefCell<Vec<String>>,
    /// The call that fails, by how it begins.
    fails: Option<&'static str>,
    /// The call that never ends.
    hangs: Option<&'static str>,
    cloud: CloudChanges,
    /// A write is taken and changes nothing.
    forgets: bool,
    /// The journal refuses this entry and all after it.
    loses: Option<usize>,
    notes: RefCell<Vec<String>>,
}

impl World {
    fn of(text: &str) -> Self {
        Self {
            stored: RefCell::new(objects(text)),
            ..Self::default()
        }
    }

    async fn call(&self, call: String) -> Result<(), ProviderError> {
        let is = |which: Option<&str>| which.is_some_and(|which| call.starts_with(which));
        let (fails, hangs) = (is(self.fails), is(self.hangs));
        self.calls.borrow_mut().push(call.clone());
        if hangs {
            std::future::pending::<()>().await;
        }
        match fails {
            true => Err(ProviderError {
                message: format!("`{call}` failed"),
                details: Vec::new(),
            }),
            false => Ok(()),
        }
    }

    fn store(&self, document: &Object) {
        let mut stored = self.stored.borrow_mut();
        stored.retain(|one| one.identity() != document.identity());
        stored.push(document.clone());
    }

    fn plan(&self, desired: &RenderedComponent, machines: &[Machine]) -> ClusterPlan {
        let stored = self.stored.borrow();
        let there = There {
            documents: (!stored.is_empty()).then_some(stored.as_slice()),
            machines: Some(machines),
            ..There::default()
        };
        plan(desired, there)
    }
}

impl Provider for World {
    async fn stored(&self) -> Result<Option<Vec<Object>>, ProviderError> {
        Ok(Some(self.stored.borrow().clone()))
    }

    async fn cloud_changes(&self) -> Result<CloudChanges, ProviderError> {
        self.call("dry run".to_owned()).await?;
        Ok(self.cloud.clone())
    }

    async fn machines(&self) -> Result<Vec<Machine>, ProviderError> {
        Ok(machines())
    }

    async fn create(&self, documents: &[Object]) -> Result<(), ProviderError> {
        self.call("create".to_owned()).await?;
        documents.iter().for_each(|document| self.store(document));
        Ok(())
    }

    async fn ssh_keys(&self) -> Result<Vec<String>, ProviderError> {
        Ok(Vec::new())
    }

    async fn ssh_key(&self, _: &str) -> Result<(), ProviderError> {
        self.call("ssh key".to_owned()).await
    }

    async fn replace(&self, document: &Object) -> Result<(), ProviderError> {
        self.call(format!("replace {}", document.name())).await?;
        if !self.forgets {
            self.store(document);
        }
        Ok(())
    }

    async fn update(&self, part: Part) -> Result<(), ProviderError> {
        self.call(format!("update {part:?}")).await
    }

    async fn admit(&self) -> Result<(), ProviderError> {
        self.call("admit".to_owned()).await
    }

    async fn validate(&self) -> Result<(), ProviderError> {
        self.call("validate".to_owned()).await
    }

    async fn roll(&self, group: &str, which: Which) -> Result<(), ProviderError> {
        assert_eq!(which, Which::Old);
        self.call(format!("roll {group}")).await
    }

    async fn remove(&self, group: &str) -> Result<(), ProviderError> {
        self.call(format!("remove {group}")).await
    }

    async fn holdings(&self) -> Result<CloudChanges, ProviderError> {
        Ok(self.cloud.clone())
    }

    async fn delete(&self) -> Result<(), ProviderError> {
        self.call("delete".to_owned()).await
    }
}

impl Journal for World {
    async fn note(&self, note: &Note) -> Result<(), JournalError> {
        let mut notes = self.notes.borrow_mut();
        if self.loses.is_some_and(|after| notes.len() >= after) {
            return Err(JournalError("somebody else holds the lock".to_owned()));
        }
        let state = match &note.state {
            State::Begun => "begun",
            State::Done => "done",
            State::Failed(_) => "failed",
        };
        notes.push(format!("{} {} {state}", note.step, note.words));
        Ok(())
    }

    async fn met(&self, id: &str) -> Result<(), JournalError> {
        self.notes.borrow_mut().push(format!("met {id}"));
        Ok(())
    }
}

impl Empty for World {
    async fn empty(&self, group: &str) -> Result<(), String> {
        let emptied = self.call(format!("empty {group}")).await;
        emptied.map_err(|error| error.message)
    }

    async fn met(&self) -> Result<Option<String>, String> {
        Ok(Some("a-cluster".to_owned()))
    }

    async fn release(&self) -> Result<(), String> {
        let released = self.call("release".to_owned()).await;
        released.map_err(|error| error.message)
    }
}

fn machines() -> Vec<Machine> {
    let machine = |group: &str, control_plane| Machine {
        id: format!("i-{group}"),
        node: group.to_owned(),
        group: group.to_owned(),
        control_plane,
        is_old: false,
    };
    vec![machine("control-plane-a", true), machine("web", false)]
}

fn desired(text: &str) -> RenderedComponent {
    RenderedComponent {
        module: "kops".to_owned(),
        version: "1.36.2".to_owned(),
        ..rendered(text)
    }
}

/// Plans, and applies until `stop` resolves.
async fn until(
    world: &World,
    text: &str,
    machines: &[Machine],
    stop: impl Future<Output = String>,
) -> (Outcome, Vec<Happening>) {
    let desired = desired(text);
    let plan = world.plan(&desired, machines);
    let documents: Vec<&Object> = desired.objects.iter().map(|one| &*one.object).collect();
    let request = Request {
        plan: &plan,
        documents: &documents,
        ssh_key: None,
    };
    let mut told = Vec::new();
    let (_keep, mut said) = tokio::sync::mpsc::unbounded_channel();
    let tell = |event: crate::model::cluster::making::Event| told.push(event.what);
    let outcome = apply(&request, world, world, world, &mut said, stop, tell).await;
    (outcome, told)
}

async fn applied(world: &World, text: &str, machines: &[Machine]) -> Outcome {
    until(world, text, machines, std::future::pending()).await.0
}

fn calls(world: &World) -> Vec<String> {
    world.calls.borrow().clone()
}

#[tokio::test]
async fn a_new_cluster_is_met_once_it_is_well() {
    let world = World::default();
    let outcome = applied(&world, CLUSTER, &[]).await;
    assert!(outcome.succeeded(), "{outcome:?}");
    assert_eq!(
        calls(&world),
        ["create", "update Whole", "admit", "validate"]
    );
    let notes = world.notes.borrow();
    assert_eq!(notes.last().map(String::as_str), Some("met a-cluster"));
    assert_eq!(notes.len(), 7, "each step begins and ends: {notes:?}");
}

#[tokio::test]
async fn a_change_is_stored_held_against_the_plan_and_rolled_control_plane_first() {
    let world = World {
        cloud: CloudChanges {
            modifies: [
                "web.dev.example.com",
                "control-plane-a.masters.dev.example.com",
            ]
            .map(template)
            .to_vec(),
            ..CloudChanges::default()
        },
        ..World::of(CLUSTER)
    };
    let newer = CLUSTER.replace("1.36.3", "1.36.4");
    let outcome = applied(&world, &newer, &machines()).await;
    assert!(outcome.succeeded(), "{outcome:?}");
    assert_eq!(
        calls(&world),
        [
            "replace dev.example.com",
            "dry run",
            "update ControlPlane",
            "validate",
            "roll control-plane-a",
            "update Whole",
            "validate",
            "roll web",
            "update Prune",
            "validate",
        ]
    );
}

fn template(name: &str) -> Task {
    Task {
        kind: "LaunchTemplate".to_owned(),
        name: name.to_owned(),
        fields: Vec::new(),
    }
}

#[tokio::test]
async fn more_than_the_plan_said_stops_before_the_update() {
    let world = World {
        cloud: CloudChanges {
            modifies: vec![
                template("web.dev.example.com"),
                Task {
                    kind: "EBSVolume".to_owned(),
                    ..template("a.etcd-main.dev.example.com")
                },
            ],
            deletes: vec!["VPCCIDRBlock 10.9.0.0/16".to_owned()],
            ..CloudChanges::default()
        },
        ..World::of(CLUSTER)
    };
    let larger = CLUSTER.replace("maxSize: 4", "maxSize: 5");
    let outcome = applied(&world, &larger, &machines()).await;
    assert_eq!(calls(&world), ["replace web", "dry run"]);
    let Some(Failure::Undeclared(undeclared)) = &outcome.failed else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        undeclared.sentence(),
        "the update would also replace the machines of web; and delete VPCCIDRBlock 10.9.0.0/16; and touch EBSVolume a.etcd-main.dev.example.com"
    );
}

#[tokio::test]
async fn a_document_that_was_not_kept_as_it_was_given_stops_before_the_update() {
    let world = World {
        forgets: true,
        ..World::of(CLUSTER)
    };
    let larger = CLUSTER.replace("maxSize: 4", "maxSize: 5");
    let outcome = applied(&world, &larger, &machines()).await;
    assert_eq!(calls(&world), ["replace web"]);
    let sentence = outcome.failed.expect("it stopped").sentence();
    assert_eq!(
        sentence,
        "what is stored is not what was handed over: InstanceGroup web differs in spec.maxSize"
    );
}

#[tokio::test]
async fn a_group_is_emptied_before_it_goes_and_stays_where_it_cannot_be() {
    let without = CLUSTER
        .split("---\n")
        .take(2)
        .collect::<Vec<_>>()
        .join("---\n");
    let world = World::of(CLUSTER);
    let outcome = applied(&world, &without, &machines()).await;
    assert!(outcome.succeeded(), "{outcome:?}");
    assert_eq!(
        calls(&world),
        ["empty web", "remove web", "update Prune", "validate"]
    );
    let world = World {
        fails: Some("empty"),
        ..World::of(CLUSTER)
    };
    let outcome = applied(&world, &without, &machines()).await;
    assert!(matches!(outcome.failed, Some(Failure::Cluster(_))));
    assert_eq!(calls(&world), ["empty web"]);
}

#[tokio::test]
async fn a_step_that_fails_ends_it_and_stands_in_the_journal() {
    let world = World {
        fails: Some("validate"),
        ..World::default()
    };
    let outcome = applied(&world, CLUSTER, &[]).await;
    assert_eq!(outcome.done, 2);
    let notes = world.notes.borrow();
    assert_eq!(notes.last().map(String::as_str), Some("2 validate failed"));
}

/// Takes a cluster away; the calls, and how it ended.
async fn gone(world: &World) -> (Outcome, Vec<String>) {
    let plan = removal(Held {
        program: "kops 1.36.2",
        documents: &objects(CLUSTER),
        cloud: &CloudChanges::default(),
        inside: Some(&[]),
        unfinished: None,
    });
    let request = Request {
        plan: &plan,
        documents: &[],
        ssh_key: None,
    };
    let (_keep, mut said) = tokio::sync::mpsc::unbounded_channel();
    let never = std::future::pending();
    let outcome = apply(&request, world, world, world, &mut said, never, |_| {}).await;
    (outcome, calls(world))
}

#[tokio::test]
async fn a_cluster_goes_only_when_the_cloud_holds_nothing_for_it_any_more() {
    let (outcome, calls) = gone(&World::of(CLUSTER)).await;
    assert!(outcome.succeeded(), "{outcome:?}");
    assert_eq!(calls, ["release", "delete"]);
    let world = World {
        fails: Some("release"),
        ..World::of(CLUSTER)
    };
    let (outcome, calls) = gone(&world).await;
    assert!(matches!(outcome.failed, Some(Failure::Cluster(_))));
    assert_eq!(calls, ["release"]);
}

#[tokio::test]
async fn nothing_is_called_once_somebody_else_has_the_lock() {
    let world = World {
        loses: Some(2),
        ..World::default()
    };
    let outcome = applied(&world, CLUSTER, &[]).await;
    assert_eq!(calls(&world), ["create"]);
    assert!(matches!(outcome.failed, Some(Failure::Journal(_))));
}

#[tokio::test(start_paused = true)]
async fn who_is_stopped_does_not_wait_for_health_and_begins_nothing_more() {
    let world = World {
        hangs: Some("validate"),
        ..World::default()
    };
    let stop = async {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        "interrupted".to_owned()
    };
    let (outcome, told) = until(&world, CLUSTER, &[], stop).await;
    assert!(outcome.interrupted);
    assert_eq!(outcome.done, 2);
    assert!(matches!(told.last(), Some(Happening::Stopping { .. })));
}
