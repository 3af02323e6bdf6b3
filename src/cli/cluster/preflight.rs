//! What an apply would stumble over and a dry run does not see: permissions, and Secrets that are
//! read and stand in no manifest.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use futures::future::join_all;

use super::session::Session;
use crate::kubernetes::Permission;
use crate::model::api::{Kind, Target};
use crate::model::inventory::NAMESPACE;
use crate::model::plan::{Action, Effect};
use crate::model::rendering::Rendering;
use crate::model::server::Server;
use crate::model::work::{Decision, Work};
use crate::object::{Identity, Object, Path, Reference, references};

/// Asks, and puts what is missing into the plan.
pub async fn look(session: &Session, rendering: &Rendering, decision: &mut Decision) {
    if decision.plan.is_empty() {
        return;
    }
    let (refusals, missing) = futures::join!(
        permissions(session, &decision.works),
        secrets(session, rendering, &decision.works)
    );
    if let Some(live) = &mut decision.plan.live {
        live.refusals.extend(refusals);
    }
    for step in &mut decision.plan.steps {
        let notes = missing.get(&step.identity).into_iter().flatten();
        step.effects
            .extend(notes.map(|text| Effect::Note { text: text.clone() }));
    }
}

/// What may not be done, in words. Where nobody says, the apply will.
async fn permissions(session: &Session, works: &[Work]) -> Vec<String> {
    let mut wanted: BTreeSet<Permission> = works.iter().flat_map(needed).collect();
    for verb in ["get", "create", "update"] {
        for (group, kind) in [("", "Secret"), ("coordination.k8s.io", "Lease")] {
            wanted.insert(Permission {
                verb: verb.to_owned(),
                kind: Kind::new(group, "v1", kind),
                namespace: Some(NAMESPACE.to_owned()),
            });
        }
    }
    let wanted: Vec<Permission> = wanted.into_iter().collect();
    let missing = session.cluster.not_permitted(&wanted).await;
    let mut by_verb: BTreeMap<(String, Option<String>), Vec<String>> = BTreeMap::new();
    for permission in missing.unwrap_or_default() {
        let place = (permission.verb, permission.namespace);
        by_verb.entry(place).or_default().push(permission.kind.kind);
    }
    let words = by_verb.into_iter().map(|((verb, namespace), kinds)| {
        let place = match namespace {
            Some(namespace) => format!(" in namespace {namespace}"),
            None => String::new(),
        };
        format!("no permission to {verb} {}{place}", kinds.join(", "))
    });
    words.collect()
}

fn needed(work: &Work) -> Vec<Permission> {
    let verbs: &[&str] = match work.action {
        Action::Create => &["get", "create", "patch"],
        Action::Update | Action::Adopt | Action::Unverified => &["get", "patch"],
        Action::Replace => &["get", "create", "patch", "delete"],
        Action::Delete => &["get", "delete"],
        Action::Orphan | Action::Noop | Action::Blocked => &[],
    };
    let permission = |verb: &&str| Permission {
        verb: (*verb).to_owned(),
        kind: work.target.kind(),
        namespace: work.target.identity.namespace.clone(),
    };
    verbs.iter().map(permission).collect()
}

/// By object, which Secrets it reads that are neither in a manifest nor in the cluster.
async fn secrets(
    session: &Session,
    rendering: &Rendering,
    works: &[Work],
) -> HashMap<Identity, Vec<String>> {
    let written: BTreeSet<&Identity> = works
        .iter()
        .filter(|work| work.payload.is_some())
        .map(|work| &work.target.identity)
        .collect();
    let components = rendering.components.values();
    let objects: Vec<&Object> = components
        .flat_map(|component| &component.objects)
        .map(|rendered| -> &Object { &rendered.object })
        .collect();
    let desired: BTreeSet<Identity> = objects.iter().map(|object| object.identity()).collect();
    let mut readers: BTreeMap<Identity, Vec<(&Object, Reference)>> = BTreeMap::new();
    for object in objects {
        if !written.contains(&object.identity()) {
            continue;
        }
        let found = references(object).into_iter().filter(|reference| {
            let to = &reference.to;
            let secret = to.kind == "Secret" && to.group.is_empty();
            secret && !reference.optional && !desired.contains(to)
        });
        for reference in found {
            let readers = readers.entry(reference.to.clone()).or_default();
            readers.push((object, reference));
        }
    }
    let asked = readers.keys().map(|identity| async move {
        let target = Target {
            identity: identity.clone(),
            version: "v1".to_owned(),
        };
        session.cluster.get(&target).await
    });
    let answers = join_all(asked).await;
    let mut missing: HashMap<Identity, Vec<String>> = HashMap::new();
    for ((secret, readers), answer) in readers.iter().zip(answers) {
        // Who may not look into Secrets is not told that they are missing.
        let Ok(found) = answer else { continue };
        for (object, reference) in readers {
            let text = match &found {
                None => format!("reads {secret}, which is not there yet"),
                Some(found) => match key(object, reference) {
                    Some(key) if found.get(&["data", &key]).is_none() => {
                        format!("reads the key {key} of {secret}, which is not there")
                    }
                    _ => continue,
                },
            };
            let texts = missing.entry(object.identity()).or_default();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
    }
    missing
}

/// The key of the Secret that a variable reads, which stands beside the name.
fn key(object: &Object, reference: &Reference) -> Option<String> {
    let place: Path = reference.at.parent()?.key("key");
    place.get(object.value())?.as_str().map(str::to_owned)
}
