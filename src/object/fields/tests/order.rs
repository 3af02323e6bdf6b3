use serde_json::{Value, json};

use super::set;
use crate::object::fields::{FieldSet, keeps_order};

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
