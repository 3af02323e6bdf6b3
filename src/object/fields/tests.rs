use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FieldSet, ManagedFields, Operation, keeps_order};
use crate::object::{Path, Segment};

fn set(fields: &Value) -> FieldSet {
    FieldSet::read(fields).expect("fieldsV1")
}

fn key(name: &str) -> Segment {
    Segment::Key(name.to_owned())
}

fn item(keys: &[(&str, Value)]) -> Segment {
    let keys = keys
        .iter()
        .map(|(key, value)| ((*key).to_owned(), value.clone()));
    Segment::Item(keys.collect())
}

fn named(name: &str) -> Segment {
    item(&[("name", json!(name))])
}

fn path(segments: &[Segment]) -> Path {
    segments.iter().cloned().collect()
}

/// What the server has for a pod template of ours with one container.
fn template() -> FieldSet {
    set(
        &json!({"f:spec": {"f:template": {"f:spec": {"f:containers": {
            "k:{\"name\":\"web\"}": {
                ".": {}, "f:name": {}, "f:image": {}, "f:args": {},
                "f:ports": {"k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:containerPort": {}}},
            },
        }}}}}),
    )
}

fn containers(rest: &[Segment]) -> Path {
    let mut path = Path::of_keys(&["spec", "template", "spec", "containers"]);
    rest.iter().for_each(|segment| path.push(segment.clone()));
    path
}

#[test]
fn a_member_is_a_leaf_or_has_a_dot_and_a_way_is_none() {
    let set = template();
    let port = item(&[("protocol", json!("TCP")), ("containerPort", json!(80))]);
    assert!(set.has_member(&containers(&[named("web")])));
    assert!(set.has_member(&containers(&[named("web"), key("image")])));
    assert!(set.has_member(&containers(&[named("web"), key("ports"), port.clone()])));
    for way in [containers(&[]), containers(&[named("web"), key("ports")])] {
        assert!(set.contains(&way) && !set.has_member(&way), "{way}");
    }
    assert!(!set.covers(&containers(&[])));
    assert!(!set.contains(&containers(&[named("other")])));
    assert!(set.contains(&Path::root()) && !set.has_member(&Path::root()));
    assert!(!FieldSet::default().contains(&Path::root()));
}

#[test]
fn a_member_covers_what_lies_in_it() {
    let set = template();
    let web = |segments: &[Segment]| {
        let mut all = vec![named("web")];
        all.extend_from_slice(segments);
        containers(&all)
    };
    assert!(set.covers(&web(&[key("args"), Segment::Index(3)])));
    assert!(
        set.covers(&web(&[key("imagePullPolicy")])),
        "filled in by the server"
    );
    assert!(!set.covers(&Path::of_keys(&["spec", "replicas"])));
}

#[test]
fn every_kind_of_step_is_read_and_written() {
    let fields = json!({
        "f:metadata": {"f:finalizers": {".": {}, "v:\"a/b\"": {}, "v:1": {}}},
        "f:spec": {"f:a.b/c": {}, "f:": {}, "i:3": {}, "k:{\"b\":1,\"a\":\"x\"}": {"f:y": {}}},
    });
    let set = set(&fields);
    let expected = [
        path(&[key("metadata"), key("finalizers")]),
        path(&[
            key("metadata"),
            key("finalizers"),
            Segment::Element(json!("a/b")),
        ]),
        path(&[
            key("metadata"),
            key("finalizers"),
            Segment::Element(json!(1)),
        ]),
        path(&[key("spec"), key("")]),
        path(&[key("spec"), key("a.b/c")]),
        path(&[
            key("spec"),
            item(&[("a", json!("x")), ("b", json!(1))]),
            key("y"),
        ]),
        path(&[key("spec"), Segment::Index(3)]),
    ];
    assert_eq!(set.members(), expected);
    assert_eq!(set.len(), expected.len());
    assert_eq!(
        set.to_string(),
        r#"{"f:metadata":{"f:finalizers":{".":{},"v:\"a/b\"":{},"v:1":{}}},"f:spec":{"f:":{},"f:a.b/c":{},"i:3":{},"k:{\"a\":\"x\",\"b\":1}":{"f:y":{}}}}"#
    );
    assert_eq!(expected.iter().collect::<FieldSet>(), set);
}

#[test]
fn spellings_of_one_item_are_one_item() {
    let fields = json!({"f:ports": {
        "k:{\"protocol\":\"TCP\",\"port\":80}": {".": {}},
        "k:{\"port\": 80.0, \"protocol\": \"TCP\"}": {"f:port": {}},
    }});
    let set = set(&fields);
    assert_eq!(set.len(), 2);
    // Differences of objects write null for a key that the item leaves out.
    let left_out = item(&[
        ("port", json!(80)),
        ("protocol", json!("TCP")),
        ("ip", json!(null)),
    ]);
    assert!(set.has_member(&path(&[key("ports"), left_out])));
}

#[test]
fn steps_of_newer_servers_are_skipped_and_malformed_ones_are_refused() {
    assert_eq!(
        set(&json!({"f:a": {"x:new": {}}})),
        set(&json!({"f:a": {}}))
    );
    let message = |fields: Value| FieldSet::read(&fields).expect_err("malformed").to_string();
    assert_eq!(message(json!([])), "fieldsV1 is a list, not an object");
    assert_eq!(
        message(json!({"f:spec": {"f:replicas": null}})),
        "fieldsV1[f:spec][f:replicas] is null, not an object"
    );
    for (fields, text) in [
        (
            json!({"spec": {}}),
            "fieldsV1 has the key `spec`: it has no colon after its first letter",
        ),
        (
            json!({"": {}}),
            "fieldsV1 has the key ``: it has no colon after its first letter",
        ),
        (
            json!({"f:a": {"k:[]": {}}}),
            "fieldsV1[f:a] has the key `k:[]`: `k:` is not followed by a JSON object",
        ),
        (
            json!({"v:x": {}}),
            "fieldsV1 has the key `v:x`: `v:` is not followed by JSON",
        ),
        (
            json!({"i:-1": {}}),
            "fieldsV1 has the key `i:-1`: `i:` is not followed by a place in a list",
        ),
        (
            json!({"ü:": {}}),
            "fieldsV1 has the key `ü:`: it has no colon after its first letter",
        ),
    ] {
        assert_eq!(message(fields), text);
    }
}

#[test]
fn fields_are_put_in_and_taken_out() {
    let mut set = template();
    let before = set.clone();
    let image = containers(&[named("web"), key("image")]);
    assert!(!set.insert(&image));
    assert!(set.remove(&image) && !set.remove(&image));
    assert!(set.insert(&image));
    assert_eq!(set, before);
    let web = containers(&[named("web")]);
    assert!(set.remove(&web));
    assert!(set.contains(&web), "what lies in it stays");
    assert!(set.remove_all(&web) && !set.remove_all(&web));
    assert_eq!(set, FieldSet::default(), "no empty way is left");
    assert!(!set.insert(&Path::root()));
}

fn deployment_with(entries: Value) -> Value {
    json!({"metadata": {"name": "web", "managedFields": entries}})
}

#[test]
fn entries_say_who_owns_a_field() {
    let replicas = json!({"f:spec": {"f:replicas": {}}});
    let object = deployment_with(json!([
        {"manager": "kops-stack", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-11-24T10:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": replicas},
        {"manager": "kops-stack", "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:paused": {}}}},
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "apps/v1", "subresource": "scale", "fieldsType": "FieldsV1", "fieldsV1": replicas},
        {"manager": "kops-stack", "operation": "Apply", "apiVersion": "apps/v1", "subresource": "status", "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:x": {}}}},
        {},
    ]));
    let managed = ManagedFields::of(&object).expect("managedFields");
    assert_eq!(managed.entries.len(), 4, "an empty entry resets");
    let ours = managed.ours("kops-stack").expect("we applied");
    assert_eq!(ours.fields.members(), [Path::of_keys(&["spec", "paused"])]);
    assert_eq!(managed.ours("kubectl"), None);
    let of_replicas = Path::of_keys(&["spec", "replicas"]);
    let owners = managed.owners(&of_replicas);
    let owners: Vec<_> = owners
        .map(|entry| {
            (
                entry.manager.as_str(),
                entry.operation,
                entry.subresource.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        owners,
        [
            ("kops-stack", Operation::Update, None),
            ("kube-controller-manager", Operation::Update, Some("scale"))
        ]
    );
    assert!(managed.of_others("kops-stack").has_member(&of_replicas));
    assert!(
        !managed
            .of_others("kops-stack")
            .has_member(&Path::of_keys(&["spec", "paused"]))
    );
    let mut written = object["metadata"]["managedFields"].clone();
    written.as_array_mut().expect("a list").pop();
    assert_eq!(managed.to_value(), written);
    assert_eq!(ManagedFields::of(&json!({})), Ok(ManagedFields::default()));
}

#[test]
fn managed_fields_that_cannot_be_read_say_where() {
    let message = |entries: Value| {
        let error = ManagedFields::of(&deployment_with(entries));
        error.expect_err("malformed").to_string()
    };
    assert_eq!(message(json!({})), "metadata.managedFields is not a list");
    assert_eq!(
        message(json!([1])),
        "metadata.managedFields[0] is not an object"
    );
    assert_eq!(
        message(json!([{"manager": "m", "operation": "Delete"}])),
        "metadata.managedFields[0] of manager `m` has the operation `Delete`, neither Apply nor Update"
    );
    assert_eq!(
        message(json!([{"manager": "m", "operation": "Apply", "fieldsType": "FieldsV2"}])),
        "metadata.managedFields[0] of manager `m` has fields of the type `FieldsV2`, not FieldsV1"
    );
    assert_eq!(
        message(json!([{"manager": "m", "operation": "Apply", "fieldsV1": {"x": {}}}])),
        "metadata.managedFields[0] of manager `m`: fieldsV1 has the key `x`: it has no colon after its first letter"
    );
}

fn env(names: &[&str]) -> Value {
    let items = names.iter().map(|name| json!({"name": name, "value": "1"}));
    let items: Vec<_> = items.collect();
    json!({"spec": {"containers": [{"name": "web", "env": items}]}})
}

/// apiserver.md section 5, row 1: the set and all values are equal, and apply sorts anew.
#[test]
fn items_in_another_order_are_seen() {
    let ours = set(
        &json!({"f:spec": {"f:containers": {"k:{\"name\":\"web\"}": {".": {}, "f:name": {}, "f:env": {
            "k:{\"name\":\"A\"}": {".": {}, "f:name": {}, "f:value": {}},
            "k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}},
        }}}}}),
    );
    let sent = env(&["B", "A"]);
    assert!(!keeps_order(&sent, &env(&["A", "B"]), &ours));
    assert!(keeps_order(&sent, &env(&["B", "A"]), &ours));
    assert!(
        keeps_order(&sent, &env(&["X", "B", "Y", "A", "Z"]), &ours),
        "items of others"
    );
    assert!(!keeps_order(&sent, &env(&["A", "X", "B"]), &ours));
    assert!(
        keeps_order(&sent, &env(&["A"]), &ours),
        "more than the order differs"
    );
    assert!(keeps_order(&sent, &env(&["A", "B"]), &FieldSet::default()));
}

/// apiserver.md section 5, row 2.
#[test]
fn elements_of_sets_have_an_order_too() {
    let ours =
        set(&json!({"f:metadata": {"f:finalizers": {".": {}, "v:\"a\"": {}, "v:\"b\"": {}}}}));
    let object = |finalizers: &[&str]| json!({"metadata": {"finalizers": finalizers}});
    assert!(!keeps_order(
        &object(&["a", "b"]),
        &object(&["b", "a"]),
        &ours
    ));
    assert!(keeps_order(
        &object(&["a", "b"]),
        &object(&["a", "x", "b"]),
        &ours
    ));
}

/// apiserver.md section 5, row 17: the manifest leaves out the protocol that the key has.
#[test]
fn a_key_that_is_left_out_has_its_default() {
    let ours = set(&json!({"f:spec": {"f:ports": {
        "k:{\"port\":53,\"protocol\":\"TCP\"}": {".": {}, "f:port": {}, "f:name": {}},
        "k:{\"port\":53,\"protocol\":\"UDP\"}": {".": {}, "f:port": {}, "f:name": {}, "f:protocol": {}},
    }}}));
    let udp = json!({"port": 53, "protocol": "UDP", "name": "udp"});
    let tcp = json!({"port": 53, "protocol": "TCP", "name": "tcp"});
    let sent_tcp = json!({"port": 53, "name": "tcp"});
    let service = |ports: &[&Value]| json!({"spec": {"ports": ports}});
    assert!(keeps_order(
        &service(&[&udp, &sent_tcp]),
        &service(&[&udp, &tcp]),
        &ours
    ));
    assert!(!keeps_order(
        &service(&[&sent_tcp, &udp]),
        &service(&[&udp, &tcp]),
        &ours
    ));
}

/// apiserver.md section 5, row 28: the order of atomic lists is a matter of their value.
#[test]
fn atomic_lists_are_left_to_the_comparison_of_values() {
    let ours = set(&json!({"f:spec": {"f:rules": {}}}));
    let object = |rules: Value| json!({"spec": {"rules": rules}});
    assert!(keeps_order(
        &object(json!([1, 2])),
        &object(json!([2, 1])),
        &ours
    ));
}

/// Any JSON, with what looks like steps among its keys.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    let step = prop_oneof![
        Just(".".to_owned()),
        ".*",
        "[fkvix]:.*",
        "f:[a-z./]{0,4}",
        "k:\\{\"[ab]\": ?([0-9]|\"x\"|[0-9].0|null|\\[\\])\\}",
        "v:([0-9]|\"[a-z]\"|\\{\\}|null)",
        "i:-?[0-9]{1,22}",
    ];
    leaf.prop_recursive(5, 40, 5, move |inner| {
        prop_oneof![
            4 => prop::collection::vec((step.clone(), inner.clone()), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            1 => prop::collection::vec(inner, 0..3).prop_map(Value::from),
        ]
    })
}

fn any_set() -> impl Strategy<Value = FieldSet> {
    let segment = prop_oneof![
        "[abc]".prop_map(Segment::Key),
        "[ab]".prop_map(|name| named(&name)),
        (0..3i64, "[xy]").prop_map(|(port, protocol)| {
            item(&[("port", json!(port)), ("protocol", json!(protocol))])
        }),
        "[ab]".prop_map(|text| Segment::Element(json!(text))),
        (0..3usize).prop_map(Segment::Index),
    ];
    let path = prop::collection::vec(segment, 1..4).prop_map(|segments| path(&segments));
    prop::collection::vec(path, 0..12).prop_map(|paths| paths.iter().collect())
}

fn holds(set: &FieldSet, path: &Path) -> bool {
    set.has_member(path)
}

proptest! {
    #[test]
    fn any_json_is_read_or_refused(json in any_json()) {
        if let Ok(set) = FieldSet::read(&json) {
            prop_assert_eq!(FieldSet::read(&set.to_value()), Ok(set));
        }
        let _ = ManagedFields::of(&json);
        let _ = ManagedFields::of(&deployment_with(json));
    }

    #[test]
    fn what_is_written_is_read_again(set in any_set()) {
        prop_assert_eq!(FieldSet::read(&set.to_value()), Ok(set.clone()));
        prop_assert_eq!(set.members().iter().collect::<FieldSet>(), set.clone());
        prop_assert_eq!(set.members().len(), set.len());
        prop_assert!(set.members().iter().all(|path| set.has_member(path) && set.covers(path) && set.contains(path)));
    }

    /// Each law is that of the members, one by one.
    #[test]
    fn sets_obey_the_laws_of_sets(a in any_set(), b in any_set(), c in any_set()) {
        let (union, minus, both) = (a.union(&b), a.difference(&b), a.intersection(&b));
        for path in union.members().iter().chain(&a.members()).chain(&b.members()) {
            let (in_a, in_b) = (holds(&a, path), holds(&b, path));
            prop_assert_eq!(holds(&union, path), in_a || in_b);
            prop_assert_eq!(holds(&minus, path), in_a && !in_b);
            prop_assert_eq!(holds(&both, path), in_a && in_b);
        }
        prop_assert_eq!(union.len(), a.len() + b.len() - both.len());
        prop_assert_eq!(&a.union(&a), &a);
        prop_assert_eq!(&union.union(&b), &union);
        prop_assert_eq!(&b.union(&a), &union);
        prop_assert_eq!(a.union(&b.union(&c)), union.union(&c));
        prop_assert_eq!(b.intersection(&a), both.clone());
        prop_assert_eq!(minus.difference(&b), minus.clone());
        prop_assert_eq!(minus.union(&both), a.clone());
        prop_assert!(minus.intersection(&b).is_empty() && a.difference(&a).is_empty());
        prop_assert!(a.is_subset(&union) && both.is_subset(&a) && minus.is_subset(&a));
        prop_assert_eq!(a.is_subset(&b), minus.is_empty());
        prop_assert_eq!(a.is_subset(&b) && b.is_subset(&a), a == b);
    }

    #[test]
    fn taking_out_undoes_putting_in(set in any_set(), other in any_set()) {
        let mut changed = set.clone();
        for path in other.members() {
            prop_assert_eq!(changed.insert(&path), !set.has_member(&path));
        }
        prop_assert_eq!(&changed, &set.union(&other));
        for path in other.members() {
            prop_assert!(changed.remove(&path));
        }
        prop_assert_eq!(changed, set.difference(&other));
    }
}
