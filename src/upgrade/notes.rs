//! What a person should know of a hop, and what does not stop it.

use std::collections::BTreeSet;

use super::edits::Pins;
use crate::diagnostic::Severity;
use crate::model::cluster::kops::{image, newest_patch};
use crate::model::finding::Findings;
use crate::model::module::{Lifecycle, Module};
use crate::model::resolved::{ResolvedComponent, ResolvedEnvironment};
use crate::model::upgrade::{Move, Note, Topic};
use crate::model::version::Version;
use crate::yaml::Value;

/// An environment before a hop and after it, with what `check` says of both.
pub struct Sides<'a> {
    pub before: (&'a ResolvedEnvironment, &'a Findings),
    pub after: (&'a ResolvedEnvironment, &'a Findings),
}

/// All notes of a hop, by topic.
pub fn notes(sides: &Sides<'_>, moves: &[Move], pins: &Pins) -> Vec<Note> {
    let (before, after) = (sides.before.0, sides.after.0);
    let mut notes = Vec::new();
    notes.extend(
        after
            .components
            .iter()
            .filter_map(|component| lifecycle(&after.name, component)),
    );
    notes.extend(upgrades(before, moves));
    notes.extend(after.components.iter().flat_map(|component| {
        let old = before.component(&component.name);
        old.map(|old| knobs(old, component)).unwrap_or_default()
    }));
    notes.extend(kept(after, pins));
    notes.extend(machines(before));
    if before.kubernetes.minor() != after.kubernetes.minor() {
        notes.extend(patch(&before.kubernetes));
    }
    notes.extend(warnings(sides.before.1, sides.after.1));
    notes
}

/// The way out of a module that goes.
fn lifecycle(environment: &str, component: &ResolvedComponent) -> Option<Note> {
    let module = &component.module;
    let (word, successor) = match &module.lifecycle {
        Lifecycle::Active => return None,
        Lifecycle::Deprecated { successor } => ("deprecated: it will go", successor),
        Lifecycle::Retired { successor } => ("retired: upstream mends nothing any more", successor),
    };
    let name = &component.name;
    let way = match successor {
        Some(successor) => format!(
            "run `{successor}` beside it (`kops-stack new component {environment} {successor}`), move over what it serves, then take `{name}` out of environment.yaml"
        ),
        None => format!(
            "it has no successor: take `{name}` out of environment.yaml once nothing needs it"
        ),
    };
    let page = module.runbook.as_ref().map(|page| format!("; see {page}"));
    Some(Note {
        topic: Topic::Lifecycle,
        subject: name.clone(),
        text: format!("{word}; {way}{}", page.unwrap_or_default()),
    })
}

/// What module.yaml says of the way between two versions, once for each module.
fn upgrades(before: &ResolvedEnvironment, moves: &[Move]) -> Vec<Note> {
    let mut told = BTreeSet::new();
    let mut notes = Vec::new();
    for moved in moves {
        let Some(component) = before.component(&moved.component) else {
            continue;
        };
        let module: &Module = &component.module;
        for upgrade in &module.upgrades {
            let crossed = upgrade.from.contains(&moved.version.from)
                && upgrade.to.contains(&moved.version.to);
            if crossed && told.insert((module.name.clone(), upgrade.note.clone())) {
                notes.push(Note {
                    topic: Topic::Upgrade,
                    subject: module.name.clone(),
                    text: upgrade.note.trim().to_owned(),
                });
            }
        }
    }
    notes
}

/// Values that nobody in the repository changes, and that are others with the new release.
fn knobs(old: &ResolvedComponent, new: &ResolvedComponent) -> Vec<Note> {
    let mut changed = Vec::new();
    differing(&old.knobs, &new.knobs, &mut Vec::new(), &mut changed);
    changed
        .into_iter()
        .map(|(path, was, is)| Note {
            topic: Topic::Knob,
            subject: format!("{}.{path}", new.name),
            text: format!("{was} → {is}"),
        })
        .collect()
}

fn differing(
    old: &Value,
    new: &Value,
    path: &mut Vec<String>,
    changed: &mut Vec<(String, String, String)>,
) {
    if let (Value::Object(old), Value::Object(new)) = (old, new) {
        let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for key in keys {
            path.push(key.clone());
            let at = |map: &crate::yaml::Map<String, Value>| map.get(key).cloned();
            let (old, new) = (at(old).unwrap_or_default(), at(new).unwrap_or_default());
            differing(&old, &new, path, changed);
            path.pop();
        }
    } else if old != new {
        changed.push((path.join("."), old.to_string(), new.to_string()));
    }
}

/// Pins that stay though the release has another version.
fn kept(after: &ResolvedEnvironment, pins: &Pins) -> Vec<Note> {
    let stays = pins.iter().filter(|(_, pin)| pin.from == pin.to);
    stays
        .filter_map(|(name, pin)| {
            let component = after.component(name)?;
            let of_stack = component.overrides.as_ref()?;
            Some(Note {
                topic: Topic::Pin,
                subject: name.clone(),
                text: format!(
                    "stays at {}, which environment.yaml pins and which runs there; {} has {of_stack}",
                    pin.from,
                    after.stack.title()
                ),
            })
        })
        .collect()
}

/// Images that cluster.yaml pins, where the channel of kops names others.
fn machines(before: &ResolvedEnvironment) -> Vec<Note> {
    let cluster = &before.cluster;
    if cluster.provider != "kops" {
        return Vec::new();
    }
    let plane = &cluster.control_plane;
    let plane = (
        "control plane",
        plane.image.as_ref(),
        plane.machine.as_deref(),
    );
    let groups = cluster
        .node_groups
        .iter()
        .map(|(name, group)| (name.as_str(), group.image.as_ref(), group.first_machine()));
    std::iter::once(plane)
        .chain(groups)
        .filter_map(|(name, own, machine)| {
            let pinned = own.or(cluster.image.as_ref())?;
            let proposed = image(machine?);
            (*pinned != proposed).then(|| Note {
                topic: Topic::Machines,
                subject: name.to_owned(),
                text: format!("keeps the image {pinned}; kops names {proposed}"),
            })
        })
        .collect()
}

/// A newer patch release of the minor that is left.
fn patch(kubernetes: &Version) -> Option<Note> {
    let newest = newest_patch(kubernetes.minor())?;
    (kubernetes.is_exact() && newest > *kubernetes).then(|| Note {
        topic: Topic::Machines,
        subject: format!("Kubernetes {}", kubernetes.minor()),
        text: format!("{newest} is its newest patch release that is known here"),
    })
}

/// What `check` warns of after the hop and not before it.
fn warnings(before: &Findings, after: &Findings) -> Vec<Note> {
    let told: BTreeSet<(&str, &str)> = before
        .open
        .iter()
        .map(|finding| (finding.diagnostic.code.name, finding.subject.as_str()))
        .collect();
    let new = after.open.iter().filter(|finding| {
        finding.diagnostic.severity == Severity::Warning
            && !told.contains(&(finding.diagnostic.code.name, finding.subject.as_str()))
    });
    new.map(|finding| Note {
        topic: Topic::Check,
        subject: finding.diagnostic.code.name.to_owned(),
        text: finding.diagnostic.message.clone(),
    })
    .collect()
}
