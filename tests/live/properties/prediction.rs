//! What a plan predicted of an object, held against what became of it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kops_stack::object::{
    ChangeKind, FieldChange, FieldSet, ManagedFields, Object, Path, Quantity, Schema, Segment, diff,
};
use kops_stack::yaml::Value;
use serde_json::json;

/// The name under which kops-stack applies.
const MANAGER: &str = "kops-stack";

/// What an apply adds to each object, and what the server counts up when a pod template changes.
const OF_ITSELF: [&str; 2] = [
    "metadata.labels[\"kops-stack.io/environment\"]",
    "metadata.annotations[\"deprecated.daemonset.template.generation\"]",
];

/// Of an update: the plan's differences, made in the object as it was, give the object as it is.
///
/// Another field that changed must not be ours, and either somebody else wrote it, or the server filled
/// it in (or took it away) beside a change of the plan.
pub fn of_update(before: &Object, step: &Value, after: &Object, schema: &Schema) -> Vec<String> {
    let (before, managers) = (comparable(before), Managers::of(after));
    let is = comparable(after);
    let (mut expected, mut problems, mut touched) = (before, Vec::new(), Vec::new());
    for change in in_order(step, schema) {
        let Ok((path, change)) = change.map_err(|problem| problems.push(problem)) else {
            continue;
        };
        // A plan does not show what a Secret holds.
        let new = match after.is("", "Secret") && path.to_string().starts_with("data") {
            true => change.get("new").and(path.get(&is)),
            false => change.get("new"),
        };
        match change["kind"].as_str() {
            Some("reordered") => reorder(&mut expected, &path, &is, &change["new"]),
            _ => make(&mut expected, &path, new),
        }
        touched.push(path);
    }
    for left in diff(&expected, &is, schema) {
        let beside = |path: &Path| {
            let parent = path.parent().unwrap_or_default();
            !parent.segments().is_empty() && left.path.starts_with(&parent)
        };
        let explained = match (left.kind, managers.ours(&left.path)) {
            _ if OF_ITSELF.contains(&left.path.to_string().as_str()) => true,
            (ChangeKind::Spelling, _) => true,
            (_, true) => false,
            (_, false) => managers.others(&left.path) || touched.iter().any(beside),
        };
        if !explained {
            problems.push(format!("was not predicted: {}", told(&left)));
        }
    }
    problems
}

/// Of a create: what the manifest says is there, and all that is there beside it is not ours.
pub fn of_create(desired: &Object, after: &Object, schema: &Schema) -> Vec<String> {
    let managers = Managers::of(after);
    if managers.entry.is_none() {
        return vec!["nothing of it is ours".to_owned()];
    }
    let left = diff(&comparable(desired), &comparable(after), schema);
    let left = left.into_iter().filter(|left| {
        let explained = match (&left.old, &left.new) {
            (Some(old), None | Some(Value::Null)) => is_zero(old),
            (Some(old), Some(new)) => {
                left.kind == ChangeKind::Spelling
                    || quantity(old).is_some_and(|old| Some(old) == quantity(new))
                    || managers.others(&left.path)
            }
            _ => {
                let path = left.path.to_string();
                !managers.ours(&left.path) || OF_ITSELF.contains(&path.as_str())
            }
        };
        !explained
    });
    let told = left.map(|left| format!("is not as its manifest says: {}", told(&left)));
    told.collect()
}

/// Who owns what of an object.
struct Managers {
    all: ManagedFields,
    entry: Option<FieldSet>,
}

impl Managers {
    fn of(object: &Object) -> Self {
        let all = ManagedFields::of(object.value()).expect("the server writes them");
        let entry = all.ours(MANAGER).map(|entry| entry.fields.clone());
        Self { all, entry }
    }

    /// A member of our set, itself; what lies in an atomic value of ours may be a default.
    fn ours(&self, path: &Path) -> bool {
        let set = self.entry.as_ref();
        set.is_some_and(|set| set.has_member(path))
    }

    fn others(&self, path: &Path) -> bool {
        let others = self.all.of_others(MANAGER);
        others.covers(path) || others.contains(path)
    }
}

/// An object without what the server writes at every change.
fn comparable(object: &Object) -> Value {
    let mut value = object.value().clone();
    let map = value.as_object_mut().expect("an object is a mapping");
    map.remove("status");
    // Text is data in base64 to the server, and goes before data of the same key.
    if let Some(Value::Object(texts)) = map.remove("stringData") {
        let data = map.entry("data").or_insert_with(|| json!({}));
        for (key, text) in texts {
            data[key] = json!(STANDARD.encode(text.as_str().unwrap_or_default()));
        }
    }
    if let Some(metadata) = map.get_mut("metadata").and_then(Value::as_object_mut) {
        for key in [
            "managedFields",
            "resourceVersion",
            "generation",
            "uid",
            "creationTimestamp",
        ] {
            metadata.remove(key);
        }
    }
    value
}

/// The differences of a step in the order in which they can be made: outer lists before inner ones; in a
/// list removals from the end, then additions from the beginning.
fn in_order<'s>(step: &'s Value, schema: &Schema) -> Vec<Result<(Path, &'s Value), String>> {
    let rank = |path: &Path, change: &Value| match (path.last(), change.get("new")) {
        (Some(Segment::Index(index)), None) => (0, -index.cast_signed()),
        (Some(Segment::Index(index)), Some(_)) => (1, index.cast_signed()),
        _ => (2, 0),
    };
    let changes = step["changes"].as_array().into_iter().flatten();
    let mut changes: Vec<_> = changes
        .map(|change| {
            let text = change["path"].as_str().expect("a change has a path");
            let path = Path::parse(text, schema).map_err(|error| error.to_string())?;
            Ok((path, change))
        })
        .collect();
    changes.sort_by_key(|change| match change {
        Ok((path, change)) => (path.segments().len(), rank(path, change)),
        Err(_) => (0, (0, 0)),
    });
    changes
}

/// Puts a value at a path, with what leads there, or takes it away.
fn make(root: &mut Value, path: &Path, new: Option<&Value>) {
    let Some((last, parents)) = path.segments().split_last() else {
        return;
    };
    let place = parents.iter().fold(root, |place, segment| {
        let here = Path::from_iter([segment.clone()]);
        if here.get(place).is_none() {
            put(place, segment, Some(&empty(segment)));
        }
        here.get_mut(place).expect("it was put there")
    });
    put(place, last, new);
}

/// What stands at a segment that is on the way to another: the item with its keys.
fn empty(segment: &Segment) -> Value {
    match segment {
        Segment::Item(keys) => keys.iter().cloned().collect(),
        _ => Value::Null,
    }
}

fn put(place: &mut Value, segment: &Segment, new: Option<&Value>) {
    if place.is_null() {
        *place = match segment {
            Segment::Key(_) => Value::Object(serde_json::Map::new()),
            _ => Value::Array(Vec::new()),
        };
    }
    let here = Path::from_iter([segment.clone()]);
    match (segment, new) {
        (Segment::Key(key), Some(new)) => place[key] = new.clone(),
        (Segment::Key(key), None) => {
            place.as_object_mut().map(|map| map.remove(key));
        }
        (_, Some(new)) if here.get(place).is_some() && !matches!(segment, Segment::Index(_)) => {
            *here.get_mut(place).expect("it is there") = new.clone();
        }
        (Segment::Index(index), Some(new)) => {
            if let Some(list) = place.as_array_mut() {
                list.insert((*index).min(list.len()), new.clone());
            }
        }
        (_, Some(new)) => {
            if let Some(list) = place.as_array_mut() {
                list.push(new.clone());
            }
        }
        (_, None) => {
            let there = here.get(place).map(std::ptr::from_ref);
            if let (Some(there), Some(list)) = (there, place.as_array_mut()) {
                list.retain(|item| !std::ptr::eq(item, there));
            }
        }
    }
}

/// A keyed list in the order of what is there; that this is the predicted one is seen by the keys.
fn reorder(root: &mut Value, path: &Path, is: &Value, keys: &Value) {
    let (Some(there), Some(list)) = (path.get(is), path.get_mut(root)) else {
        return;
    };
    let (Some(there), Some(list), Some(keys)) =
        (there.as_array(), list.as_array_mut(), keys.as_array())
    else {
        return;
    };
    let place = |item: &Value| {
        let mentions = |key: &&Value| match key.as_object() {
            Some(key) => key
                .iter()
                .all(|(name, value)| item.get(name) == Some(value)),
            None => item == *key || item.get("name") == Some(key),
        };
        keys.iter().position(|key| mentions(&key))
    };
    let places: Vec<_> = there.iter().filter_map(place).collect();
    if places.is_sorted() {
        list.sort_by_key(place);
    }
}

fn quantity(value: &Value) -> Option<Quantity> {
    Quantity::from_value(value)
}

/// What the server drops.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(is) => !is,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(is_zero),
    }
}

fn told(change: &FieldChange) -> String {
    let side = |side: &Option<Value>| {
        side.as_ref()
            .map_or_else(|| "nothing".to_owned(), Value::to_string)
    };
    format!(
        "{}: {} is {}",
        change.path,
        side(&change.old),
        side(&change.new)
    )
}

/// A ConfigMap of which we own the keys `a` and `b`, and somebody else `theirs`.
fn config_map(data: &Value) -> Object {
    let entry = |manager: &str, operation: &str, fields: Value| {
        json!({
            "manager": manager, "operation": operation, "apiVersion": "v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:data": fields},
        })
    };
    let value = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": "a", "managedFields": [
            entry(MANAGER, "Apply", json!({"f:a": {}, "f:b": {}})),
            entry("somebody", "Update", json!({"f:theirs": {}})),
        ]},
        "data": data,
    });
    Object::new(value).expect("it is an object")
}

#[test]
fn what_was_not_predicted_is_told() {
    let before = config_map(&json!({"a": "1", "b": "1", "theirs": "1"}));
    let step = json!({"changes": [{"path": "data.a", "kind": "value", "old": "1", "new": "2"}]});
    let told = |data: Value| {
        let after = config_map(&data);
        of_update(&before, &step, &after, &Schema::of(&after))
    };
    assert_eq!(told(json!({"a": "2", "b": "1", "theirs": "1"})), [""; 0]);
    // What others wrote meanwhile is theirs.
    assert_eq!(told(json!({"a": "2", "b": "1", "theirs": "9"})), [""; 0]);
    let one = "was not predicted: data.a: \"2\" is \"1\"";
    assert_eq!(told(json!({"a": "1", "b": "1", "theirs": "1"})), [one]);
    let other = "was not predicted: data.b: \"1\" is \"9\"";
    assert_eq!(told(json!({"a": "2", "b": "9", "theirs": "1"})), [other]);
    let gone = "was not predicted: data.b: \"1\" is nothing";
    assert_eq!(told(json!({"a": "2", "theirs": "1"})), [gone]);
}

#[test]
fn what_is_not_as_its_manifest_says_is_told() {
    let after = config_map(&json!({"a": "1", "b": "2", "theirs": "1"}));
    let told = |data: Value| {
        let desired = config_map(&data);
        of_create(&desired, &after, &Schema::of(&after))
    };
    assert_eq!(told(json!({"a": "1", "b": "2"})), [""; 0]);
    assert_eq!(told(json!({"a": "1", "b": "3"})).len(), 1);
    assert_eq!(
        told(json!({"a": "1"})).len(),
        1,
        "`b` is ours and was not asked for"
    );
    assert_eq!(told(json!({"a": "1", "b": "2", "c": "3"})).len(), 1);
}
