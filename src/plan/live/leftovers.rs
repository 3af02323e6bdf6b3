//! What an adoption takes away: fields that another tool set and the manifest does not.
//!
//! Once the entries of that tool are ours, an apply drops what it no longer sends; what the server
//! fills in comes back as the default. Which of the two a field is shows in a fresh object: the
//! payload, tried under another name, as if nothing had been there.

use super::adoption::adopted;
use crate::object::{ChangeKind, FieldChange, FieldSet, ManagedFields, Object, Path};
use crate::yaml::Value;

/// Fields that the adopted managers own alone and the payload does not set, the outer ones first.
pub fn candidates(managers: &ManagedFields, live: &Object, payload: &Value) -> Vec<Path> {
    let names = adopted(managers);
    if names.is_empty() {
        return Vec::new();
    }
    let (theirs, others): (Vec<_>, Vec<_>) = managers
        .entries
        .iter()
        .partition(|entry| entry.subresource.is_none() && names.contains(&entry.manager));
    let union = |entries: Vec<&crate::object::FieldsEntry>| {
        let sets = entries.into_iter().map(|entry| &entry.fields);
        sets.fold(FieldSet::default(), |all, set| all.union(set))
    };
    let (theirs, others) = (union(theirs), union(others));
    let mut found: Vec<Path> = Vec::new();
    for path in theirs.members() {
        let text = path.to_string();
        let of_server = text.starts_with("status") || is_copy(&path) || is_annotations(&path);
        let within = found.iter().any(|outer| path.starts_with(outer));
        if of_server || within || others.contains(&path) {
            continue;
        }
        if path.get(live.value()).is_some() && path.get(payload).is_none() {
            found.push(path);
        }
    }
    found
}

/// kubectl's copy of the whole object goes in any case.
fn is_copy(path: &Path) -> bool {
    let copy = "kubectl.kubernetes.io/last-applied-configuration";
    *path == Path::of_keys(&["metadata", "annotations", copy])
}

/// Each annotation is told by itself, so that the copy is not told as one of them.
fn is_annotations(path: &Path) -> bool {
    *path == Path::of_keys(&["metadata", "annotations"])
}

/// What becomes of the candidates, given the object as it would be without them.
pub fn changes(candidates: &[Path], live: &Object, fresh: &Object) -> Vec<FieldChange> {
    let changes = candidates.iter().filter_map(|path| {
        let (old, new) = (path.get(live.value())?, path.get(fresh.value()));
        (Some(old) != new).then(|| FieldChange {
            path: path.clone(),
            old: Some(old.clone()),
            new: new.cloned(),
            kind: ChangeKind::Value,
        })
    });
    changes.collect()
}
