//! What goes, and what goes with it.

use std::collections::BTreeSet;

use super::compare;
use super::index::{Entry, Index, made_by};
use crate::model::plan::{Action, Effect, Step};

pub fn step(entry: &Entry<'_>, before: &Index<'_>) -> Step {
    if compare::asks_to_stay(entry.object()) {
        return kept(entry);
    }
    let effects = effect(entry, before).into_iter().collect();
    Step {
        effects,
        ..compare::step(entry, Action::Delete)
    }
}

/// What is protected stays, and the reader is told how it may go.
fn kept(entry: &Entry<'_>) -> Step {
    let reason = "would be deleted and is protected; take kops-stack.io/protect away first";
    Step {
        effects: vec![Effect::Protected {
            reason: reason.to_owned(),
        }],
        ..compare::step(entry, Action::Blocked)
    }
}

fn effect(entry: &Entry<'_>, before: &Index<'_>) -> Option<Effect> {
    let object = entry.object();
    let reason = match (object.group(), object.kind()) {
        ("apiextensions.k8s.io", "CustomResourceDefinition") => {
            return Some(deletes_kind(entry, before));
        }
        ("", "Namespace") => everything_in(object.name(), before),
        ("", "PersistentVolumeClaim") => {
            "the volume goes too, unless its reclaim policy is Retain".to_owned()
        }
        ("", "PersistentVolume") => "what stores it is lost to the cluster".to_owned(),
        ("storage.k8s.io", "StorageClass") => {
            "claims of this class can no longer get volumes".to_owned()
        }
        _ => return None,
    };
    Some(Effect::DeletesData { reason })
}

/// Objects of the kind that are known here; there may be others in the cluster.
fn deletes_kind(entry: &Entry<'_>, before: &Index<'_>) -> Effect {
    let kind = made_by(entry.object());
    let of_kind = before
        .objects()
        .filter(|object| Some((object.group(), object.kind())) == kind);
    let namespaces: Vec<_> = of_kind.map(|object| object.namespace()).collect();
    Effect::DeletesKind {
        objects: namespaces.len(),
        namespaces: namespaces
            .into_iter()
            .flatten()
            .collect::<BTreeSet<_>>()
            .len(),
    }
}

fn everything_in(namespace: &str, before: &Index<'_>) -> String {
    let inside = before
        .objects()
        .filter(|object| object.namespace() == Some(namespace));
    format!(
        "everything in it goes too, {} of it known here",
        objects(inside.count())
    )
}

fn objects(count: usize) -> String {
    match count {
        1 => "1 object".to_owned(),
        count => format!("{count} objects"),
    }
}
