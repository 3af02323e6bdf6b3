//! Fields that the API server does not let change, as data.
//!
//! Seen on Kubernetes 1.36.3. What may be replaced is only what is in this table: to delete an
//! object for any other refusal would be a guess.

mod rules;

use crate::model::plan::Effect;
use crate::object::{ChangeKind, FieldChange, Object, Path, Quantity, Segment};
use crate::yaml::Value;
use rules::{DEFAULTS, Fields, RULES, Rule, When};

/// A change that the server refuses.
pub struct Refusal {
    pub effect: Effect,
    /// Deleting the object and making it anew is a way.
    pub replaceable: bool,
}

/// The changes of an object that the server refuses, each field once.
pub fn refusals(old: &Object, new: &Object, changes: &[FieldChange]) -> Vec<Refusal> {
    let rules = RULES
        .iter()
        .filter(|rule| rule.group == new.group() && rule.kinds.contains(&new.kind()));
    let mut found: Vec<Refusal> = Vec::new();
    for rule in rules {
        for change in changes.iter().filter(|change| is_real(change, old, new)) {
            let Some(path) = rule.fields.touched(&change.path) else {
                continue;
            };
            if !rule.when.holds(old, new, change) {
                continue;
            }
            let refusal = refusal(rule, path, old, new);
            if found.iter().all(|known| known.effect != refusal.effect) {
                found.push(refusal);
            }
        }
    }
    found
}

fn refusal(rule: &Rule, path: String, old: &Object, new: &Object) -> Refusal {
    // Its pods outlive it, and the new one finds them, as long as both look for the same.
    let selector = ["spec", "selector"];
    let adopts = new.is("apps", "StatefulSet") && old.get(&selector) == new.get(&selector);
    let reason = match adopts {
        true if path == "spec.volumeClaimTemplates" => {
            "cannot change; pods are orphaned and adopted again, claims that exist stay as they are"
        }
        true => "cannot change; pods are orphaned and adopted again",
        false => rule.reason,
    };
    Refusal {
        effect: Effect::Immutable {
            path,
            reason: reason.to_owned(),
        },
        replaceable: rule.when != When::Shrinks,
    }
}

/// A default written out, or another spelling, is no change to the server.
fn is_real(change: &FieldChange, old: &Object, new: &Object) -> bool {
    let path = change.path.to_string();
    let default = DEFAULTS
        .iter()
        .find(|(kind, field, _)| *kind == new.kind() && *field == path);
    let Some((_, _, default)) = default else {
        return change.kind != ChangeKind::Spelling;
    };
    let or_default = |object: &Object| match change.path.get(object.value()) {
        None | Some(Value::Null) => (*default).to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    or_default(old) != or_default(new)
}

impl Fields {
    /// The field of the table that a change is about, as it is shown.
    fn touched(&self, path: &Path) -> Option<String> {
        match self {
            Self::Only(fields) => fields
                .iter()
                .find(|field| begins(path, field) || is_above(path, field))
                .map(|field| (*field).to_owned()),
            Self::AllBelow(top, except) => {
                let allowed = except.iter().any(|field| begins(path, field));
                let below = begins(path, top) && !allowed;
                below.then(|| {
                    path.segments()
                        .iter()
                        .take(2)
                        .cloned()
                        .collect::<Path>()
                        .to_string()
                })
            }
        }
    }
}

/// Whether a path is that of a field, or leads below it. `[*]` stands for any item of a list.
fn begins(path: &Path, field: &str) -> bool {
    let mut segments = path.segments().iter();
    words(field).all(|word| {
        segments
            .next()
            .is_some_and(|segment| is_word(segment, word))
    })
}

/// Whether a change of a whole mapping holds a field.
fn is_above(path: &Path, field: &str) -> bool {
    let mut words = words(field);
    path.segments()
        .iter()
        .all(|segment| words.next().is_some_and(|word| is_word(segment, word)))
}

fn words(field: &str) -> impl Iterator<Item = &str> {
    field.split('.').flat_map(|part| {
        let (key, item) = match part.strip_suffix("[*]") {
            Some(key) => (key, Some("[*]")),
            None => (part, None),
        };
        std::iter::once(key).chain(item)
    })
}

fn is_word(segment: &Segment, word: &str) -> bool {
    match segment {
        Segment::Key(key) => key == word,
        _ => word == "[*]",
    }
}

impl When {
    fn holds(self, old: &Object, new: &Object, change: &FieldChange) -> bool {
        match self {
            Self::Always => true,
            Self::OnceSet => once_set(old, new, &change.path),
            Self::BothLoadBalancers => [old, new]
                .iter()
                .all(|object| text(object, &["spec", "type"]) == Some("LoadBalancer")),
            Self::Frozen => old.get(&["immutable"]) == Some(&Value::Bool(true)),
            Self::UnlessSuspended(fields) => {
                let suspended = old.get(&["spec", "suspend"]) == Some(&Value::Bool(true));
                !(suspended && fields.iter().any(|field| begins(&change.path, field)))
            }
            Self::UnlessTogether => !in_tandem(old, new),
            Self::Shrinks => shrinks(change),
        }
    }
}

/// The server gave an address where none was asked for; leaving the field out keeps it.
fn once_set(old: &Object, new: &Object, path: &Path) -> bool {
    let external = text(old, &["spec", "type"]) == Some("ExternalName")
        || text(new, &["spec", "type"]) == Some("ExternalName");
    let wanted = path.get(new.value());
    let kept = wanted.is_none_or(|wanted| wanted.is_null() || wanted == "");
    // `None`, headless, is an address of its own kind: to leave it out asks for a real one.
    let was_headless = text(old, &["spec", "clusterIP"]) == Some("None");
    !external && (!kept || was_headless)
}

/// An indexed Job takes another number of completions when as many run side by side.
fn in_tandem(old: &Object, new: &Object) -> bool {
    let indexed = text(new, &["spec", "completionMode"]) == Some("Indexed");
    let count = |object: &Object, key| object.get(&["spec", key]).and_then(Value::as_i64);
    let moved = count(old, "parallelism") != count(new, "parallelism");
    indexed && moved && count(new, "completions") == count(new, "parallelism")
}

fn shrinks(change: &FieldChange) -> bool {
    let quantity = |value: &Option<Value>| value.as_ref().and_then(Quantity::from_value);
    matches!((quantity(&change.old), quantity(&change.new)), (Some(old), Some(new)) if new < old)
}

/// What the server takes, and a reader should know.
pub fn notes(old: &Object, new: &Object, changes: &[FieldChange]) -> Vec<Effect> {
    let mut notes = Vec::new();
    let mut note = |text: &str| {
        notes.push(Effect::Note {
            text: text.to_owned(),
        })
    };
    let strategy = |object| text(object, &["spec", "strategy", "type"]) == Some("Recreate");
    if new.is("apps", "Deployment") && strategy(new) && !strategy(old) {
        note("takes two writes: the server keeps rollingUpdate until it is ours to remove");
    }
    let grows = |change: &&FieldChange| begins(&change.path, "spec.resources.requests");
    if new.is("", "PersistentVolumeClaim") && changes.iter().any(|change| grows(&change)) {
        note("refused while the claim has no volume, or where its class does not let it grow");
    }
    notes
}

fn text<'o>(object: &'o Object, keys: &[&str]) -> Option<&'o str> {
    object.get(keys)?.as_str()
}
