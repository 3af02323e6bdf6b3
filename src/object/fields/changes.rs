//! Which differences between live and what a dry run predicts are ours.
//!
//! A dry run shows more than our manifest changes: what webhooks of others set, and defaults. Who
//! owns a field tells them apart, without a schema of what has which default:
//!
//! - what we set is in our set of the prediction: a field that is added is ours if it, or what it
//!   lies in, is a member there;
//! - what we no longer set is in our set of live: it goes away, or falls back to its default;
//! - all else is hidden, and counted.

use super::{FieldSet, Reach};
use crate::object::{ChangeKind, FieldChange, Object, Path, Schema, Segment, diff};
use crate::yaml::{Map, Value};

/// Fields of the metadata that the server writes.
const OF_THE_SERVER: [&str; 6] = [
    "managedFields",
    "resourceVersion",
    "uid",
    "generation",
    "creationTimestamp",
    "selfLink",
];

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What an apply changes in an object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OwnedChanges {
    /// What we change, field by field. A subtree that is wholly ours is one change.
    pub shown: Vec<FieldChange>,
    /// How many differences are the work of webhooks and defaults.
    pub hidden: usize,
}

/// Splits the differences from `live` to `predicted`, the result of a dry run, into ours and those
/// of others. `ours_live` and `ours_predicted` are the sets of our entry in the managedFields of
/// each.
///
/// What the server writes does not count: status, versions, times, managedFields. The status counts
/// only where it is ours, which the server allows only where it is a field like others.
pub fn owned_changes(
    live: &Object,
    predicted: &Object,
    ours_live: &FieldSet,
    ours_predicted: &FieldSet,
    schema: &Schema,
) -> OwnedChanges {
    let ours = Ours {
        predicted: ours_predicted,
        either: ours_live.union(ours_predicted),
    };
    let owns_status = ours.either.contains(&Path::of_keys(&["status"]));
    let old = without_noise(live.value(), owns_status);
    let new = without_noise(predicted.value(), owns_status);
    let schema = schema.with_lists_of(&ours.either);
    let mut changes = OwnedChanges::default();
    for change in diff(&old, &new, &schema) {
        ours.sort(change, &new, &mut changes);
    }
    changes
}

struct Ours<'s> {
    predicted: &'s FieldSet,
    either: FieldSet,
}

impl Ours<'_> {
    fn sort(&self, change: FieldChange, new: &Value, changes: &mut OwnedChanges) {
        let path = self.by_keys(&change, new);
        let is_ours = match (change.kind, &change.old, &change.new) {
            (ChangeKind::Reordered, Some(old), Some(new)) => self.is_reordered(&path, old, new),
            (_, Some(old), None) => {
                let parts = Parts::of(old, &path, &self.either);
                return changes.add_parts(&change, parts, |part| (Some(part), None));
            }
            (_, None, Some(new)) => {
                let parts = Parts::of(new, &path, self.predicted);
                return changes.add_parts(&change, parts, |part| (None, Some(part)));
            }
            _ => self.either.contains(&path) || self.either.covers(&path),
        };
        match is_ours {
            true => changes.shown.push(change),
            false => changes.hidden += 1,
        }
    }

    /// The path with the keys of items where the differences name places though the server knows
    /// keys: two items in live have the same ones, after somebody's update.
    fn by_keys(&self, change: &FieldChange, new: &Value) -> Path {
        let mut set = Some(&self.either);
        let mut here = Some(new);
        let mut path = Path::root();
        let last = change.path.segments().len().saturating_sub(1);
        for (depth, segment) in change.path.segments().iter().enumerate() {
            let item = match depth == last {
                true => change.new.as_ref().or(change.old.as_ref()),
                false => here.and_then(|here| segment.get(here)),
            };
            let named = match (segment, set, item) {
                (Segment::Index(_), Some(set), Some(item)) => named(item, set),
                _ => None,
            };
            let segment = named.unwrap_or_else(|| segment.clone());
            set = set.and_then(|set| set.below(&segment));
            path.push(segment);
            here = item;
        }
        path
    }

    /// Whether the items that are ours follow one another differently.
    fn is_reordered(&self, path: &Path, old: &Value, new: &Value) -> bool {
        let keys = |value: &Value| -> Vec<Path> {
            let items = value.as_array().into_iter().flatten();
            let keys = items.filter_map(Value::as_object);
            let paths = keys.map(|keys| {
                let keys = keys.iter().map(|(key, value)| (key.clone(), value.clone()));
                path.joined(Segment::Item(keys.collect()))
            });
            let is_ours = |path: &Path| self.either.contains(path) || self.either.covers(path);
            paths.filter(is_ours).collect()
        };
        let (old, new) = (keys(old), keys(new));
        let places = old
            .iter()
            .filter_map(|item| new.iter().position(|other| other == item));
        !places.is_sorted()
    }
}

/// The item of the set that `item` is one of.
fn named(item: &Value, set: &FieldSet) -> Option<Segment> {
    let list = std::slice::from_ref(item);
    set.items()
        .map(|(segment, _)| segment)
        .find(|segment| segment.position(list).is_some())
}

/// A subtree that stands on one side only, cut where the ownership changes.
struct Parts {
    ours: Vec<(Path, Value)>,
    hidden: usize,
}

impl Parts {
    fn of(value: &Value, path: &Path, set: &FieldSet) -> Self {
        match set.reach(path) {
            Reach::Covered => Self::whole(value, Path::root()),
            Reach::Above(set) => Self::below(value, &Path::root(), set),
            Reach::Outside => Self::nothing(),
        }
    }

    fn whole(value: &Value, path: Path) -> Self {
        Self {
            ours: vec![(path, value.clone())],
            hidden: 0,
        }
    }

    fn nothing() -> Self {
        Self {
            ours: Vec::new(),
            hidden: 1,
        }
    }

    /// The parts of a value that is not ours as such, at `path` below the change.
    fn below(value: &Value, path: &Path, set: &FieldSet) -> Self {
        let children: Vec<(Segment, &Value)> = match value {
            Value::Object(entries) => entries
                .iter()
                .map(|(key, value)| (Segment::Key(key.clone()), value))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .map(|(index, item)| (named(item, set).unwrap_or(Segment::Index(index)), item))
                .collect(),
            _ => return Self::nothing(),
        };
        let parts = children.into_iter().map(|(segment, value)| {
            let here = Path::root().joined(segment.clone());
            let path = path.joined(segment);
            match set.reach(&here) {
                Reach::Covered => Self::whole(value, path),
                Reach::Above(set) => Self::below(value, &path, set),
                Reach::Outside => Self::nothing(),
            }
        });
        let mut all = Self {
            ours: Vec::new(),
            hidden: 0,
        };
        for part in parts {
            all.ours.extend(part.ours);
            all.hidden += part.hidden;
        }
        match (all.ours.is_empty(), all.hidden) {
            (true, 0) => Self::nothing(),
            (false, 0) => Self::whole(value, path.clone()),
            _ => all,
        }
    }
}

impl OwnedChanges {
    fn add_parts(
        &mut self,
        change: &FieldChange,
        parts: Parts,
        sides: impl Fn(Value) -> (Option<Value>, Option<Value>),
    ) {
        self.hidden += parts.hidden;
        for (way, value) in parts.ours {
            let mut path = change.path.clone();
            for segment in way.segments() {
                path.push(segment.clone());
            }
            let (old, new) = sides(value);
            self.shown.push(FieldChange {
                path,
                old,
                new,
                kind: change.kind,
            });
        }
    }
}

/// The object without what the server writes.
fn without_noise(object: &Value, keep_status: bool) -> Value {
    let Some(entries) = object.as_object() else {
        return object.clone();
    };
    let kept = entries
        .iter()
        .filter(|(key, _)| *key != "status" || keep_status);
    kept.map(|(key, value)| match (key.as_str(), value) {
        ("metadata", Value::Object(metadata)) => (key.clone(), metadata_without_noise(metadata)),
        _ => (key.clone(), value.clone()),
    })
    .collect()
}

fn metadata_without_noise(metadata: &Map<String, Value>) -> Value {
    let is_kept = |(key, _): &(&String, &Value)| !OF_THE_SERVER.contains(&key.as_str());
    let kept = metadata.iter().filter(is_kept);
    let mut kept: Map<_, _> = kept
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if let Some(Value::Object(annotations)) = kept.get_mut("annotations") {
        annotations.remove(LAST_APPLIED);
        // The annotation alone leaves no mapping behind on the side that has lost it.
        if annotations.is_empty() {
            kept.remove("annotations");
        }
    }
    Value::Object(kept)
}
