//! What is wanted, what the fake holds, and the decision between them: a planner in small.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;

use super::fake::Fake;
use crate::apply::{About, Cluster, Examine, Options, Refused, Request, apply};
use crate::model::api::Target;
use crate::model::event::{Event, Happening, Outcome};
use crate::model::graph::{Edge, EdgeKind};
use crate::model::health::{Health, Ready, Status};
use crate::model::inventory::{MANAGER, Proof};
use crate::model::live::{Answer, Conflict};
use crate::model::plan::{Action, Against, Heading, LivePlan, Plan, Step};
use crate::model::work::{Decision, Judge, Kept, Revision, Work};
use crate::object::{Identity, Object};

/// Wanted objects by component, and what follows what, also of objects that are no longer wanted.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub wanted: Vec<(String, Object)>,
    pub order: Vec<(Identity, Identity, EdgeKind)>,
    /// Conflicts with these managers are taken.
    pub takes: Vec<String>,
    pub blocked: Vec<Identity>,
    pub options: Options,
}

pub fn identity(text: &str) -> Identity {
    text.parse().expect("the identity of a test is valid")
}

/// An object with `spec.value`.
pub fn object(text: &str, value: &str) -> Object {
    let mut object = Object::bare(&identity(text));
    object.value_mut()["spec"] = json!({"value": value});
    object
}

pub struct Report {
    pub outcome: Result<Outcome, Refused>,
    pub events: Vec<Event>,
    pub decision: Decision,
}

impl Report {
    pub fn outcome(&self) -> &Outcome {
        self.outcome.as_ref().expect("the apply began")
    }

    pub fn step(&self, text: &str) -> usize {
        let works = &self.decision.works;
        let place = works
            .iter()
            .position(|work| work.target.identity == identity(text));
        place.expect("the plan holds it")
    }

    /// What happened to one object, in short words.
    pub fn told(&self, text: &str) -> Vec<String> {
        let wanted = self.step(text);
        let told = self.events.iter().filter_map(|event| {
            let (step, words) = words(&event.what)?;
            (step == wanted).then_some(words)
        });
        told.collect()
    }

    pub fn retries(&self, text: &str) -> usize {
        let told = self.told(text);
        told.iter()
            .filter(|words| words.starts_with("retrying"))
            .count()
    }
}

fn words(what: &Happening) -> Option<(usize, String)> {
    Some(match what {
        Happening::Started { step } => (*step, "started".to_owned()),
        Happening::Written { step, action } => (*step, format!("written {}", action.name())),
        Happening::Waiting { step, message } => (*step, format!("waiting: {message}")),
        Happening::Done { step, .. } => (*step, "done".to_owned()),
        Happening::Retrying { step, reason, .. } => (*step, format!("retrying: {reason}")),
        Happening::Failed { step, failure } => {
            let moved = if failure.moved { " (moved)" } else { "" };
            (*step, format!("failed{moved}: {}", failure.message))
        }
        Happening::Skipped { step, because } => (*step, format!("skipped: {because:?}")),
        Happening::Began { .. } | Happening::Stopping { .. } | Happening::Recorded { .. } => {
            return None;
        }
    })
}

impl World {
    pub fn of(wanted: &[(&str, &str)]) -> Self {
        let wanted = wanted.iter();
        Self {
            wanted: wanted
                .map(|(text, value)| ("shop".to_owned(), object(text, value)))
                .collect(),
            ..Self::default()
        }
    }

    pub fn after(mut self, before: &str, after: &str, kind: EdgeKind) -> Self {
        self.order.push((identity(before), identity(after), kind));
        self
    }

    pub fn without(mut self, text: &str) -> Self {
        self.wanted
            .retain(|(_, object)| object.identity() != identity(text));
        self
    }

    pub async fn apply(&self, fake: &Fake) -> Report {
        self.apply_until(fake, std::future::pending()).await
    }

    /// Plans and applies.
    pub async fn apply_until(&self, fake: &Fake, stop: impl Future<Output = String>) -> Report {
        let decision = self.decide(fake);
        self.carry_out(fake, decision, stop).await
    }

    pub async fn carry_out(
        &self,
        fake: &Fake,
        decision: Decision,
        stop: impl Future<Output = String>,
    ) -> Report {
        let mut events = Vec::new();
        let request = Request {
            decision: &decision,
            about: About {
                who: "ann@laptop".to_owned(),
                commit: "abc".to_owned(),
                began: "2026-11-24T12:00:00Z".parse().expect("a time"),
            },
            options: self.options.clone(),
            runbooks: BTreeMap::from([("shop".to_owned(), "read this".to_owned())]),
        };
        let cluster = Cluster {
            server: fake,
            store: fake,
            lock: fake,
        };
        let judge = Judging { world: self, fake };
        let tell = |event| events.push(event);
        let outcome = apply(&request, cluster, &judge, &Healthy, stop, tell).await;
        Report {
            outcome,
            events,
            decision,
        }
    }

    pub fn decide(&self, fake: &Fake) -> Decision {
        let (mut works, mut unchanged, mut gone) = (Vec::new(), Vec::new(), Vec::new());
        for (component, object) in &self.wanted {
            let live = fake.live(&object.identity());
            match self.work(fake, component, object, live.as_ref()) {
                Some(work) => works.push(work),
                None => unchanged.push(kept(component, live.as_ref().expect("it is there"))),
            }
        }
        let inventory = fake.state.borrow().inventory.clone();
        for (component, member) in inventory.iter().flat_map(|inventory| inventory.all()) {
            let wanted = self.wanted.iter();
            if wanted
                .clone()
                .any(|(_, object)| object.identity() == member.identity)
            {
                continue;
            }
            let Some(live) = fake.live(&member.identity) else {
                gone.push(member.identity.clone());
                continue;
            };
            let action = match &member.uid {
                None if !is_ours(fake, &live) => {
                    gone.push(member.identity.clone());
                    continue;
                }
                Some(uid) if *uid != Revision::of(&live).uid => Action::Orphan,
                _ => Action::Delete,
            };
            works.push(bare(component, &live, action));
        }
        self.decision(
            works,
            unchanged,
            gone,
            inventory.map_or(0, |found| found.serial),
        )
    }

    fn work(
        &self,
        fake: &Fake,
        component: &str,
        wanted: &Object,
        live: Option<&Object>,
    ) -> Option<Work> {
        let identity = wanted.identity();
        let taken = self.taken(fake, &identity, wanted, live);
        let mut work = Work {
            payload: Some(wanted.value().clone().into()),
            payload_digest: wanted.value()["spec"].to_string(),
            current: live.map(Revision::of),
            taken,
            ..bare(component, wanted, Action::Create)
        };
        if let Some(live) = live {
            let known = fake
                .state
                .borrow()
                .inventory
                .as_ref()
                .and_then(|inventory| {
                    let (_, member) = inventory.find(&identity)?;
                    Some(member.uid.clone())
                });
            let ours = match known {
                Some(Some(uid)) => uid == Revision::of(live).uid,
                Some(None) => is_ours(fake, live),
                None => false,
            };
            let spec = |key| (live.get(&["spec", key]), wanted.get(&["spec", key]));
            let (immutable, value) = (spec("immutable"), spec("value"));
            work.action = match (ours, immutable.0 == immutable.1, value.0 == value.1) {
                (false, ..) => Action::Adopt,
                (_, false, _) => Action::Replace,
                (_, _, false) => Action::Update,
                _ if live.get(&["metadata", "deletionTimestamp"]).is_some() => Action::Update,
                _ => return None,
            };
            work.difference = format!("{} {:?} {:?}", work.action.name(), value.0, value.1);
        }
        if work.action == Action::Adopt {
            let managers = &fake.state.borrow().managers;
            let managers = managers.get(&identity).into_iter().flatten();
            work.adopted = managers.filter(|name| *name != MANAGER).cloned().collect();
        }
        if self.blocked.contains(&identity) {
            work.action = Action::Blocked;
        }
        Some(work)
    }

    fn taken(
        &self,
        fake: &Fake,
        identity: &Identity,
        wanted: &Object,
        live: Option<&Object>,
    ) -> Vec<Conflict> {
        let owners = &fake.state.borrow().owners;
        let fields = wanted.value()["spec"].as_object().into_iter().flatten();
        let taken = fields.filter_map(|(key, _)| {
            let field = format!("spec.{key}");
            let manager = owners.get(&(identity.clone(), field.clone()))?;
            live?;
            self.takes.contains(manager).then(|| Conflict {
                field,
                manager: manager.clone(),
                subresource: None,
            })
        });
        taken.collect()
    }

    fn decision(
        &self,
        works: Vec<Work>,
        unchanged: Vec<Kept>,
        gone: Vec<Identity>,
        serial: u64,
    ) -> Decision {
        let place = |identity: &Identity, delete: bool| {
            works.iter().position(|work| {
                work.target.identity == *identity && (work.action == Action::Delete) == delete
            })
        };
        let edge = |before, after, kind| Edge {
            before,
            after,
            kind,
            reason: "a test".into(),
        };
        let mut edges = Vec::new();
        for (before, after, kind) in &self.order {
            let forwards = (place(before, false), place(after, false));
            if let (Some(before), Some(after)) = forwards {
                edges.push(edge(before, after, *kind));
            }
            if let (Some(before), Some(after)) = (place(before, true), place(after, true)) {
                edges.push(edge(after, before, EdgeKind::Applied));
            }
        }
        let rest = works.len();
        for (index, work) in works.iter().enumerate() {
            edges.push(match work.action {
                Action::Delete => edge(rest, index, EdgeKind::Applied),
                _ => edge(index, rest, EdgeKind::Ready),
            });
        }
        Decision {
            plan: plan(&works, edges, serial),
            works,
            unchanged,
            gone,
        }
    }
}

fn plan(works: &[Work], edges: Vec<Edge>, serial: u64) -> Plan {
    let step = |work: &Work| Step {
        component: work.component.clone(),
        identity: work.target.identity.clone(),
        action: work.action,
        changes: Vec::new(),
        effects: Vec::new(),
        unverified: None,
        patches: Vec::new(),
    };
    Plan {
        environment: "test".to_owned(),
        heading: Heading {
            against: Against::Live,
            stack_from: None,
            stack_to: "reference/2026.11".to_owned(),
            kubernetes: None,
            overrides: Vec::new(),
            patches: Vec::new(),
            notes: Vec::new(),
        },
        steps: works.iter().map(step).collect(),
        milestones: vec!["everything else is done".into()],
        edges,
        waves: Vec::new(),
        unchanged: BTreeMap::new(),
        components: Vec::new(),
        cluster: None,
        live: Some(LivePlan {
            digest: "d1".to_owned(),
            serial,
            refusals: Vec::new(),
            only: None,
            elsewhere: 0,
        }),
    }
}

fn bare(component: &str, object: &Object, action: Action) -> Work {
    Work {
        target: Target::of(object),
        component: component.to_owned(),
        action,
        payload: None,
        payload_digest: String::new(),
        current: Some(Revision::of(object)),
        taken: Vec::new(),
        adopted: Vec::new(),
        first_ours: Vec::new(),
        asked: None,
        clears: false,
        orphan_pods: false,
        difference: action.name().to_owned(),
    }
}

fn kept(component: &str, live: &Object) -> Kept {
    Kept {
        component: component.to_owned(),
        target: Target::of(live),
        uid: Revision::of(live).uid,
        proof: proof(live),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "the trait has it so")]
fn proof(stored: &Object) -> Option<Proof> {
    Some(Proof {
        payload: stored.value()["spec"].to_string(),
        entry: Revision::of(stored).uid,
    })
}

fn is_ours(fake: &Fake, object: &Object) -> bool {
    let managers = &fake.state.borrow().managers;
    managers
        .get(&object.identity())
        .is_some_and(|managers| managers.contains(MANAGER))
}

struct Judging<'a> {
    world: &'a World,
    fake: &'a Fake,
}

impl Judge for Judging<'_> {
    fn judge(&self, identity: &Identity, live: Option<&Object>, _answer: &Answer) -> Option<Work> {
        let wanted = self.world.wanted.iter();
        let (component, wanted) = wanted
            .into_iter()
            .find(|(_, object)| object.identity() == *identity)?;
        self.world.work(self.fake, component, wanted, live)
    }

    fn made(&self, object: &Object) -> bool {
        is_ours(self.fake, object)
    }

    fn drops(&self, _identity: &Identity, payload: &serde_json::Value, stored: &Object) -> bool {
        let mut sent = payload["spec"].as_object().into_iter().flatten();
        sent.any(|(key, value)| *value == json!({}) && stored.get(&["spec", key]).is_none())
    }

    fn proof(&self, _payload_digest: &str, stored: &Object) -> Option<Proof> {
        proof(stored)
    }
}

/// An object is well when its status says so.
struct Healthy;

impl Examine for Healthy {
    fn services(&self, object: &Object) -> BTreeSet<(String, String)> {
        let service = object.get(&["spec", "service"]);
        let service = service.and_then(serde_json::Value::as_str);
        let named = service.map(|name| ("shop".to_owned(), name.to_owned()));
        named.into_iter().collect()
    }

    fn health(&self, object: &Object, _waited: Duration, ready: Ready) -> Health {
        if ready.values().any(|count| *count == 0) {
            return Health {
                status: Status::InProgress,
                message: "no pod is behind its Service".to_owned(),
            };
        }
        let status = |key: &str| object.get(&["status", key]).cloned();
        let (status, message) = match (status("healthy"), status("broken")) {
            (_, Some(why)) => (Status::Failed, why.as_str().unwrap_or_default().to_owned()),
            (Some(healthy), _) if healthy == true => (Status::Current, String::new()),
            _ => (Status::InProgress, "0 of 1 pods ready".to_owned()),
        };
        Health { status, message }
    }
}
