//! Sets of fields, their laws, and what follows of them.

mod changes;
mod laws;
mod managed;
mod order;

use serde_json::{Value, json};

use super::FieldSet;
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
