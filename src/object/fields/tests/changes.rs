use serde_json::{Value, json};

use crate::object::fields::owned_changes;
use crate::object::{ChangeKind, FieldSet, Object, Schema};

fn object(value: Value) -> Object {
    Object::new(value).expect("an object")
}

fn deployment(spec: Value) -> Object {
    object(json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": spec,
    }))
}

fn config(data: Value) -> Object {
    object(json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "b"}, "data": data,
    }))
}

fn custom(spec: Value) -> Object {
    object(json!({
        "apiVersion": "example.io/v1", "kind": "Thing", "metadata": {"name": "a", "namespace": "b"}, "spec": spec,
    }))
}

/// What is shown, a line each, and how many changes are hidden.
#[track_caller]
fn changes(live: &Object, predicted: &Object, ours: (Value, Value)) -> (Vec<String>, usize) {
    let set = |fields: &Value| FieldSet::read(fields).expect("fieldsV1");
    let schema = Schema::of(live);
    let found = owned_changes(live, predicted, &set(&ours.0), &set(&ours.1), &schema);
    let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
    let lines = found.shown.iter().map(|change| {
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
    });
    (lines.collect(), found.hidden)
}

fn both(fields: Value) -> (Value, Value) {
    (fields.clone(), fields)
}

/// Our fields of a container `web`, in managedFields.
fn of_web(fields: Value) -> Value {
    json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": fields}}}}})
}

fn with_containers(containers: Value) -> Object {
    deployment(json!({"template": {"spec": {"containers": containers}}}))
}

#[test]
fn what_the_server_writes_is_no_change() {
    let at = |text: &str, number: u64| {
        object(json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {
                "name": "web", "namespace": "shop", "uid": text, "resourceVersion": text, "generation": number,
                "creationTimestamp": text, "selfLink": text,
                "managedFields": [{"manager": text}],
                "annotations": {"kubectl.kubernetes.io/last-applied-configuration": text},
            },
            "status": {"replicas": number},
        }))
    };
    assert_eq!(
        changes(&at("1", 1), &at("2", 2), both(json!({}))),
        (vec![], 0)
    );
    // The annotation goes, and with it the mapping.
    let mut bare = at("2", 2).into_value();
    bare["metadata"]
        .as_object_mut()
        .expect("a mapping")
        .remove("annotations");
    assert_eq!(
        changes(&at("1", 1), &object(bare), both(json!({}))),
        (vec![], 0)
    );
}

/// A kind without a status subresource keeps its status as any field, and then it can be ours.
#[test]
fn a_status_that_is_ours_counts() {
    let with = |status: &str| {
        object(
            json!({"apiVersion": "example.io/v1", "kind": "Thing", "metadata": {"name": "a"}, "status": {"x": status}}),
        )
    };
    let ours = both(json!({"f:status": {"f:x": {}}}));
    let expected = vec![r#"status.x: "a" → "b""#.to_owned()];
    assert_eq!(changes(&with("a"), &with("b"), ours), (expected, 0));
    assert_eq!(
        changes(&with("a"), &with("b"), both(json!({}))),
        (vec![], 0)
    );
}

#[test]
fn a_changed_field_is_shown_where_it_is_ours() {
    let ours = both(json!({"f:data": {"f:a": {}}}));
    let found = changes(
        &config(json!({"a": "1", "b": "1"})),
        &config(json!({"a": "2", "b": "2", "c": "2"})),
        ours,
    );
    assert_eq!(found, (vec![r#"data.a: "1" → "2""#.to_owned()], 2));
}

/// `data` alone is the way to our fields, not one of them.
#[test]
fn a_way_to_our_fields_does_not_make_others_ours() {
    let ours = both(json!({"f:data": {"f:a": {}}}));
    let found = changes(
        &config(json!({"a": "1"})),
        &config(json!({"a": "1", "b": "2"})),
        ours,
    );
    assert_eq!(found, (vec![], 1));
}

#[test]
fn a_removed_field_is_shown_where_it_was_ours() {
    let live = config(json!({"a": "1", "b": "1", "c": "1"}));
    let ours = (
        json!({"f:data": {"f:a": {}, "f:b": {}}}),
        json!({"f:data": {"f:a": {}}}),
    );
    let found = changes(&live, &config(json!({"a": "1"})), ours);
    assert_eq!(found, (vec![r#"data.b: "1" → -"#.to_owned()], 1));
}

/// apiserver.md section 6: we alone owned the replicas, and leave them out now.
#[test]
fn a_field_that_falls_back_to_its_default_is_shown() {
    let ours = (
        json!({"f:spec": {"f:replicas": {}, "f:paused": {}}}),
        json!({"f:spec": {"f:paused": {}}}),
    );
    let found = changes(
        &deployment(json!({"replicas": 4})),
        &deployment(json!({"replicas": 1})),
        ours,
    );
    assert_eq!(found, (vec!["spec.replicas: 4 → 1".to_owned()], 0));
}

/// apiserver.md section 5: an item of ours comes with its defaults and goes with them.
#[test]
fn an_item_of_ours_comes_and_goes_as_a_whole() {
    let container = json!({"name": "web", "image": "x", "imagePullPolicy": "Always"});
    let without = with_containers(json!([]));
    let with = with_containers(json!([container]));
    let ours = of_web(json!({".": {}, "f:name": {}, "f:image": {}}));
    let added = format!(
        "spec.template.spec.containers[web]: - → {}",
        sorted(&container)
    );
    assert_eq!(
        changes(&without, &with, (json!({}), ours.clone())),
        (vec![added], 0)
    );
    let removed = format!(
        "spec.template.spec.containers[web]: {} → -",
        sorted(&container)
    );
    assert_eq!(
        changes(&with, &without, (ours, json!({}))),
        (vec![removed], 0)
    );
}

fn sorted(value: &Value) -> String {
    value.to_string()
}

/// A sidecar of a webhook is one hidden change, whatever it holds.
#[test]
fn an_item_of_others_is_hidden() {
    let live = with_containers(json!([{"name": "web", "image": "x:1"}]));
    let predicted = with_containers(json!([
        {"name": "web", "image": "x:2"}, {"name": "proxy", "image": "p", "args": ["a", "b"]},
    ]));
    let ours = both(of_web(json!({".": {}, "f:name": {}, "f:image": {}})));
    let expected = r#"spec.template.spec.containers[web].image: "x:1" → "x:2""#;
    assert_eq!(
        changes(&live, &predicted, ours),
        (vec![expected.to_owned()], 1)
    );
}

#[test]
fn a_new_subtree_is_cut_where_defaults_begin() {
    let live = deployment(json!({}));
    let predicted = deployment(json!({
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "25%"}},
        "selector": {"matchLabels": {"app": "web"}},
    }));
    let ours = json!({"f:spec": {
        "f:strategy": {"f:rollingUpdate": {"f:maxSurge": {}}}, "f:selector": {},
    }});
    let expected = [
        r#"spec.selector: - → {"matchLabels":{"app":"web"}}"#,
        "spec.strategy.rollingUpdate.maxSurge: - → 1",
    ];
    assert_eq!(
        changes(&live, &predicted, (json!({}), ours)),
        (expected.map(str::to_owned).to_vec(), 2)
    );
}

#[test]
fn a_new_subtree_that_is_wholly_ours_is_one_change() {
    let predicted = deployment(json!({"template": {"metadata": {"labels": {"a": "1", "b": "2"}}}}));
    let ours =
        json!({"f:spec": {"f:template": {"f:metadata": {"f:labels": {"f:a": {}, "f:b": {}}}}}});
    let expected = r#"spec.template: - → {"metadata":{"labels":{"a":"1","b":"2"}}}"#;
    assert_eq!(
        changes(&deployment(json!({})), &predicted, (json!({}), ours)),
        (vec![expected.to_owned()], 0)
    );
}

/// A new list of which some items are ours.
#[test]
fn the_items_of_a_new_list_are_told_apart() {
    let live = with_containers(json!([{"name": "web"}]));
    let predicted =
        with_containers(json!([{"name": "web", "env": [{"name": "A"}, {"name": "INJECTED"}]}]));
    // The container itself is another's here, hence no member.
    let ours = of_web(json!({"f:env": {"k:{\"name\":\"A\"}": {".": {}, "f:name": {}}}}));
    let expected = r#"spec.template.spec.containers[web].env[A]: - → {"name":"A"}"#;
    assert_eq!(
        changes(&live, &predicted, (json!({}), ours)),
        (vec![expected.to_owned()], 1)
    );
}

/// engine.md B2: what Argo CD's typed version had to fix, one.
#[test]
fn fields_under_a_free_form_part_are_ours_one_by_one() {
    for dot in [
        json!({".": {}, "f:y": {}, "f:deep": {".": {}, "f:z": {}}}),
        json!({"f:y": {}, "f:deep": {"f:z": {}}}),
    ] {
        let ours = both(json!({"f:spec": {"f:free": dot}}));
        let found = changes(
            &custom(json!({"free": {"y": 1, "deep": {"z": 1}}})),
            &custom(json!({"free": {"y": 2, "deep": {"z": 2}}})),
            ours,
        );
        assert_eq!(found.0, ["spec.free.deep.z: 1 → 2", "spec.free.y: 1 → 2"]);
    }
}

/// engine.md B2, two: composite keys, with the default of one of them.
#[test]
fn items_with_several_keys_are_matched() {
    let service = |ports: Value| {
        object(json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "dns", "namespace": "a"},
            "spec": {"ports": ports},
        }))
    };
    let port = |protocol: &str, target: u16| json!({"port": 53, "protocol": protocol, "targetPort": target});
    let item = json!({".": {}, "f:port": {}, "f:targetPort": {}});
    let ours = both(json!({"f:spec": {"f:ports": {"k:{\"port\":53,\"protocol\":\"TCP\"}": item}}}));
    let found = changes(
        &service(json!([port("UDP", 1), port("TCP", 1)])),
        &service(json!([port("UDP", 2), port("TCP", 2)])),
        ours,
    );
    assert_eq!(
        found,
        (vec!["spec.ports[53/TCP].targetPort: 1 → 2".to_owned()], 1)
    );
}

/// engine.md B2, three: what is gone in the prediction is a change though nothing replaces it.
#[test]
fn a_removed_item_is_not_restored() {
    let env = |names: &[&str]| {
        let items: Vec<_> = names
            .iter()
            .map(|name| json!({"name": name, "value": "1"}))
            .collect();
        with_containers(json!([{"name": "web", "env": items}]))
    };
    let a = json!({".": {}, "f:name": {}, "f:value": {}});
    let ours = (
        of_web(json!({"f:env": {"k:{\"name\":\"A\"}": a, "k:{\"name\":\"B\"}": a}})),
        of_web(json!({"f:env": {"k:{\"name\":\"A\"}": a}})),
    );
    let expected = r#"spec.template.spec.containers[web].env[B]: {"name":"B","value":"1"} → -"#;
    assert_eq!(
        changes(&env(&["A", "B"]), &env(&["A"]), ours),
        (vec![expected.to_owned()], 0)
    );
}

/// Without a CRD at hand, the keys in managedFields say how a list merges.
#[test]
fn keys_are_learned_from_managed_fields() {
    let listeners = |ports: &[(&str, u16)]| {
        let items: Vec<_> = ports
            .iter()
            .map(|(name, port)| json!({"name": name, "port": port, "x": 1}))
            .collect();
        custom(json!({"listeners": items, "tags": ["b", "a"]}))
    };
    let item = |name: &str| {
        (
            format!("k:{{\"name\":\"{name}\"}}"),
            json!({".": {}, "f:name": {}, "f:port": {}}),
        )
    };
    let items: serde_json::Map<_, _> = [item("http"), item("https")].into_iter().collect();
    let ours = both(json!({"f:spec": {"f:listeners": items, "f:tags": {"v:\"a\"": {}}}}));
    let found = changes(
        &listeners(&[("http", 80), ("https", 443)]),
        &listeners(&[("other", 1), ("https", 443), ("http", 81)]),
        ours,
    );
    let expected = [
        "spec.listeners[http].port: 80 → 81",
        r#"spec.listeners: [{"name":"http"},{"name":"https"}] → [{"name":"other"},{"name":"https"},{"name":"http"}] (order)"#,
    ];
    assert_eq!(found, (expected.map(str::to_owned).to_vec(), 1));
}

/// Without keys the places tell items apart.
#[test]
fn atomic_lists_are_ours_as_a_whole() {
    let ours = both(json!({"f:spec": {"f:list": {}}}));
    let found = changes(
        &custom(json!({"list": [1, 2], "theirs": [1]})),
        &custom(json!({"list": [1, 3], "theirs": [2]})),
        ours,
    );
    assert_eq!(found.0, ["spec.list[1]: 2 → -", "spec.list[1]: - → 3"]);
    assert_eq!(found.1, 2);
}

/// apiserver.md section 5, row 1.
#[test]
fn a_new_order_of_our_items_is_a_change_and_of_others_is_none() {
    let env = |names: &[&str]| {
        let items: Vec<_> = names.iter().map(|name| json!({"name": name})).collect();
        with_containers(json!([{"name": "web", "env": items}]))
    };
    let a = json!({".": {}, "f:name": {}});
    let ours = both(of_web(
        json!({"f:env": {"k:{\"name\":\"A\"}": a, "k:{\"name\":\"B\"}": a}}),
    ));
    let found = changes(&env(&["A", "B", "X"]), &env(&["B", "A", "X"]), ours.clone());
    assert_eq!(found.0.len(), 1, "{found:?}");
    assert!(found.0[0].ends_with("(order)"), "{found:?}");
    assert_eq!(
        changes(&env(&["A", "X", "B"]), &env(&["X", "A", "B"]), ours),
        (vec![], 1)
    );
}

/// Row 9: nobody owns the replicas after a scale to 0, and the dry run makes them ours again.
#[test]
fn a_field_that_becomes_ours_again_is_shown() {
    let ours = (
        json!({"f:spec": {"f:paused": {}}}),
        json!({"f:spec": {"f:paused": {}, "f:replicas": {}}}),
    );
    let found = changes(
        &deployment(json!({"replicas": 0})),
        &deployment(json!({"replicas": 1})),
        ours,
    );
    assert_eq!(found, (vec!["spec.replicas: 0 → 1".to_owned()], 0));
}

/// Row 19: a foreign key in an atomic map took the whole map from us; the dry run takes it back.
#[test]
fn a_foreign_key_leaves_an_atomic_map_that_is_ours() {
    let nodes =
        |selector: Value| deployment(json!({"template": {"spec": {"nodeSelector": selector}}}));
    let ours = json!({"f:spec": {"f:template": {"f:spec": {"f:nodeSelector": {}}}}});
    let found = changes(
        &nodes(json!({"a": "1", "foreign": "1"})),
        &nodes(json!({"a": "1"})),
        (json!({}), ours),
    );
    assert_eq!(
        found,
        (
            vec![r#"spec.template.spec.nodeSelector.foreign: "1" → -"#.to_owned()],
            0
        )
    );
}

/// Row 20: somebody added a second variable of one name; the items have no keys then.
#[test]
fn a_second_item_of_one_key_is_ours_to_remove() {
    let env = |values: &[&str]| {
        let items: Vec<_> = values
            .iter()
            .map(|value| json!({"name": "A", "value": value}))
            .collect();
        with_containers(json!([{"name": "web", "env": items}]))
    };
    let a = json!({".": {}, "f:name": {}, "f:value": {}});
    let ours = (
        of_web(json!({"f:image": {}})),
        of_web(json!({"f:image": {}, "f:env": {"k:{\"name\":\"A\"}": a}})),
    );
    let expected = r#"spec.template.spec.containers[web].env[1]: {"name":"A","value":"2"} → -"#;
    assert_eq!(
        changes(&env(&["1", "2"]), &env(&["1"]), ours),
        (vec![expected.to_owned()], 0)
    );
}

/// Rows 10 and 21: amounts and numbers that mean the same.
#[test]
fn another_spelling_of_ours_is_marked() {
    let with = |cpu: Value, replicas: Value| {
        object(json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": replicas, "template": {"spec": {"containers": [{"name": "web", "resources": {"limits": {"cpu": cpu}}}]}}},
        }))
    };
    let ours = both(of_web(json!({"f:resources": {"f:limits": {"f:cpu": {}}}})));
    let found = changes(
        &with(json!("1000m"), json!(1)),
        &with(json!("1"), json!(1.0)),
        ours,
    );
    assert_eq!(
        found,
        (
            vec![
                r#"spec.template.spec.containers[web].resources.limits.cpu: "1000m" → "1" (same)"#
                    .to_owned()
            ],
            0
        )
    );
}

/// Rows 11 and 14: what is owned and absent on both sides is no change.
#[test]
fn owned_fields_that_are_stored_nowhere_are_no_change() {
    let ours =
        both(json!({"f:spec": {"f:paused": {}, "f:minReadySeconds": {}, "f:tolerations": {}}}));
    assert_eq!(
        changes(&deployment(json!({})), &deployment(json!({})), ours),
        (vec![], 0)
    );
}

/// A mapping in place of a text, or the other way round, is one change of ours.
#[test]
fn another_type_is_one_change() {
    let ours = (
        json!({"f:spec": {"f:x": {}}}),
        json!({"f:spec": {"f:x": {"f:y": {}}}}),
    );
    let found = changes(
        &custom(json!({"x": "1"})),
        &custom(json!({"x": {"y": 1}})),
        ours,
    );
    assert_eq!(found, (vec![r#"spec.x: "1" → {"y":1}"#.to_owned()], 0));
}
