//! Which requests the adapter makes, as a proxy before the server sees them.

use std::time::Duration;

use kops_stack::kubernetes::Cluster;
use kops_stack::model::live::{Answer, Probe};
use kops_stack::model::server::Server;
use serde_json::json;

use super::{apply, block_on, cluster, config_map, connect_by, labelled, namespace, target};
use crate::support::control_plane::shared;
use crate::support::proxy::{Harm, Moment, Proxy};

#[test]
fn a_read_is_one_request_for_each_kind() {
    let Some(plane) = shared() else { return };
    let name = "adapter-requests";
    let proxy = Proxy::before(plane);
    block_on(async {
        let direct = cluster(plane, name).await;
        apply(&direct, &namespace(name)).await;
        let mut payloads = vec![namespace(name)];
        for number in 0..5 {
            let object = format!("a-{number}");
            payloads.push(labelled(name, config_map(name, &object, json!({"k": "v"}))));
            let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": object, "namespace": name}});
            payloads.push(labelled(name, account));
        }
        for payload in &payloads {
            apply(&direct, payload).await;
        }
        let connection = connect_by(&proxy.kubeconfig).await;
        connection.cluster_id().await.expect("it is reached");
        let through = Cluster::new(connection, name);
        let targets: Vec<_> = payloads.iter().map(target).collect();
        let live = through.live(&targets, None).await.expect("it can be read");
        assert_eq!(live.objects.len(), payloads.len());
    });
    let mut seen: Vec<String> = proxy.requests().iter().map(ToString::to_string).collect();
    seen.sort();
    let expected = [
        "GET /api",
        "GET /api/v1/namespaces/adapter-requests",
        "GET /api/v1/namespaces/adapter-requests/configmaps?limit=500&labelSelector=kops-stack.io%2Fenvironment%3Dadapter-requests",
        "GET /api/v1/namespaces/adapter-requests/serviceaccounts?limit=500",
        "GET /api/v1/namespaces/kube-system",
        "GET /apis",
        "GET /version",
    ];
    assert_eq!(seen, expected);
    let agent = concat!("kops-stack/", env!("CARGO_PKG_VERSION"));
    assert!(proxy.requests().iter().all(|seen| seen.user_agent == agent));
}

#[test]
fn a_busy_server_is_asked_again_and_a_broken_one_told() {
    let Some(plane) = shared() else { return };
    let proxy = Proxy::before(plane);
    block_on(async {
        let connection = connect_by(&proxy.kubeconfig).await;
        proxy.harm(|_, number| match number {
            0 => Harm::Answer {
                status: 429,
                headers: vec![("retry-after", "1".to_owned())],
                body: "Too many requests, please try again later.".to_owned(),
            },
            1 => Harm::CutAfter,
            _ => Harm::None,
        });
        let cluster = Cluster::new(connection, "adapter-busy");
        cluster.learn_kinds().await.expect("it answers in the end");
        assert_eq!(proxy.requests().len(), 4, "two were asked twice");

        proxy.harm(|_, _| {
            Harm::answer(
                500,
                r#"{"kind":"Status","message":"etcdserver: no leader","code":500}"#,
            )
        });
        let payload = config_map("default", "adapter-busy", json!({}));
        let error = cluster
            .apply(&target(&payload), &payload, None, false)
            .await;
        assert_eq!(error.expect_err("it fails").code, 500);
        let probe = Probe {
            target: target(&payload),
            payload: payload.into(),
            elsewhere: false,
        };
        let before = proxy.requests().len();
        let answer = cluster.probe(&probe).await;
        assert!(matches!(answer, Answer::Refused(error) if error.code == 500));
        assert_eq!(
            proxy.requests().len(),
            before + 1,
            "apply repeats, nobody else"
        );
    });
}

#[test]
fn a_held_write_has_happened_or_not() {
    let Some(plane) = shared() else { return };
    let proxy = Proxy::before(plane);
    for (name, moment, expected) in [
        ("adapter-held-before", Moment::Before, false),
        ("adapter-held-after", Moment::After, true),
    ] {
        proxy.go_on();
        proxy.hold_at_write(2, moment);
        block_on(async {
            let through = Cluster::new(connect_by(&proxy.kubeconfig).await, name);
            through.learn_kinds().await.expect("reads are not held");
            let first = config_map("default", &format!("{name}-1"), json!({}));
            apply(&through, &first).await;
            let second = config_map("default", &format!("{name}-2"), json!({}));
            let at = target(&second);
            let write = through.apply(&at, &second, None, false);
            let cut = tokio::time::timeout(Duration::from_secs(2), write).await;
            assert!(cut.is_err(), "no answer comes");
            assert!(proxy.wait_until_held(Duration::from_secs(1)));
            let direct = cluster(plane, name).await;
            let there = direct.get(&at).await.expect("it can be read").is_some();
            assert_eq!(there, expected, "{moment:?}");
        });
        assert_eq!(proxy.writes().len(), 2);
    }
}

#[test]
fn a_server_without_aggregated_discovery_is_understood() {
    let Some(plane) = shared() else { return };
    let proxy = Proxy::before(plane);
    proxy.harm(|seen, _| match seen.path.as_str() {
        "/api" => Harm::answer(200, r#"{"kind":"APIVersions","versions":["v1"]}"#),
        "/apis" => Harm::answer(
            200,
            r#"{"kind":"APIGroupList","groups":[
                {"name":"apps","versions":[{"groupVersion":"apps/v1","version":"v1"}]},
                {"name":"down.example.com","versions":[{"groupVersion":"down.example.com/v1","version":"v1"}]}]}"#,
        ),
        _ => Harm::None,
    });
    block_on(async {
        let direct = cluster(plane, "adapter-old").await;
        let old = Cluster::new(connect_by(&proxy.kubeconfig).await, "adapter-old");
        old.learn_kinds().await.expect("it answers");
        let kinds = old.kinds();
        assert!(kinds.len() > 20, "{}", kinds.len());
        for (kind, served) in kinds.iter() {
            // The order of the verbs differs between the two forms, and nothing else.
            let new = &direct.kinds()[kind];
            assert_eq!(
                (&served.plural, served.namespaced),
                (&new.plural, new.namespaced),
                "{kind:?}"
            );
            let sorted = |verbs: &[String]| {
                let mut verbs = verbs.to_vec();
                verbs.sort();
                verbs
            };
            assert_eq!(sorted(&served.verbs), sorted(&new.verbs), "{kind:?}");
        }
    });
}
