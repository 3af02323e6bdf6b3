//! Objects of many built-in kinds, with what a server stores otherwise than it was sent: defaults,
//! quantities, zero values, empties (also of what was filled), nulls, lists by keys and their order, ports,
//! text for `data`.

use kops_stack::yaml::Value;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;

/// All objects of an environment at one time; each state is another one of the same names.
pub fn state(namespace: &str) -> impl Strategy<Value = Vec<Value>> + use<> {
    let about = |name: &str| {
        let mut about = json!({"name": name, "namespace": namespace});
        // A null in a manifest is as if it were not there.
        if name == "nulls" {
            about["annotations"] = Value::Null;
        }
        about
    };
    let workload = |kind: &'static str, name: &str| {
        let about = about(name);
        let spec = (pod(), select(vec![0, 1]), 0..3_u8)
            .prop_map(move |(pod, replicas, more)| workload(kind, &about, &pod, replicas, more));
        present(spec)
    };
    let simple = |api: &'static str, kind: &'static str, name: &str, body: BoxedStrategy<Value>| {
        let about = about(name);
        present(body.prop_map(move |mut value| {
            value["apiVersion"] = json!(api);
            value["kind"] = json!(kind);
            value["metadata"] = about.clone();
            value
        }))
    };
    let role = json!([{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]);
    let all: Vec<BoxedStrategy<Option<Value>>> = vec![
        workload("Deployment", "web"),
        workload("Deployment", "nulls"),
        workload("StatefulSet", "state"),
        workload("DaemonSet", "daemon"),
        simple("v1", "ConfigMap", "settings", config_map()),
        simple("v1", "ConfigMap", "nulls", config_map()),
        simple("v1", "Secret", "keys", secret()),
        simple("v1", "Service", "web", service(false)),
        simple("v1", "Service", "headless", service(true)),
        simple("networking.k8s.io/v1", "Ingress", "web", ingress()),
        simple(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "web",
            network_policy(),
        ),
        simple("policy/v1", "PodDisruptionBudget", "web", budget()),
        simple("v1", "ResourceQuota", "all", quota()),
        simple("v1", "LimitRange", "all", limits()),
        simple("v1", "ServiceAccount", "one", account()),
        simple(
            "rbac.authorization.k8s.io/v1",
            "Role",
            "one",
            of("rules", vec![json!([]), role]),
        ),
        simple(
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            "one",
            binding(),
        ),
        webhooks(namespace),
    ];
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
    all.prop_map(move |objects| {
        let mut state = vec![namespace.clone()];
        state.extend(objects.into_iter().flatten());
        state
    })
}

/// Mostly there: what goes away and comes back is a change like others.
fn present(object: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Option<Value>> {
    proptest::option::weighted(0.85, object).boxed()
}

/// One of some values of a key, or without it.
fn of(key: &'static str, values: Vec<Value>) -> BoxedStrategy<Value> {
    proptest::option::of(select(values))
        .prop_map(move |value| match value {
            Some(value) => json!({ key: value }),
            None => json!({}),
        })
        .boxed()
}

/// Several keys, each with one of its values or without.
fn keys(choices: Vec<(&'static str, Vec<Value>)>) -> BoxedStrategy<Value> {
    let parts: Vec<_> = choices
        .into_iter()
        .map(|(key, values)| of(key, values))
        .collect();
    parts.prop_map(|parts| merged(&parts)).boxed()
}

fn merged(parts: &[Value]) -> Value {
    let parts = parts.iter().filter_map(Value::as_object);
    parts
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Some of the values, in any order.
fn shuffled(values: Vec<Value>) -> BoxedStrategy<Value> {
    let count = values.len();
    subsequence(values, 0..=count)
        .prop_shuffle()
        .prop_map(Value::Array)
        .boxed()
}

fn pod() -> BoxedStrategy<Value> {
    let env = shuffled(vec![
        json!({"name": "A", "value": "1"}),
        json!({"name": "B", "value": "$(A)"}),
        json!({"name": "EMPTY", "value": ""}),
        json!({"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}),
        json!({"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}}),
    ]);
    let ports = shuffled(vec![
        json!({"containerPort": 53}),
        json!({"containerPort": 53, "protocol": "UDP", "name": "dns"}),
        json!({"containerPort": 8080, "name": "http", "protocol": "TCP"}),
    ]);
    let container = keys(vec![
        ("image", vec![json!("web:1"), json!("web:2")]),
        ("args", vec![json!([]), json!(["--a", "--b"])]),
        (
            "securityContext",
            vec![
                json!({"runAsNonRoot": false}),
                json!({"runAsNonRoot": true}),
            ],
        ),
        (
            "resources",
            vec![
                json!({"requests": {"cpu": "1000m", "memory": "1024Mi"}}),
                json!({"requests": {"cpu": 0.1}, "limits": {"cpu": "0.5"}}),
            ],
        ),
        (
            "readinessProbe",
            vec![
                json!({"httpGet": {"port": 8080}}),
                json!({"tcpSocket": {"port": "http"}, "periodSeconds": 5}),
            ],
        ),
    ]);
    let spec = keys(vec![
        (
            "nodeSelector",
            vec![json!({}), json!({"kubernetes.io/os": "linux"})],
        ),
        (
            "tolerations",
            vec![
                json!([]),
                json!([{"operator": "Exists", "effect": "NoSchedule"}, {"key": "a", "value": "b", "effect": "NoExecute"}]),
            ],
        ),
        (
            "imagePullSecrets",
            vec![
                json!([{"name": "b"}, {"name": "a"}]),
                json!([{"name": "a"}]),
            ],
        ),
        ("hostNetwork", vec![json!(false)]),
        (
            "securityContext",
            vec![json!({"fsGroup": 0}), json!({"fsGroup": 1}), json!({})],
        ),
        ("terminationGracePeriodSeconds", vec![json!(0), json!(30)]),
        (
            "topologySpreadConstraints",
            vec![json!([
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {}},
            ])],
        ),
        (
            "volumes",
            vec![
                json!([{"name": "tmp", "emptyDir": {}}]),
                json!([{"name": "scratch", "emptyDir": {"sizeLimit": "1024Mi"}}]),
            ],
        ),
    ]);
    (env, ports, container, spec)
        .prop_map(|(env, ports, container, mut spec)| {
            let mut container = merged(&[json!({"name": "web", "image": "web:0"}), container]);
            container["env"] = env;
            container["ports"] = ports;
            spec["containers"] = json!([container, {"name": "beside", "image": "beside:1", "resources": {}, "securityContext": {}}]);
            spec
        })
        .boxed()
}

fn workload(kind: &str, about: &Value, pod: &Value, replicas: u8, more: u8) -> Value {
    let labels = json!({"app": about["name"]});
    let mut spec = json!({
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels, "creationTimestamp": null}, "spec": pod},
    });
    if kind != "DaemonSet" {
        spec["replicas"] = json!(replicas);
    }
    match (kind, more) {
        ("Deployment", 0) => spec["paused"] = json!(false),
        ("Deployment", 1) => spec["strategy"] = json!({"rollingUpdate": {"maxSurge": "50%"}}),
        ("StatefulSet", _) => spec["serviceName"] = json!("state"),
        (_, 2) => spec["minReadySeconds"] = json!(0),
        _ => {}
    }
    json!({"apiVersion": "apps/v1", "kind": kind, "metadata": about, "spec": spec, "status": {}})
}

fn config_map() -> BoxedStrategy<Value> {
    keys(vec![
        (
            "data",
            vec![
                json!({"a": "1", "b": ""}),
                json!({"a": "2", "c": "two\nlines\n", "d.yaml": "x: 1"}),
            ],
        ),
        (
            "binaryData",
            vec![json!({"x": "Yg=="}), json!({"x": "Y2M=", "y": ""})],
        ),
    ])
}

fn secret() -> BoxedStrategy<Value> {
    keys(vec![
        (
            "data",
            vec![json!({"a": "Yg=="}), json!({"a": "Y2M=", "c": ""})],
        ),
        (
            "stringData",
            vec![json!({"a": "not-for-eyes"}), json!({"b": "not-for-eyes"})],
        ),
        ("type", vec![json!("Opaque")]),
    ])
}

fn service(headless: bool) -> BoxedStrategy<Value> {
    let ports = select(vec![
        json!([{"port": 80}]),
        json!([{"name": "http", "port": 80, "targetPort": "http"}, {"name": "dns", "port": 53, "protocol": "UDP"}]),
        json!([{"name": "dns", "port": 53, "protocol": "UDP"}, {"name": "dns-tcp", "port": 53, "targetPort": 5353}]),
        json!([{"name": "http", "port": 8080, "protocol": "TCP", "targetPort": 80, "nodePort": 0}]),
    ]);
    let more = keys(vec![
        ("sessionAffinity", vec![json!("None"), json!("ClientIP")]),
        ("publishNotReadyAddresses", vec![json!(false), json!(true)]),
        (
            "internalTrafficPolicy",
            vec![json!("Cluster"), json!("Local")],
        ),
        ("externalIPs", vec![json!([])]),
    ]);
    let selector = select(vec![
        json!({"app": "web"}),
        json!({"app": "web", "tier": "front"}),
    ]);
    (ports, more, selector)
        .prop_map(move |(ports, mut spec, selector)| {
            spec["ports"] = ports;
            spec["selector"] = selector;
            if headless {
                spec["clusterIP"] = json!("None");
            }
            // Nothing need answer for it here.
            json!({"spec": spec})
        })
        .boxed()
}

fn ingress() -> BoxedStrategy<Value> {
    let backend = json!({"service": {"name": "web", "port": {"number": 80}}});
    let path = json!({"path": "/", "pathType": "Prefix", "backend": backend});
    let rule = |host: &str| json!({"host": host, "http": {"paths": [path]}});
    let rules = shuffled(vec![rule("a.example.com"), rule("b.example.com"), rule("")]);
    (rules, select(vec![json!([]), json!([{"hosts": ["a.example.com"]}])]))
        .prop_map(move |(rules, tls)| {
            // A class that nobody serves: no address is waited for.
            json!({"spec": {"ingressClassName": "nobody", "defaultBackend": backend, "rules": rules, "tls": tls}})
        })
        .boxed()
}

fn network_policy() -> BoxedStrategy<Value> {
    let selector = select(vec![
        json!({}),
        json!({"matchLabels": {}}),
        json!({"matchLabels": {"app": "web"}}),
    ]);
    let rules = || {
        vec![
            json!([]),
            json!([{}]),
            json!([{"ports": [{"port": 80}, {"port": "http", "protocol": "TCP"}], "from": []}]),
        ]
    };
    let spec = keys(vec![
        ("ingress", rules()),
        (
            "policyTypes",
            vec![json!(["Ingress"]), json!(["Ingress", "Egress"])],
        ),
    ]);
    (selector, spec)
        .prop_map(|(selector, mut spec)| {
            spec["podSelector"] = selector;
            json!({"spec": spec})
        })
        .boxed()
}

fn budget() -> BoxedStrategy<Value> {
    let some = select(vec![
        json!({"minAvailable": 0}),
        json!({"minAvailable": "50%"}),
        json!({"maxUnavailable": 1}),
        json!({"maxUnavailable": "100%", "unhealthyPodEvictionPolicy": "AlwaysAllow"}),
    ]);
    some.prop_map(|mut spec| {
        spec["selector"] = json!({"matchLabels": {"app": "web"}});
        json!({"spec": spec})
    })
    .boxed()
}

fn quota() -> BoxedStrategy<Value> {
    select(vec![
        json!({"spec": {"hard": {"pods": 100, "requests.storage": "1024Gi"}}}),
        json!({"spec": {"hard": {"pods": "100", "count/configmaps": "1e3"}}}),
        json!({"spec": {"hard": {"pods": 50}}}),
    ])
    .boxed()
}

fn limits() -> BoxedStrategy<Value> {
    select(vec![
        json!({"spec": {"limits": [{"type": "Container", "default": {"cpu": "1000m"}, "defaultRequest": {"cpu": 0.1}}]}}),
        json!({"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "4096Gi"}}, {"type": "Container", "default": {"cpu": 2}}]}}),
    ])
    .boxed()
}

fn account() -> BoxedStrategy<Value> {
    keys(vec![
        (
            "automountServiceAccountToken",
            vec![json!(false), json!(true)],
        ),
        (
            "imagePullSecrets",
            vec![json!([]), json!([{"name": "b"}, {"name": "a"}])],
        ),
    ])
}

fn binding() -> BoxedStrategy<Value> {
    let subjects = shuffled(vec![
        json!({"kind": "User", "name": "jo"}),
        json!({"kind": "ServiceAccount", "name": "one", "namespace": "default"}),
        json!({"kind": "Group", "name": "all", "apiGroup": "rbac.authorization.k8s.io"}),
    ]);
    subjects
        .prop_map(|subjects| {
            let role = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"});
            json!({"roleRef": role, "subjects": subjects})
        })
        .boxed()
}

/// Of a namespace that does not exist, so that nobody is asked.
fn webhooks(name: &str) -> BoxedStrategy<Option<Value>> {
    let name = name.to_owned();
    let empties = keys(vec![
        ("matchConditions", vec![json!([])]),
        (
            "objectSelector",
            vec![json!({}), json!({"matchLabels": {}})],
        ),
        ("timeoutSeconds", vec![json!(10), json!(1)]),
        ("failurePolicy", vec![json!("Ignore")]),
    ]);
    let object = empties.prop_map(move |mut webhook| {
        webhook["name"] = json!(format!("all.{name}.test"));
        webhook["admissionReviewVersions"] = json!(["v1"]);
        webhook["sideEffects"] = json!("None");
        webhook["clientConfig"] = json!({"url": "https://127.0.0.1:1/"});
        webhook["namespaceSelector"] = json!({"matchLabels": {"kubernetes.io/metadata.name": "nowhere"}});
        webhook["rules"] = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]);
        json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": name},
            "webhooks": [webhook],
        })
    });
    present(object)
}
