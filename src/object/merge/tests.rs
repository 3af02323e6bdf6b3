use serde_json::{Value, json};

use super::merge;
use crate::object::Schema;
use crate::yaml::Segment;

fn deployment() -> Value {
    json!({"spec": {
        "replicas": 1,
        "template": {
            "metadata": {"labels": {"app": "a"}},
            "spec": {
                "nodeSelector": {"os": "linux"},
                "containers": [
                    {
                        "name": "web",
                        "image": "web:1",
                        "args": ["-a", "-b"],
                        "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
                        "ports": [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "name": "tcp"}],
                    },
                    {"name": "sidecar", "image": "sidecar:1"},
                ],
                "tolerations": [{"key": "a"}],
            },
        },
    }})
}

fn schema() -> Schema {
    Schema::builtin("apps", "v1", "Deployment").expect("built in")
}

fn pod(part: Value) -> Value {
    json!({"spec": {"template": {"spec": part}}})
}

fn merged(part: &Value) -> Value {
    let mut value = deployment();
    merge(&mut value, part, &schema()).expect("it merges");
    value
}

/// The problem of a part, and where it stands in it.
fn refused(part: &Value) -> (String, String) {
    let mut value = deployment();
    let (problem, place) = merge(&mut value, part, &schema()).expect_err("it is refused");
    let place = place.iter().map(|segment| match segment {
        Segment::Key(key) => key.clone(),
        Segment::Index(index) => index.to_string(),
    });
    (problem.to_string(), place.collect::<Vec<_>>().join("/"))
}

#[test]
fn mappings_merge_and_null_takes_away() {
    let part = json!({"spec": {"replicas": null, "paused": true, "template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}});
    let mut expected = deployment();
    let spec = expected["spec"].as_object_mut().expect("a mapping");
    spec.remove("replicas");
    spec.insert("paused".to_owned(), json!(true));
    spec["template"]["spec"]["nodeSelector"]["disk"] = json!("ssd");
    assert_eq!(merged(&part), expected);
}

#[test]
fn items_are_found_by_the_keys_of_their_list() {
    let part = pod(json!({"containers": [
        {"name": "sidecar", "image": "sidecar:2"},
        {"name": "web", "env": [{"name": "B", "value": "3"}, {"name": "C", "value": "4"}], "args": ["-c"]},
        {"name": "new", "image": "new:1"},
    ]}));
    let mut expected = deployment();
    let containers = &mut expected["spec"]["template"]["spec"]["containers"];
    containers[1]["image"] = json!("sidecar:2");
    containers[0]["env"] = json!([{"name": "A", "value": "1"}, {"name": "B", "value": "3"}, {"name": "C", "value": "4"}]);
    containers[0]["args"] = json!(["-c"]);
    containers
        .as_array_mut()
        .expect("a list")
        .push(json!({"name": "new", "image": "new:1"}));
    assert_eq!(merged(&part), expected);
}

#[test]
fn a_key_that_is_left_out_has_the_default_of_the_server() {
    let part = pod(
        json!({"containers": [{"name": "web", "ports": [{"containerPort": 53, "hostPort": 53}]}]}),
    );
    let ports = &merged(&part)["spec"]["template"]["spec"]["containers"][0]["ports"];
    assert_eq!(
        ports,
        &json!([
            {"containerPort": 53, "protocol": "UDP"},
            {"containerPort": 53, "name": "tcp", "hostPort": 53},
        ])
    );
}

#[test]
fn an_item_can_be_taken_away() {
    let part = pod(
        json!({"containers": [{"name": "sidecar", "$patch": "delete"}, {"name": "web", "env": [{"name": "A", "$patch": "delete"}]}]}),
    );
    let containers = &merged(&part)["spec"]["template"]["spec"]["containers"];
    assert_eq!(containers.as_array().map(Vec::len), Some(1));
    assert_eq!(containers[0]["env"], json!([{"name": "B", "value": "2"}]));
}

#[test]
fn atomic_lists_are_replaced_and_sets_take_what_they_lack() {
    let part = pod(json!({"tolerations": [{"key": "b"}]}));
    assert_eq!(
        merged(&part)["spec"]["template"]["spec"]["tolerations"],
        json!([{"key": "b"}])
    );
    let mut value =
        json!({"metadata": {"finalizers": ["a"]}, "spec": {"items": [{"name": "a", "b": 1}]}});
    let part = json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"items": [{"name": "a"}]}});
    merge(&mut value, &part, &Schema::none()).expect("it merges");
    let expected =
        json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"items": [{"name": "a"}]}});
    assert_eq!(value, expected, "a kind that nobody knows has atomic lists");
}

#[test]
fn what_cannot_be_meant_is_refused_where_it_stands() {
    let cases = [
        (
            json!({"spec": {"replica": null}}),
            "`spec.replica` is not there, so that it cannot be taken away",
            "spec/replica",
        ),
        (
            json!({"spec": {"strategy": {"rollingUpdate": null}}}),
            "`spec.strategy.rollingUpdate` is not there, so that it cannot be taken away",
            "spec/strategy/rollingUpdate",
        ),
        (
            json!({"spec": {"replicas": [1]}}),
            "`spec.replicas` is one value, and the merge gives a list",
            "spec/replicas",
        ),
        (
            pod(json!({"containers": {"name": "web"}})),
            "`spec.template.spec.containers` is a list, and the merge gives a mapping",
            "spec/template/spec/containers",
        ),
        (
            pod(json!({"containers": [{"name": "web"}, {"image": "x"}]})),
            "an item of `spec.template.spec.containers` is told by `name`, which this one does not name",
            "spec/template/spec/containers/1",
        ),
        (
            pod(json!({"containers": [{"name": "web"}, {"name": "web"}]})),
            "two items for `spec.template.spec.containers[web]` stand in one list",
            "spec/template/spec/containers/1",
        ),
        (
            pod(json!({"containers": [{"name": "gone", "$patch": "delete"}]})),
            "`spec.template.spec.containers[gone]` is not there, so that it cannot be taken away",
            "spec/template/spec/containers/0",
        ),
        (
            pod(json!({"containers": [{"name": "web", "$patch": "replace"}]})),
            "`$patch: \"replace\"` has no meaning here",
            "spec/template/spec/containers/0",
        ),
        (
            pod(json!({"$retainKeys": ["containers"]})),
            "`$retainKeys` has no meaning here",
            "spec/template/spec/$retainKeys",
        ),
        (
            pod(json!({"tolerations": [{"key": "a", "$patch": "delete"}]})),
            "`$patch` has no meaning here",
            "spec/template/spec/tolerations/0",
        ),
    ];
    for (part, message, place) in cases {
        let (told, at) = refused(&part);
        assert_eq!((told.as_str(), at.as_str()), (message, place));
    }
}
