//! A small API server in memory, with the store and the lock: objects, uids, resourceVersions,
//! owners of fields, objects that get healthy or go away after a time, and refusals on demand.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::refusals;
use super::world::identity;
use crate::model::api::{ApiError, Kind, Target};
use crate::model::inventory::{Inventory, MANAGER};
use crate::model::live::{Answer, Conflict, Probe};
use crate::model::server::{Lock, LockError, Propagation, Seen, Server, Store};
use crate::model::work::Revision;
use crate::object::{Identity, Object, Path};

/// What was asked, and when it was asked and answered.
#[derive(Debug, Clone)]
pub struct Asked {
    pub verb: &'static str,
    /// The object; `inventory` for the store.
    pub name: String,
    pub began: Instant,
    pub ended: Instant,
}

/// Refuses some requests.
pub struct Fault {
    pub verb: &'static str,
    pub name: String,
    pub times: usize,
    pub error: ApiError,
    /// The request is carried out, and only its answer is lost.
    pub after: bool,
}

/// Something that happens by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Healthy,
    Gone,
}

pub struct Fake {
    pub state: RefCell<State>,
    told: watch::Sender<usize>,
    /// Told when the request at which a crash was wanted has come.
    pub crashed: Notify,
    /// Ends the lock.
    pub lose: Notify,
}

#[derive(Default)]
pub struct State {
    pub objects: BTreeMap<Identity, Object>,
    pub managers: BTreeMap<Identity, BTreeSet<String>>,
    /// Who owns `spec.field` of an object, if not we alone.
    pub owners: BTreeMap<(Identity, String), String>,
    pub inventory: Option<Inventory>,
    pub held: bool,
    pub log: Vec<Asked>,
    pub faults: Vec<Fault>,
    /// When objects of these get healthy after a write; never, for `None`. Others at once.
    pub slow: BTreeMap<Identity, Option<Duration>>,
    /// How long objects of these stay after a delete; for ever, for `None`. Others go at once.
    pub lingering: BTreeMap<Identity, Option<Duration>>,
    /// The write, counted from 1, that never returns; and whether it is carried out.
    pub crash: Option<(usize, bool)>,
    /// Services, by name, that have pods from a moment on. Others have some.
    pub alone: BTreeMap<String, Instant>,
    pub in_flight: usize,
    pub most_in_flight: usize,
    pub unwatchable: bool,
    pub learned: usize,
    pub propagations: Vec<Propagation>,
    writes: usize,
    writes_before: usize,
    versions: u64,
    uids: u64,
    events: Vec<Seen>,
    due: BTreeMap<(Instant, Identity), Due>,
}

thread_local! {
    static LATENCY: Cell<Duration> = const { Cell::new(Duration::from_millis(5)) };
}

impl Fake {
    pub fn new() -> Self {
        Self {
            state: RefCell::default(),
            told: watch::channel(0).0,
            crashed: Notify::new(),
            lose: Notify::new(),
        }
    }

    /// Puts an object there, as somebody else does.
    pub fn put(&self, object: Object, manager: &str) -> Revision {
        let identity = object.identity();
        let live = self.live(&identity);
        let stored = self.store_object(object.into_value(), live.as_ref());
        let managers = &mut self.state.borrow_mut().managers;
        managers
            .entry(identity)
            .or_default()
            .insert(manager.to_owned());
        Revision::of(&stored)
    }

    pub fn live(&self, identity: &Identity) -> Option<Object> {
        self.tick();
        self.state.borrow().objects.get(identity).cloned()
    }

    /// Requests that change something, by verb and name, as they came.
    pub fn writes(&self) -> Vec<String> {
        let state = self.state.borrow();
        let writes = state.log.iter().filter(|asked| is_write(asked.verb));
        writes
            .map(|asked| format!("{} {}", asked.verb, asked.name))
            .collect()
    }

    pub fn asked(&self, verb: &str, name: &str) -> Vec<Asked> {
        let state = self.state.borrow();
        let asked = state
            .log
            .iter()
            .filter(|asked| asked.verb == verb && asked.name == name);
        asked.cloned().collect()
    }

    /// The object gets healthy so long after each write; never, for `None`.
    pub fn slow(&self, text: &str, after: Option<Duration>) {
        self.state.borrow_mut().slow.insert(identity(text), after);
    }

    /// The object stays so long after a delete; for ever, for `None`.
    pub fn lingers(&self, text: &str, after: Option<Duration>) {
        let mut state = self.state.borrow_mut();
        state.lingering.insert(identity(text), after);
    }

    /// From now on, the write of this number never returns.
    pub fn crash_at(&self, write: usize, carried_out: bool) {
        let mut state = self.state.borrow_mut();
        let writes = state.writes;
        state.crash = Some((writes + write, carried_out));
    }

    /// The process that was killed is away, and its lock has expired.
    pub fn after_crash(&self) {
        let mut state = self.state.borrow_mut();
        (state.crash, state.held, state.in_flight) = (None, false, 0);
    }

    /// Writes since the log was cleared, those under way among them.
    pub fn begun_writes(&self) -> usize {
        let state = self.state.borrow();
        state.writes - state.writes_before
    }

    pub fn clear_log(&self) {
        let mut state = self.state.borrow_mut();
        state.log.clear();
        state.writes_before = state.writes;
    }

    pub fn fail(&self, verb: &'static str, name: &str, times: usize, error: ApiError) {
        self.state.borrow_mut().faults.push(Fault {
            verb,
            name: name.to_owned(),
            times,
            error,
            after: false,
        });
    }

    /// One request from its arrival to its answer.
    async fn serve<T>(
        &self,
        verb: &'static str,
        name: String,
        carry_out: impl FnOnce() -> Result<T, ApiError>,
    ) -> Result<T, ApiError> {
        let began = Instant::now();
        let crash = {
            let mut state = self.state.borrow_mut();
            state.in_flight += 1;
            state.most_in_flight = state.most_in_flight.max(state.in_flight);
            state.writes += usize::from(is_write(verb));
            let writes = state.writes;
            let crash = state
                .crash
                .filter(|(at, _)| is_write(verb) && *at == writes);
            crash.map(|(_, carried_out)| carried_out)
        };
        tokio::time::sleep(LATENCY.get()).await;
        self.tick();
        let fault = self.fault(verb, &name);
        let result = match fault {
            Some((error, false)) => Err(error),
            Some((error, true)) => carry_out().and(Err(error)),
            None if crash == Some(false) => {
                self.crashed.notify_one();
                std::future::pending().await
            }
            None => carry_out(),
        };
        {
            let mut state = self.state.borrow_mut();
            state.in_flight -= 1;
            state.log.push(Asked {
                verb,
                name,
                began,
                ended: Instant::now(),
            });
        }
        if crash == Some(true) {
            self.crashed.notify_one();
            std::future::pending::<()>().await;
        }
        result
    }

    fn fault(&self, verb: &str, name: &str) -> Option<(ApiError, bool)> {
        let mut state = self.state.borrow_mut();
        let mut faults = state.faults.iter_mut();
        let fault = faults.find(|fault| {
            fault.times > 0 && fault.verb == verb && (fault.name.is_empty() || fault.name == name)
        })?;
        fault.times -= 1;
        Some((fault.error.clone(), fault.after))
    }

    /// Stores a value over what is there, and lets it get healthy in its time.
    fn store_object(&self, mut value: Value, live: Option<&Object>) -> Object {
        let mut state = self.state.borrow_mut();
        let metadata = value["metadata"].as_object_mut().expect("an object");
        state.versions += 1;
        let version = state.versions;
        let uid = match live {
            Some(live) => Revision::of(live).uid,
            None => {
                state.uids += 1;
                format!("uid-{}", state.uids)
            }
        };
        metadata.insert("uid".to_owned(), json!(uid));
        metadata.insert("resourceVersion".to_owned(), json!(version.to_string()));
        if let Some(live) = live {
            for key in ["deletionTimestamp", "finalizers"] {
                if let Some(kept) = live.get(&["metadata", key]) {
                    metadata.insert(key.to_owned(), kept.clone());
                }
            }
        }
        let mut object = Object::new(value).expect("the payload of a test is an object");
        let identity = object.identity();
        match state.slow.get(&identity).copied() {
            None => object.value_mut()["status"] = json!({"healthy": true}),
            Some(after) => {
                object.value_mut()["status"] = json!({"healthy": false});
                state
                    .due
                    .retain(|(_, other), due| *other != identity || *due == Due::Gone);
                if let Some(after) = after {
                    let at = Instant::now() + after;
                    state.due.insert((at, identity.clone()), Due::Healthy);
                }
            }
        }
        state.objects.insert(identity, object.clone());
        state.events.push(Seen::Object(Box::new(object.clone())));
        self.told.send_replace(state.events.len());
        object
    }

    /// Lets happen what is due.
    fn tick(&self) {
        let mut state = self.state.borrow_mut();
        let now = Instant::now();
        while let Some(entry) = state.due.first_entry()
            && entry.key().0 <= now
        {
            let ((_, identity), due) = entry.remove_entry();
            match due {
                Due::Gone => self.remove(&mut state, &identity),
                Due::Healthy => {
                    state.versions += 1;
                    let version = state.versions.to_string();
                    if let Some(object) = state.objects.get_mut(&identity) {
                        object.value_mut()["status"] = json!({"healthy": true});
                        object.value_mut()["metadata"]["resourceVersion"] = json!(version);
                        let seen = Seen::Object(Box::new(object.clone()));
                        state.events.push(seen);
                    }
                }
            }
            self.told.send_replace(state.events.len());
        }
    }

    fn remove(&self, state: &mut State, identity: &Identity) {
        if state.objects.remove(identity).is_some() {
            state.managers.remove(identity);
            state.events.push(Seen::Gone(identity.clone()));
            self.told.send_replace(state.events.len());
        }
    }

    /// Takes an object away, as somebody else does.
    pub fn take_away(&self, identity: &Identity) {
        self.remove(&mut self.state.borrow_mut(), identity);
    }

    fn applied(
        &self,
        target: &Target,
        payload: &Value,
        current: Option<&Revision>,
        force: bool,
        dry: bool,
    ) -> Result<(Object, Vec<Conflict>), ApiError> {
        let live = self.state.borrow().objects.get(&target.identity).cloned();
        // A dry run comes without what the object must be.
        let seen = live.as_ref().filter(|_| !dry || current.is_some());
        if let Some(refusal) = refusals::of_apply(self, target, seen, current) {
            return Err(refusal);
        }
        let conflicts = self.conflicts(&target.identity, payload, live.as_ref());
        if !conflicts.is_empty() && !force && !dry {
            return Err(refusals::conflict(&conflicts));
        }
        if let Some(live) = &live
            && live.get(&["spec", "immutable"]) != payload["spec"].get("immutable")
        {
            return Err(refusals::immutable());
        }
        if dry {
            let mut predicted = payload.clone();
            predicted["metadata"]["uid"] = json!("dry");
            let predicted = Object::new(predicted).expect("an object");
            return Ok((predicted, conflicts));
        }
        let same = live
            .as_ref()
            .is_some_and(|live| live.get(&["spec"]) == payload.get("spec"));
        let mut state = self.state.borrow_mut();
        let managers = state.managers.entry(target.identity.clone()).or_default();
        managers.insert(MANAGER.to_owned());
        for conflict in &conflicts {
            let key = (target.identity.clone(), conflict.field.clone());
            state.owners.remove(&key);
        }
        drop(state);
        match (same, live) {
            (true, Some(live)) => Ok((live, conflicts)),
            (_, live) => {
                let payload = without_emptied(payload, live.as_ref());
                Ok((self.store_object(payload, live.as_ref()), conflicts))
            }
        }
    }

    fn conflicts(
        &self,
        identity: &Identity,
        payload: &Value,
        live: Option<&Object>,
    ) -> Vec<Conflict> {
        let state = self.state.borrow();
        let fields = payload["spec"].as_object().into_iter().flatten();
        let contested = fields.filter_map(|(key, value)| {
            let field = format!("spec.{key}");
            let manager = state.owners.get(&(identity.clone(), field.clone()))?;
            let now = live?.get(&["spec", key]);
            (now != Some(value)).then(|| Conflict {
                field,
                manager: manager.clone(),
                subresource: None,
            })
        });
        contested.collect()
    }
}

/// What is stored: a mapping that loses its last field is gone, though it was sent empty.
fn without_emptied(payload: &Value, live: Option<&Object>) -> Value {
    let mut stored = payload.clone();
    if let (Some(spec), Some(live)) = (stored["spec"].as_object_mut(), live) {
        spec.retain(|key, value| {
            let filled = live.get(&["spec", key]).and_then(Value::as_object);
            let emptied = filled.is_some_and(|filled| !filled.is_empty());
            *value != json!({}) || !(emptied || key == "pruned")
        });
    }
    stored
}

fn is_write(verb: &str) -> bool {
    ["apply", "adopt", "delete", "record"].contains(&verb)
}

impl Server for Fake {
    async fn apply(
        &self,
        target: &Target,
        payload: &Value,
        current: Option<&Revision>,
        force: bool,
    ) -> Result<Object, ApiError> {
        let verb = "apply";
        self.serve(verb, target.identity.to_string(), || {
            self.applied(target, payload, current, force, false)
                .map(|(object, _)| object)
        })
        .await
    }

    async fn probe(&self, probe: &Probe) -> Answer {
        let identity = &probe.target.identity;
        let answer = self.serve("probe", identity.to_string(), || {
            self.applied(&probe.target, &probe.payload, None, false, true)
        });
        match answer.await {
            Ok((predicted, conflicts)) => Answer::Accepted {
                predicted: Box::new(predicted),
                conflicts,
                warnings: Vec::new(),
            },
            Err(error) => Answer::Refused(error),
        }
    }

    async fn get(&self, target: &Target) -> Result<Option<Object>, ApiError> {
        let identity = &target.identity;
        self.serve("get", identity.to_string(), || {
            Ok(self.state.borrow().objects.get(identity).cloned())
        })
        .await
    }

    async fn list(
        &self,
        _kind: &Kind,
        _namespace: Option<&str>,
        _selector: &str,
    ) -> Result<Vec<Object>, ApiError> {
        unreachable!("apply lists nothing")
    }

    async fn ready_addresses(&self, _namespace: &str, service: &str) -> Result<usize, ApiError> {
        self.serve("addresses", service.to_owned(), || {
            let alone = &self.state.borrow().alone;
            let alone = alone.get(service).copied();
            Ok(usize::from(
                alone.is_none_or(|until| Instant::now() >= until),
            ))
        })
        .await
    }

    async fn delete(
        &self,
        target: &Target,
        current: &Revision,
        propagation: Propagation,
    ) -> Result<bool, ApiError> {
        let identity = &target.identity;
        self.serve("delete", identity.to_string(), || {
            let mut state = self.state.borrow_mut();
            let live = state.objects.get(identity).cloned();
            refusals::of_delete(live.as_ref(), current)?;
            state.propagations.push(propagation);
            let dying = |object: &Object| object.get(&["metadata", "deletionTimestamp"]).is_some();
            if live.as_ref().is_some_and(dying) {
                return Ok(false);
            }
            match state.lingering.get(identity).copied() {
                None => {
                    self.remove(&mut state, identity);
                    Ok(true)
                }
                Some(after) => {
                    if let Some(object) = state.objects.get_mut(identity) {
                        let metadata = &mut object.value_mut()["metadata"];
                        metadata["deletionTimestamp"] = json!("now");
                        metadata["finalizers"] = json!(["example.com/wait"]);
                    }
                    if let Some(after) = after {
                        let at = Instant::now() + after;
                        state.due.insert((at, identity.clone()), Due::Gone);
                    }
                    Ok(false)
                }
            }
        })
        .await
    }

    async fn adopt(
        &self,
        target: &Target,
        current: &Object,
        managers: &[String],
        _fields: &[Path],
    ) -> Result<Object, ApiError> {
        let identity = &target.identity;
        self.serve("adopt", identity.to_string(), || {
            let live = self.state.borrow().objects.get(identity).cloned();
            let live = live.ok_or_else(refusals::not_found)?;
            if Revision::of(&live) != Revision::of(current) {
                return Err(refusals::failed_test());
            }
            let mut state = self.state.borrow_mut();
            let owners = state.managers.entry(identity.clone()).or_default();
            owners.retain(|manager| !managers.contains(manager));
            owners.insert(MANAGER.to_owned());
            state
                .owners
                .retain(|(other, _), manager| other != identity || !managers.contains(manager));
            drop(state);
            Ok(self.store_object(live.value().clone(), Some(&live)))
        })
        .await
    }

    async fn watch(&self, kind: &Kind, into: UnboundedSender<Seen>) {
        if self.state.borrow().unwatchable {
            let _ = into.send(Seen::Failed(refusals::not_found()));
            return;
        }
        let mut told = self.told.subscribe();
        let of_kind =
            |identity: &Identity| identity.kind == kind.kind && identity.group == kind.group;
        let mut next = self.state.borrow().events.len();
        let first: Vec<Object> = self.state.borrow().objects.values().cloned().collect();
        for object in first
            .into_iter()
            .filter(|object| of_kind(&object.identity()))
        {
            let _ = into.send(Seen::Object(Box::new(object)));
        }
        loop {
            self.tick();
            let news: Vec<Seen> = self.state.borrow().events[next..].to_vec();
            next += news.len();
            for seen in news {
                let wanted = match &seen {
                    Seen::Object(object) => of_kind(&object.identity()),
                    Seen::Gone(identity) => of_kind(identity),
                    Seen::Failed(_) => true,
                };
                if wanted && into.send(seen).is_err() {
                    return;
                }
            }
            let due = self
                .state
                .borrow()
                .due
                .first_key_value()
                .map(|((at, _), _)| *at);
            let due = due.unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            tokio::select! {
                _ = told.changed() => {}
                () = tokio::time::sleep_until(due) => {}
            }
        }
    }

    async fn explain(&self, object: &Object) -> Vec<String> {
        vec![format!("why {} is so", object.identity())]
    }

    async fn learn(&self) -> Result<(), ApiError> {
        self.state.borrow_mut().learned += 1;
        Ok(())
    }
}

impl Store for Fake {
    async fn read(&self) -> Result<Option<Inventory>, ApiError> {
        self.serve("read", "inventory".to_owned(), || {
            Ok(self.state.borrow().inventory.clone())
        })
        .await
    }

    async fn write(&self, inventory: &Inventory) -> Result<u64, ApiError> {
        self.serve("record", "inventory".to_owned(), || {
            let mut state = self.state.borrow_mut();
            let serial = state
                .inventory
                .as_ref()
                .map_or(0, |inventory| inventory.serial)
                + 1;
            state.inventory = Some(Inventory {
                serial,
                ..inventory.clone()
            });
            Ok(serial)
        })
        .await
    }
}

impl Lock for Fake {
    async fn acquire(&self, _patience: Duration) -> Result<(), LockError> {
        match std::mem::replace(&mut self.state.borrow_mut().held, true) {
            false => Ok(()),
            true => Err(LockError::Held {
                holder: "ann@laptop".to_owned(),
                since: "12:00".to_owned(),
                operation: "apply".to_owned(),
                id: "1".to_owned(),
            }),
        }
    }

    async fn hold(&self) -> LockError {
        self.lose.notified().await;
        LockError::Lost("another has it".to_owned())
    }

    async fn release(&self) {
        self.state.borrow_mut().held = false;
    }
}
