//! Mappings and lists that were sent empty, and are not there after it.
//!
//! A server-side apply first takes away what is ours and no longer sent. Where that was all that a
//! mapping held, the empty one that was sent goes with it; the same apply sent once more stores it.

use super::schema::item_keys;
use super::{ListKind, Object, Path, Schema, Segment, Shape, is_cluster_scoped};
use crate::yaml::{Map, Value};

/// Mappings of built-in kinds that are never stored empty: whatever is sent, they are not there.
const NEVER_EMPTY: [&str; 20] = [
    "annotations",
    "binaryData",
    "capacity",
    "data",
    "default",
    "defaultRequest",
    "hard",
    "labels",
    "limits",
    "matchLabels",
    "max",
    "maxLimitRequestRatio",
    "min",
    "nodeSelector",
    "options",
    "overhead",
    "parameters",
    "requests",
    "stringData",
    "volumeAttributes",
];

/// Where `sent` has something empty that the server would keep, and `stored` has nothing.
pub fn lost_empties(sent: &Value, stored: &Object, schema: &Schema) -> Vec<Path> {
    let mut walk = Walk {
        built_in: is_cluster_scoped(stored.group(), stored.kind()).is_some(),
        path: Path::root(),
        lost: Vec::new(),
    };
    walk.value(sent, Some(stored.value()), schema.root());
    walk.lost
}

/// Puts back, in what a dry run predicts, the empty ones that an apply sent twice leaves: those
/// where something stands in `live`.
pub fn with_lost_empties(
    sent: &Value,
    live: &Object,
    predicted: &Object,
    schema: &Schema,
) -> Option<Object> {
    let mut lost = lost_empties(sent, predicted, schema);
    lost.retain(|path| {
        path.get(live.value())
            .is_some_and(|there| !is_nothing(there))
    });
    if lost.is_empty() {
        return None;
    }
    let mut completed = predicted.clone();
    for path in lost {
        let empty = path.get(sent).cloned().unwrap_or_default();
        put(completed.value_mut(), path.segments(), empty);
    }
    Some(completed)
}

struct Walk {
    built_in: bool,
    path: Path,
    lost: Vec<Path>,
}

impl Walk {
    fn value(&mut self, sent: &Value, stored: Option<&Value>, shape: Shape<'_>) {
        let missing = stored.is_none_or(Value::is_null);
        match sent {
            // What merges as a whole is taken over as it was sent.
            Value::Object(_) if shape.is_atomic() => {}
            Value::Object(sent) if sent.is_empty() => self.lose(missing && self.may_be_empty()),
            Value::Object(sent) => self.map(sent, stored, shape),
            Value::Array(sent) => match shape.list() {
                ListKind::Atomic => {}
                // No list of a built-in kind is stored empty.
                _ if sent.is_empty() => self.lose(missing && !self.built_in),
                ListKind::Set => {}
                ListKind::Map(keys) => {
                    for item in sent {
                        let Some(named) = item_keys(item, keys) else {
                            continue;
                        };
                        let segment = Segment::Item(named);
                        if let Some(there) = stored.and_then(|stored| segment.get(stored)) {
                            self.path.push(segment);
                            self.value(item, Some(there), shape.items());
                            self.path.pop();
                        }
                    }
                }
            },
            _ => {}
        }
    }

    fn map(&mut self, sent: &Map<String, Value>, stored: Option<&Value>, shape: Shape<'_>) {
        for (key, value) in sent {
            let there = stored.and_then(|stored| stored.get(key));
            self.path.push(Segment::Key(key.clone()));
            self.value(value, there, shape.field(key));
            self.path.pop();
        }
    }

    fn lose(&mut self, lost: bool) {
        if lost {
            self.lost.push(self.path.clone());
        }
    }

    fn may_be_empty(&self) -> bool {
        match self.path.segments() {
            // Labels and annotations are never empty, whatever the kind.
            [Segment::Key(metadata), ..] if metadata == "metadata" => false,
            [.., Segment::Key(key)] => !self.built_in || !NEVER_EMPTY.contains(&key.as_str()),
            _ => false,
        }
    }
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(entries) => entries.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// Puts a value at a path, with the mappings that lead there.
fn put(place: &mut Value, path: &[Segment], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *place = value;
        return;
    };
    match (first, place) {
        (Segment::Key(key), Value::Object(entries)) => {
            let entry = entries.entry(key.clone()).or_insert(Value::Null);
            if entry.is_null() && !rest.is_empty() {
                *entry = Value::Object(Map::new());
            }
            put(entry, rest, value);
        }
        (segment, place) => {
            if let Some(item) = segment.get_mut(place) {
                put(item, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{lost_empties, with_lost_empties};
    use crate::object::{Object, Schema};

    fn object(api_version: &str, kind: &str, spec: serde_json::Value) -> Object {
        Object::new(json!({
            "apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "n"},
            "spec": spec,
        }))
        .expect("an object")
    }

    fn lost(sent: &Object, stored: &Object) -> Vec<String> {
        let schema = Schema::of(sent);
        let paths = lost_empties(sent.value(), stored, &schema);
        paths.iter().map(ToString::to_string).collect()
    }

    fn prometheus(spec: serde_json::Value) -> Object {
        object("monitoring.coreos.com/v1", "Prometheus", spec)
    }

    #[test]
    fn an_empty_mapping_that_is_null_or_not_there_is_lost() {
        let sent = prometheus(json!({"a": {}, "b": {"c": {}}, "d": {}, "e": {"f": {}}, "g": {}}));
        let stored = prometheus(json!({"a": null, "b": {}, "d": {}, "g": {"filled": 1}}));
        assert_eq!(lost(&sent, &stored), ["spec.a", "spec.b.c", "spec.e.f"]);
        assert_eq!(lost(&sent, &sent), [""; 0]);
    }

    #[test]
    fn items_are_found_by_their_keys_and_the_server_drops_some_by_itself() {
        let pod = |containers: serde_json::Value| {
            let template = json!({"metadata": {"labels": {}}, "spec": {"nodeSelector": {}, "containers": containers}});
            object("apps/v1", "Deployment", json!({"template": template}))
        };
        let sent = pod(json!([
            {"name": "a", "securityContext": {}, "env": [], "args": []},
            {"name": "new", "securityContext": {}},
            {"name": "b", "securityContext": {}, "resources": {"limits": {}}},
        ]));
        let stored =
            pod(json!([{"name": "b", "resources": {}}, {"name": "a", "securityContext": {}}]));
        assert_eq!(
            lost(&sent, &stored),
            ["spec.template.spec.containers[b].securityContext"]
        );
    }

    #[test]
    fn a_prediction_gets_what_was_filled_before_and_nothing_else() {
        let live = prometheus(json!({"a": {"matchLabels": {"x": "y"}}, "b": {"c": {"d": 1}}}));
        let sent = prometheus(json!({"a": {}, "b": {"c": {}}, "pruned": {}}));
        let predicted = prometheus(json!({"a": null}));
        let schema = Schema::of(&sent);
        let completed = with_lost_empties(sent.value(), &live, &predicted, &schema);
        let spec = completed
            .as_ref()
            .and_then(|completed| completed.get(&["spec"]));
        assert_eq!(spec, Some(&json!({"a": {}, "b": {"c": {}}})));
        assert_eq!(with_lost_empties(sent.value(), &live, &sent, &schema), None);
    }
}
