//! Watches, explanations and permissions.

use std::time::Duration;

use kops_stack::kubernetes::{Cluster, Permission};
use kops_stack::model::api::Kind;
use kops_stack::model::server::{Propagation, Seen, Server};
use kops_stack::model::work::Revision;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::{
    Kubeconfig, apply, block_on, cluster, config_map, connect_by, labelled, namespace, target,
    with_cluster,
};
use crate::support::control_plane::{ControlPlane, shared};
use crate::support::proxy::{Harm, Proxy};

async fn next(seen: &mut UnboundedReceiver<Seen>) -> String {
    let next = tokio::time::timeout(Duration::from_secs(20), seen.recv()).await;
    match next.expect("it comes in time").expect("the watch goes on") {
        Seen::Object(object) => {
            let value = object.get(&["data", "k"]).and_then(Value::as_str);
            format!("{} {}", object.name(), value.unwrap_or("-"))
        }
        Seen::Gone(identity) => format!("{} gone", identity.name),
        Seen::Failed(error) => panic!("{error}"),
    }
}

#[test]
fn a_watch_tells_what_is_there_and_what_changes() {
    let name = "adapter-watch";
    with_cluster(name, async |cluster| {
        let map = |object: &str, value: &str| {
            labelled(name, config_map(name, object, json!({"k": value})))
        };
        apply(&cluster, &map("a", "1")).await;
        apply(&cluster, &config_map(name, "foreign", json!({"k": "1"}))).await;
        let (into, mut seen) = unbounded_channel();
        let kind = Kind::new("", "v1", "ConfigMap");
        let changes = async {
            assert_eq!(next(&mut seen).await, "a 1");
            apply(&cluster, &map("b", "1")).await;
            assert_eq!(next(&mut seen).await, "b 1");
            let now = apply(&cluster, &map("a", "2")).await;
            assert_eq!(next(&mut seen).await, "a 2");
            let at = target(&map("a", "2"));
            let gone = cluster
                .delete(&at, &Revision::of(&now), Propagation::Background)
                .await;
            assert_eq!(gone, Ok(true));
            assert_eq!(next(&mut seen).await, "a gone");
            // The watch ends when nobody listens.
            drop(seen);
        };
        let watch = tokio::time::timeout(Duration::from_secs(60), cluster.watch(&kind, into));
        let (ended, ()) = futures::join!(watch, changes);
        ended.expect("it ends by itself");
    });
}

#[test]
fn a_watch_that_is_cut_misses_nothing() {
    let Some(plane) = shared() else { return };
    let name = "adapter-watch-cut";
    let proxy = Proxy::before(plane);
    block_on(async {
        let direct = cluster(plane, name).await;
        apply(&direct, &namespace(name)).await;
        let map = |object: &str, value: &str| {
            labelled(name, config_map(name, object, json!({"k": value})))
        };
        let first = apply(&direct, &map("a", "1")).await;
        let through = Cluster::new(connect_by(&proxy.kubeconfig).await, name);
        through.learn_kinds().await.expect("it answers");
        let (into, mut seen) = unbounded_channel();
        let kind = Kind::new("", "v1", "ConfigMap");
        let changes = async {
            assert_eq!(next(&mut seen).await, "a 1");
            // Connections are cut, and for a while each watch is refused as too old.
            proxy.go_on();
            proxy.harm(
                |seen, number| match seen.query.contains("watch=true") && number < 3 {
                    true => Harm::answer(
                        410,
                        r#"{"kind":"Status","reason":"Expired","message":"too old","code":410}"#,
                    ),
                    false => Harm::None,
                },
            );
            apply(&direct, &map("b", "1")).await;
            let at = target(&map("a", "1"));
            direct
                .delete(&at, &Revision::of(&first), Propagation::Background)
                .await
                .expect("nothing moved");
            let mut told = Vec::new();
            while !(told.contains(&"b 1".to_owned()) && told.contains(&"a gone".to_owned())) {
                told.push(next(&mut seen).await);
            }
            drop(seen);
        };
        let watch = tokio::time::timeout(Duration::from_secs(60), through.watch(&kind, into));
        let (ended, ()) = futures::join!(watch, changes);
        ended.expect("it ends by itself");
    });
}

#[test]
fn a_watch_of_a_kind_that_is_not_served_fails() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let cluster = cluster(plane, "adapter-watch-none").await;
        let (into, mut seen) = unbounded_channel();
        cluster
            .watch(&Kind::new("none.example.com", "v1", "None"), into)
            .await;
        let told = seen.recv().await.expect("it is told");
        assert!(matches!(told, Seen::Failed(error) if error.code == 404));
    });
}

fn deployment(namespace: &str, spec: Value) -> Value {
    let mut pod = json!({"containers": [{"name": "c", "image": "a:1"}]});
    for (key, value) in spec.as_object().expect("it is a map") {
        pod[key] = value.clone();
    }
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": namespace},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": pod},
        },
    })
}

/// What is told once anything is.
async fn explained(cluster: &Cluster, payload: &Value, wanted: &str) -> Vec<String> {
    let object = apply(cluster, payload).await;
    let mut told = Vec::new();
    for _ in 0..100 {
        told = cluster.explain(&object).await;
        if told.iter().any(|line| line.contains(wanted)) {
            return told;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("`{wanted}` is not told: {told:?}");
}

#[test]
fn pods_that_no_node_takes_are_explained() {
    let name = "adapter-unscheduled";
    with_cluster(name, async |cluster| {
        let payload = deployment(name, json!({"nodeSelector": {"none": "such"}}));
        let told = explained(&cluster, &payload, "not scheduled").await;
        assert!(told[0].starts_with("pod web-"), "{told:?}");
        assert!(
            told[0].contains("didn't match Pod's node affinity/selector"),
            "{told:?}"
        );
    });
}

#[test]
fn pods_that_cannot_be_made_are_explained_by_events() {
    let name = "adapter-uncreated";
    with_cluster(name, async |cluster| {
        let payload = deployment(name, json!({"serviceAccountName": "none"}));
        let told = explained(&cluster, &payload, "FailedCreate").await;
        assert!(told[0].starts_with("ReplicaSet web-"), "{told:?}");
        assert!(
            told[0].contains("serviceaccount \"none\" not found"),
            "{told:?}"
        );
    });
}

/// No simulated pod crashes: the answers about it are made here.
#[test]
fn a_crash_is_explained_by_its_last_words() {
    let Some(plane) = shared() else { return };
    let name = "adapter-crash";
    let proxy = Proxy::before(plane);
    let pods = json!({"kind": "PodList", "items": [{"metadata": {"name": "web-1", "namespace": name}, "status": {
        "phase": "Running", "containerStatuses": [{"name": "c", "ready": false, "restartCount": 3,
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}]}}]});
    proxy.harm(move |seen, _| match seen.path.rsplit('/').next() {
        Some("pods") => Harm::answer(200, &pods.to_string()),
        Some("log")
            if seen.query.contains("previous=true") && seen.query.contains("container=c") =>
        {
            Harm::answer(
                200,
                "starting\n\nDB_PASSWORD=canary is wrong\npanic: no database\n",
            )
        }
        _ => Harm::None,
    });
    block_on(async {
        let cluster = Cluster::new(connect_by(&proxy.kubeconfig).await, name);
        cluster.learn_kinds().await.expect("it answers");
        let object = kops_stack::object::Object::new(deployment(name, json!({})));
        let told = cluster.explain(&object.expect("it is one")).await;
        let expected = [
            "pod web-1: container c crashes: exit code 1 (Error), restarted 3 times",
            "last lines of web-1/c before it restarted:",
            "  starting",
            "  DB_PASSWORD=*** is wrong",
            "  panic: no database",
        ];
        assert_eq!(told, expected);
        // Where nothing can be read, nothing is told.
        proxy.harm(|_, _| Harm::answer(403, "no"));
        assert!(
            cluster
                .explain(
                    &kops_stack::object::Object::new(deployment(name, json!({})))
                        .expect("it is one")
                )
                .await
                .is_empty()
        );
    });
}

/// A user by impersonation, with what the control plane's administrator may do to begin with.
fn as_user(plane: &ControlPlane, user: &str) -> Kubeconfig {
    let text = fs_err::read_to_string(&plane.kubeconfig).expect("it can be read");
    let text = text.replace("  user:\n", &format!("  user:\n    as: {user}\n"));
    Kubeconfig::with(&text)
}

#[test]
fn what_a_user_may_not_do_is_named() {
    let Some(plane) = shared() else { return };
    let name = "adapter-access";
    let kubeconfig = as_user(plane, "adapter-someone");
    block_on(async {
        let admin = cluster(plane, name).await;
        apply(&admin, &namespace(name)).await;
        let permission = |verb: &str, kind: &Kind, namespace: Option<&str>| Permission {
            verb: verb.to_owned(),
            kind: kind.clone(),
            namespace: namespace.map(str::to_owned),
        };
        let maps = Kind::new("", "v1", "ConfigMap");
        let deployments = Kind::new("apps", "v1", "Deployment");
        let nodes = Kind::new("", "v1", "Node");
        let later = Kind::new("later.example.com", "v1", "Policy");
        let wanted = [
            permission("patch", &maps, Some(name)),
            permission("delete", &maps, Some(name)),
            permission("patch", &maps, Some("default")),
            permission("patch", &deployments, Some(name)),
            permission("patch", &deployments, Some("default")),
            permission("list", &nodes, None),
            permission("patch", &nodes, None),
            permission("patch", &later, Some(name)),
        ];
        assert_eq!(admin.not_permitted(&wanted).await, Ok(Vec::new()));
        let role = |kind: &str, rules: Value| {
            let mut role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": "adapter-someone"}, "rules": rules});
            if kind == "Role" {
                role["metadata"]["namespace"] = name.into();
            }
            role
        };
        let binding = |kind: &str, of: &str| {
            let mut binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
                "metadata": {"name": "adapter-someone"},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": of, "name": "adapter-someone"},
                "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "adapter-someone"}]});
            if kind == "RoleBinding" {
                binding["metadata"]["namespace"] = name.into();
            }
            binding
        };
        let everywhere = json!([
            {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["*"]},
            {"apiGroups": [""], "resources": ["nodes"], "verbs": ["list"]},
        ]);
        let here = json!([
            {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]},
            {"apiGroups": ["later.example.com"], "resources": ["policies"], "verbs": ["*"]},
        ]);
        for payload in [
            role("ClusterRole", everywhere),
            role("Role", here),
            binding("ClusterRoleBinding", "ClusterRole"),
            binding("RoleBinding", "Role"),
        ] {
            apply(&admin, &payload).await;
        }
        let user = Cluster::new(connect_by(&kubeconfig.path).await, name);
        user.learn_kinds().await.expect("everybody may");
        let expected = [
            permission("delete", &maps, Some(name)),
            permission("patch", &nodes, None),
            permission("patch", &maps, Some("default")),
        ];
        // The server's authorizer learns of new roles a moment later.
        let mut missing = Vec::new();
        for _ in 0..50 {
            missing = user
                .not_permitted(&wanted)
                .await
                .expect("everybody may ask");
            if missing.len() == expected.len() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        missing.sort();
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(missing, expected);

        // Who may not list reads by name, and what it may not get is told.
        let ours = config_map(name, "a", json!({}));
        let other = config_map(name, "b", json!({}));
        let targets = [target(&ours), target(&other)];
        let live = user.live(&targets, None).await.expect("it can be read");
        assert!(live.objects.is_empty());
        assert_eq!(live.unreadable.len(), 2);
        assert!(
            live.unreadable
                .values()
                .all(kops_stack::model::api::ApiError::is_forbidden)
        );
    });
}
