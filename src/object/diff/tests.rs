use proptest::prelude::*;
use serde_json::{Value, json};

use super::apply::{apply_changes, in_order};
use super::{ChangeKind, FieldChange, diff};
use crate::object::{Path, Schema};

fn pod(spec: &Value) -> Value {
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec})
}

fn container(value: &Value) -> Value {
    let mut container = value.clone();
    container["name"] = json!("web");
    json!({"containers": [container]})
}

fn shown(change: &FieldChange) -> String {
    let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let kind = match change.kind {
        ChangeKind::Value => "",
        ChangeKind::Spelling => " (same)",
        ChangeKind::Reordered => " (order)",
    };
    format!(
        "{}: {} → {}{kind}",
        change.path,
        text(&change.old),
        text(&change.new)
    )
}

fn pod_changes(old: &Value, new: &Value) -> Vec<String> {
    let schema = Schema::builtin("", "v1", "Pod").expect("built in");
    diff(&pod(old), &pod(new), &schema)
        .iter()
        .map(shown)
        .collect()
}

fn changes(old: &Value, new: &Value) -> Vec<String> {
    diff(old, new, &Schema::none()).iter().map(shown).collect()
}

#[test]
fn items_are_matched_by_key() {
    let old = json!({"containers": [{"name": "a", "image": "x:1"}, {"name": "b"}]});
    let new = json!({"containers": [{"name": "a", "image": "x:2"}, {"name": "c"}]});
    assert_eq!(
        pod_changes(&old, &new),
        [
            r#"spec.containers[a].image: "x:1" → "x:2""#,
            r#"spec.containers[b]: {"name":"b"} → -"#,
            r#"spec.containers[c]: - → {"name":"c"}"#,
        ]
    );
}

#[test]
fn a_new_order_is_one_change() {
    let old = json!({"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)"}]});
    let new = json!({"env": [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]});
    assert_eq!(
        pod_changes(&container(&old), &container(&new)),
        [
            r#"spec.containers[web].env[B].value: "$(A)" → "2""#,
            r#"spec.containers[web].env: [{"name":"A"},{"name":"B"}] → [{"name":"B"},{"name":"A"}] (order)"#,
        ]
    );
}

#[test]
fn an_item_between_others_is_no_new_order() {
    let old = json!({"env": [{"name": "A"}, {"name": "C"}]});
    let new = json!({"env": [{"name": "A"}, {"name": "B"}, {"name": "C"}]});
    let found = pod_changes(&container(&old), &container(&new));
    assert_eq!(found, [r#"spec.containers[web].env[B]: - → {"name":"B"}"#]);
}

#[test]
fn finalizers_are_a_set_and_owners_have_no_order() {
    let metadata = |finalizers: Value, owners: Value| json!({"metadata": {"finalizers": finalizers, "ownerReferences": owners}});
    let old = metadata(json!(["a", "b"]), json!([{"uid": "1"}, {"uid": "2"}]));
    let new = metadata(json!(["c", "a"]), json!([{"uid": "2"}, {"uid": "1"}]));
    assert_eq!(
        changes(&old, &new),
        [
            r#"metadata.finalizers[b]: "b" → -"#,
            r#"metadata.finalizers[c]: - → "c""#
        ]
    );
}

#[test]
fn arguments_are_shown_one_by_one() {
    let old = container(&json!({"args": ["--a", "--v=2", "--z"]}));
    let new = container(&json!({"args": ["--a", "--z", "--new"]}));
    assert_eq!(
        pod_changes(&old, &new),
        [
            r#"spec.containers[web].args[1]: "--v=2" → -"#,
            r#"spec.containers[web].args[2]: - → "--new""#,
        ]
    );
}

#[test]
fn mappings_of_atomic_lists_are_compared_with_their_former_version() {
    let old = json!({"rules": [{"host": "a", "port": 1}, {"host": "b", "port": 1}]});
    let new = json!({"rules": [{"host": "z"}, {"host": "a", "port": 2}, {"host": "b", "port": 1}]});
    assert_eq!(
        changes(&old, &new),
        [r#"rules[0]: - → {"host":"z"}"#, "rules[1].port: 1 → 2"]
    );
    let (old, new) = (json!({"a": [{"x": 1}]}), json!({"a": [{"x": 2}]}));
    assert_eq!(changes(&old, &new), ["a[0].x: 1 → 2"]);
}

#[test]
fn quantities_and_defaults_of_keys_are_spellings() {
    let old = json!({"ports": [{"containerPort": 53}], "resources": {"limits": {"cpu": "1000m", "memory": "1Gi"}}});
    let new = json!({"ports": [{"containerPort": 53, "protocol": "TCP"}], "resources": {"limits": {"cpu": 1, "memory": "1G"}}});
    assert_eq!(
        pod_changes(&container(&old), &container(&new)),
        [
            r#"spec.containers[web].ports[53/TCP].protocol: - → "TCP" (same)"#,
            r#"spec.containers[web].resources.limits.cpu: "1000m" → 1 (same)"#,
            r#"spec.containers[web].resources.limits.memory: "1Gi" → "1G""#,
        ]
    );
}

#[test]
fn items_without_or_with_equal_keys_are_compared_by_place() {
    let old = json!({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]});
    let new = json!({"env": [{"name": "A", "value": "1"}]});
    assert_eq!(
        pod_changes(&container(&old), &container(&new)),
        [r#"spec.containers[web].env[1]: {"name":"A","value":"2"} → -"#]
    );
}

#[test]
fn types_and_whole_subtrees_are_one_change() {
    assert_eq!(
        changes(&json!({"a": {"b": 1}}), &json!({"a": [1]})),
        [r#"a: {"b":1} → [1]"#]
    );
    assert_eq!(
        changes(&json!({}), &json!({"a": {"b": 1}})),
        [r#"a: - → {"b":1}"#]
    );
    assert_eq!(changes(&json!({"a": 1}), &json!({"a": 1.0})), [""; 0]);
    assert_eq!(changes(&json!({"a": null}), &json!({})), ["a: null → -"]);
}

/// Values with atomic lists, sets and keyed lists in one another.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        (0..3).prop_map(|n| json!(n)),
        "[ab]".prop_map(Value::from)
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let map = prop::collection::btree_map("[abc]", inner.clone(), 0..3);
        let map = map.prop_map(Value::from_iter);
        let named = prop::collection::btree_map("[abc]", inner.clone(), 0..3);
        let containers = named.prop_map(|items| {
            items
                .into_iter()
                .map(|(name, args)| json!({"name": name, "args": args}))
                .collect::<Value>()
        });
        let keyed = containers
            .prop_shuffle_list()
            .prop_map(|list| json!({"containers": list}));
        prop_oneof![
            map,
            keyed,
            prop::collection::vec(inner, 0..5).prop_map(Value::from)
        ]
    })
}

trait ShuffleList {
    fn prop_shuffle_list(self) -> BoxedStrategy<Value>;
}

impl<S: Strategy<Value = Value> + 'static> ShuffleList for S {
    fn prop_shuffle_list(self) -> BoxedStrategy<Value> {
        self.prop_map(|list| list.as_array().cloned().unwrap_or_default())
            .prop_shuffle()
            .prop_map(Value::from)
            .boxed()
    }
}

proptest! {
    #[test]
    fn equal_values_have_no_changes(value in values()) {
        let schema = Schema::builtin("", "v1", "Pod").expect("built in");
        prop_assert_eq!(diff(&json!({"spec": value}), &json!({"spec": value}), &schema), []);
    }

    #[test]
    fn changes_say_all(old in values(), new in values()) {
        let schema = Schema::builtin("", "v1", "Pod").expect("built in");
        let (old, new) = (json!({"spec": old}), json!({"spec": new}));
        let changes = diff(&old, &new, &schema);
        let applied = apply_changes(&old, &changes);
        let is_ordered = |path: &Path| path.to_string() != "spec.containers";
        let sorted = |value: &Value| in_order(value, &is_ordered, &Path::root());
        prop_assert_eq!(sorted(&applied), sorted(&new), "{:?}", changes.iter().map(shown).collect::<Vec<_>>());
    }
}
