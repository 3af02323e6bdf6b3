//! Discovery, reads, dry runs, writes and deletes.

use kops_stack::model::api::Kind;
use kops_stack::model::live::{Answer, Conflict, Probe};
use kops_stack::model::server::{Propagation, Server};
use kops_stack::model::work::Revision;
use serde_json::json;

use super::{
    apply, block_on, cluster, config_map, connect, labelled, namespace, target, with_cluster,
};
use crate::support::control_plane::shared;

#[test]
fn the_cluster_says_who_it_is() {
    let Some(plane) = shared() else { return };
    let id = block_on(async { connect(plane).await.cluster_id().await });
    let id = id.unwrap_or_else(|diagnostic| panic!("{diagnostic:?}"));
    assert_eq!(id.version, plane.version);
    assert_eq!(id.id.len(), 36, "{id:?}");
}

#[test]
fn discovery_knows_built_in_kinds_and_learns_new_ones() {
    let Some(plane) = shared() else { return };
    block_on(async {
        let cluster = cluster(plane, "adapter-kinds").await;
        let kinds = cluster.kinds();
        let deployment = &kinds[&Kind::new("apps", "v1", "Deployment")];
        assert_eq!(deployment.plural, "deployments");
        assert!(deployment.namespaced);
        assert!(deployment.verbs.iter().any(|verb| verb == "patch"));
        assert!(!kinds[&Kind::new("", "v1", "Namespace")].namespaced);
        assert!(!kinds.contains_key(&Kind::new("apps", "v1beta1", "Deployment")));

        let gadget = Kind::new("adapter.example.com", "v1", "Gadget");
        assert!(!kinds.contains_key(&gadget));
        apply(&cluster, &crd("adapter.example.com", "Gadget", "gadgets")).await;
        for _ in 0..100 {
            cluster.learn().await.expect("it answers");
            if cluster.kinds().contains_key(&gadget) {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        panic!("the new kind is never served");
    });
}

fn crd(group: &str, kind: &str, plural: &str) -> serde_json::Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.{group}")},
        "spec": {
            "group": group, "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {
                "openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
        },
    })
}

#[test]
fn a_plan_reads_what_is_there_and_ours_or_not() {
    let name = "adapter-read";
    with_cluster(name, async |cluster| {
        let ours = labelled(name, config_map(name, "ours", json!({"a": "1"})));
        let unlabelled = config_map(name, "unlabelled", json!({"a": "1"}));
        let foreign = config_map(name, "foreign", json!({"a": "1"}));
        for payload in [&ours, &unlabelled, &foreign] {
            apply(&cluster, payload).await;
        }
        let account = |name: &str| json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name, "namespace": "adapter-read"}});
        apply(&cluster, &account("one")).await;
        let absent = config_map(name, "absent", json!({}));
        let elsewhere = config_map("adapter-nowhere", "a", json!({}));
        let unserved = json!({"apiVersion": "none.example.com/v1", "kind": "None", "metadata": {"name": "a", "namespace": name}});
        let misplaced = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
        let wanted = [
            &namespace(name),
            &ours,
            &unlabelled,
            &absent,
            &elsewhere,
            &unserved,
            &misplaced,
            &account("one"),
            &account("two"),
            &account("default"),
        ];
        let targets: Vec<_> = wanted.into_iter().map(target).collect();
        let live = cluster.live(&targets, None).await.expect("it can be read");
        let mut found: Vec<String> = live.objects.keys().map(ToString::to_string).collect();
        found.sort();
        let expected = [
            "ConfigMap adapter-read/ours",
            "ConfigMap adapter-read/unlabelled",
            "Namespace adapter-read",
            "ServiceAccount adapter-read/default",
            "ServiceAccount adapter-read/one",
        ];
        assert_eq!(found, expected);
        let unreadable: Vec<String> = live.unreadable.keys().map(ToString::to_string).collect();
        assert_eq!(unreadable, ["ConfigMap a"]);
        let config_maps = live.objects.keys().filter(|one| one.kind == "ConfigMap");
        for identity in config_maps {
            let object = live.object(identity).expect("it can be read");
            assert_eq!(object.identity(), *identity);
            assert!(object.get(&["metadata", "managedFields"]).is_some());
        }
    });
}

#[test]
fn a_list_of_several_pages_is_read_whole() {
    let name = "adapter-pages";
    with_cluster(name, async |cluster| {
        let payloads: Vec<_> = (0..620)
            .map(|number| labelled(name, config_map(name, &format!("c-{number}"), json!({}))))
            .collect();
        for chunk in payloads.chunks(20) {
            futures::future::join_all(chunk.iter().map(|payload| apply(&cluster, payload))).await;
        }
        let targets: Vec<_> = payloads.iter().map(target).collect();
        let live = cluster.live(&targets, None).await.expect("it can be read");
        assert_eq!(live.objects.len(), 620);
    });
}

#[test]
fn a_dry_run_tells_what_would_be_and_who_owns_it() {
    let name = "adapter-probe";
    with_cluster(name, async |cluster| {
        let probe = |payload: &serde_json::Value, elsewhere| Probe {
            target: target(payload),
            payload: payload.clone().into(),
            elsewhere,
        };
        let theirs = config_map(name, "shared", json!({"a": "1", "b": "1"}));
        let other = target(&theirs);
        apply(&cluster, &theirs).await;
        // Somebody else takes a key, as `kubectl edit` would.
        let Some(plane) = shared() else { return };
        let taken = plane.kubectl(&[
            "patch",
            "configmap",
            "shared",
            "-n",
            name,
            "--type=merge",
            "-p",
            r#"{"data":{"b":"2"}}"#,
        ]);
        if taken.is_none() {
            return;
        }
        let answer = cluster.probe(&probe(&theirs, false)).await;
        let Answer::Accepted {
            predicted,
            conflicts,
            ..
        } = answer
        else {
            panic!("{answer:?}");
        };
        let conflict = Conflict {
            field: "data.b".to_owned(),
            manager: "kubectl-patch".to_owned(),
            subresource: None,
        };
        assert_eq!(conflicts, [conflict]);
        assert_eq!(predicted.get(&["data", "b"]), Some(&json!("1")));
        let live = cluster
            .get(&other)
            .await
            .expect("it can be read")
            .expect("it is there");
        assert_eq!(
            live.get(&["data", "b"]),
            Some(&json!("2")),
            "a dry run changed something"
        );

        // In a namespace that is not there yet.
        let later = config_map("adapter-not-yet", "a", json!({"k": "v"}));
        let (mut here, mut elsewhere) = (None, None);
        let told = |probe: &Probe, answer| match probe.elsewhere {
            true => elsewhere = Some(answer),
            false => here = Some(answer),
        };
        cluster
            .probes(&[probe(&later, false), probe(&later, true)], told)
            .await;
        let Some(Answer::Refused(error)) = &here else {
            panic!("{here:?}")
        };
        assert_eq!((error.code, error.reason.as_str()), (404, "NotFound"));
        let Some(Answer::Accepted { predicted, .. }) = &elsewhere else {
            panic!("{elsewhere:?}")
        };
        assert_eq!(
            predicted.identity().to_string(),
            "ConfigMap adapter-not-yet/a"
        );

        let unknown = json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "namespace": name}, "spec": {"replicass": 1}});
        let Answer::Refused(error) = cluster.probe(&probe(&unknown, false)).await else {
            panic!("an unknown field is refused");
        };
        assert_eq!(error.code, 500);
        assert!(
            error
                .message
                .contains(".spec.replicass: field not declared in schema")
        );

        let endpoints = json!({"apiVersion": "v1", "kind": "Endpoints", "metadata": {"name": "a", "namespace": name}});
        let Answer::Accepted { warnings, .. } = cluster.probe(&probe(&endpoints, false)).await
        else {
            panic!("it is deprecated, not refused");
        };
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("deprecated"), "{warnings:?}");
    });
}

#[test]
fn writes_and_deletes_hold_for_the_object_that_was_seen_only() {
    let name = "adapter-write";
    with_cluster(name, async |cluster| {
        let payload = config_map(name, "a", json!({"k": "1"}));
        let at = target(&payload);
        let first = apply(&cluster, &payload).await;
        let seen = Revision::of(&first);
        let changed = config_map(name, "a", json!({"k": "2"}));
        for payload in [&payload, &changed] {
            let created = cluster.apply(&at, payload, None, true).await;
            let refused = created.expect_err("a create changes nothing that is there");
            assert!(refused.is_stale(), "{refused}");
        }
        let second = cluster
            .apply(&at, &changed, Some(&seen), false)
            .await
            .expect("nothing moved");
        let stale = cluster
            .apply(&at, &payload, Some(&seen), true)
            .await
            .expect_err("it moved");
        assert!(stale.is_stale(), "{stale}");
        let refused = cluster.delete(&at, &seen, Propagation::Background).await;
        assert_eq!(refused.expect_err("it moved").code, 409);
        let now = Revision::of(&second);
        let gone = cluster.delete(&at, &now, Propagation::Background).await;
        assert_eq!(gone, Ok(true));
        assert_eq!(cluster.get(&at).await, Ok(None));
        let again = cluster.delete(&at, &now, Propagation::Background).await;
        assert_eq!(again, Ok(true));

        let mut kept = payload.clone();
        kept["metadata"]["finalizers"] = json!(["example.com/hold"]);
        let held = Revision::of(&apply(&cluster, &kept).await);
        let gone = cluster.delete(&at, &held, Propagation::Foreground).await;
        assert_eq!(gone, Ok(false), "a finalizer holds it");
        // The finalizer goes.
        apply(&cluster, &payload).await;
    });
}

#[test]
fn what_another_tool_set_is_really_gone_after_adoption() {
    let name = "adapter-adopt";
    with_cluster(name, async |cluster| {
        let Some(plane) = shared() else { return };
        let file =
            std::env::temp_dir().join(format!("kops-stack-adopt-{}.json", std::process::id()));
        let theirs = config_map(name, "a", json!({"keep": "1", "drop": "1"}));
        fs_err::write(&file, theirs.to_string()).expect("it can be written");
        let made = plane.kubectl(&["apply", "-f", file.to_str().expect("it is text")]);
        fs_err::remove_file(&file).expect("it was written");
        if made.is_none() {
            return;
        }
        let at = target(&theirs);
        let live = cluster
            .get(&at)
            .await
            .expect("it can be read")
            .expect("it is there");
        let managers = ["kubectl-client-side-apply".to_owned()];
        let adopted = cluster
            .adopt(&at, &live, &managers, &[])
            .await
            .expect("nothing moved");
        let stale = cluster
            .adopt(&at, &live, &managers, &[])
            .await
            .expect_err("it moved");
        assert!(stale.is_stale(), "{stale}");
        assert!(
            adopted
                .annotation("kubectl.kubernetes.io/last-applied-configuration")
                .is_none()
        );
        let ours = config_map(name, "a", json!({"keep": "1"}));
        let after = cluster
            .apply(&at, &ours, Some(&Revision::of(&adopted)), false)
            .await;
        let after = after.expect("it is ours now");
        assert_eq!(after.get(&["data"]), Some(&json!({"keep": "1"})));
        let entries = after
            .get(&["metadata", "managedFields"])
            .and_then(|of| of.as_array());
        assert_eq!(entries.map(Vec::len), Some(1), "{entries:?}");
    });
}
