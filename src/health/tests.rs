//! Each row of the rules, with the words that people read.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Context, binds_late, health, services};
use crate::model::health::Status;
use crate::object::Object;

const HOUR: Duration = Duration::from_hours(1);

/// An object of a kind (`apps/v1 Deployment`) with what `rest` adds.
fn object(kind: &str, rest: Value) -> Object {
    let (api_version, kind) = kind.split_once(' ').expect("apiVersion and kind");
    let mut value = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "a", "namespace": "b"}});
    for (key, part) in rest.as_object().expect("a mapping") {
        match key.as_str() {
            "metadata" => {
                for (key, part) in part.as_object().expect("a mapping") {
                    value["metadata"][key] = part.clone();
                }
            }
            key => value[key] = part.clone(),
        }
    }
    Object::new(value).expect("an object")
}

fn condition(kind: &str, status: &str, reason: &str, message: &str) -> Value {
    json!({"type": kind, "status": status, "reason": reason, "message": message})
}

fn said(object: &Object, context: &Context) -> String {
    let health = health(object, context);
    match health.message.as_str() {
        "" => format!("{:?}", health.status),
        message => format!("{:?}: {message}", health.status),
    }
}

/// The verdict on an old object without anything around it.
fn verdict(kind: &str, rest: Value) -> String {
    let context = Context {
        age: HOUR,
        ..Context::default()
    };
    said(&object(kind, rest), &context)
}

fn deployment(spec: Value, status: Value) -> String {
    verdict(
        "apps/v1 Deployment",
        json!({"metadata": {"generation": 2}, "spec": spec, "status": status}),
    )
}

#[test]
fn what_holds_for_every_object_comes_first() {
    let kind = "example.io/v1 Thing";
    let dying = json!({"metadata": {"deletionTimestamp": "2026-11-24T10:00:00Z", "finalizers": ["a/b", "c"]}});
    assert_eq!(
        verdict(kind, dying),
        "Terminating: is being deleted and waits for a/b, c"
    );
    let old = json!({"metadata": {"generation": 2}, "status": {"observedGeneration": 1}});
    assert_eq!(
        verdict(kind, old),
        "InProgress: its controller has not seen the last change"
    );
    let with = |one: Value| json!({"status": {"conditions": [one]}});
    assert_eq!(
        verdict(
            kind,
            with(condition("Reconciling", "True", "Progressing", "building"))
        ),
        "InProgress: Progressing: building"
    );
    assert_eq!(
        verdict(
            kind,
            with(condition("Stalled", "True", "BadSpec", "no such\n  image"))
        ),
        "Failed: BadSpec: no such image"
    );
    assert_eq!(verdict(kind, json!({})), "Current");
}

#[test]
fn a_deployment_says_how_many_pods_it_waits_for() {
    let at = |status: Value| {
        let mut all = json!({"observedGeneration": 2, "conditions": [
            condition("Progressing", "True", "NewReplicaSetAvailable", ""),
            condition("Available", "True", "", ""),
        ]});
        for (key, value) in status.as_object().expect("a mapping") {
            all[key] = value.clone();
        }
        deployment(json!({"replicas": 3, "progressDeadlineSeconds": 600}), all)
    };
    let counts = |all: u8, updated: u8, ready: u8, available: u8| json!({"replicas": all, "updatedReplicas": updated, "readyReplicas": ready, "availableReplicas": available});
    assert_eq!(at(counts(3, 3, 3, 3)), "Current");
    assert_eq!(at(counts(0, 0, 0, 0)), "InProgress: 0 of 3 pods made");
    assert_eq!(at(counts(4, 1, 3, 3)), "InProgress: 1 of 3 pods updated");
    assert_eq!(
        at(counts(4, 3, 3, 3)),
        "InProgress: 1 old pod is still there"
    );
    assert_eq!(at(counts(3, 3, 1, 1)), "InProgress: 1 of 3 pods ready");
    assert_eq!(at(counts(3, 3, 3, 2)), "InProgress: 2 of 3 pods available");
}

#[test]
fn a_deployment_tells_why_it_does_not_move() {
    let full = |conditions: Value| {
        deployment(
            json!({"progressDeadlineSeconds": 600}),
            json!({"observedGeneration": 2, "replicas": 1, "updatedReplicas": 1, "readyReplicas": 1, "availableReplicas": 1, "conditions": conditions}),
        )
    };
    let available = condition("Available", "True", "", "");
    let exceeded = condition(
        "Progressing",
        "False",
        "ProgressDeadlineExceeded",
        "ReplicaSet \"a-1\" has timed out progressing.",
    );
    assert_eq!(
        full(json!([exceeded])),
        "Failed: ProgressDeadlineExceeded: ReplicaSet \"a-1\" has timed out progressing."
    );
    let failure = condition(
        "ReplicaFailure",
        "True",
        "FailedCreate",
        "serviceaccount \"x\" not found",
    );
    assert_eq!(
        full(json!([available, failure])),
        "InProgress: ReplicaFailure: serviceaccount \"x\" not found"
    );
    assert_eq!(
        full(json!([exceeded, failure])),
        "Failed: ProgressDeadlineExceeded: FailedCreate: serviceaccount \"x\" not found"
    );
    let updating = condition("Progressing", "True", "ReplicaSetUpdated", "");
    assert_eq!(
        full(json!([available, updating])),
        "InProgress: Progressing is True: ReplicaSetUpdated"
    );
    let done = condition("Progressing", "True", "NewReplicaSetAvailable", "");
    assert_eq!(
        full(json!([
            done,
            condition("Available", "False", "MinimumReplicasUnavailable", "no")
        ])),
        "InProgress: MinimumReplicasUnavailable: no"
    );
    assert_eq!(
        full(json!([done])),
        "InProgress: its controller has not said Available yet"
    );
}

/// apiserver.md section 14: Progressing comes before observedGeneration.
#[test]
fn a_deployment_that_nobody_has_seen_is_not_well() {
    assert_eq!(
        deployment(json!({}), json!({})),
        "InProgress: its controller has not seen it yet"
    );
    let early =
        json!({"conditions": [condition("Progressing", "True", "NewReplicaSetCreated", "")]});
    assert_eq!(
        deployment(json!({"replicas": 0}), early),
        "InProgress: its controller has not seen it yet"
    );
    assert_eq!(
        deployment(json!({"paused": true}), json!({})),
        "Current: paused"
    );
    // Without a deadline there is no word of progress.
    let status =
        json!({"observedGeneration": 2, "conditions": [condition("Available", "True", "", "")]});
    assert_eq!(
        deployment(
            json!({"replicas": 0, "progressDeadlineSeconds": 2_147_483_647}),
            status
        ),
        "Current"
    );
}

#[test]
fn a_stateful_set_moves_all_its_pods() {
    let at = |spec: Value, status: Value| {
        verdict(
            "apps/v1 StatefulSet",
            json!({"spec": spec, "status": status}),
        )
    };
    let ready = |update: &str, updated: u8| json!({"replicas": 3, "readyReplicas": 3, "currentReplicas": 3, "updatedReplicas": updated, "currentRevision": "1", "updateRevision": update});
    let three = json!({"replicas": 3});
    assert_eq!(at(three.clone(), ready("1", 3)), "Current");
    assert_eq!(at(three.clone(), json!({})), "InProgress: 0 of 3 pods made");
    assert_eq!(
        at(three.clone(), json!({"replicas": 3, "readyReplicas": 2})),
        "InProgress: 2 of 3 pods ready"
    );
    assert_eq!(at(three, ready("2", 1)), "InProgress: 1 of 3 pods updated");
    let slow = json!({"replicas": 3, "minReadySeconds": 10});
    assert_eq!(at(slow, ready("1", 3)), "InProgress: 0 of 3 pods available");
    let from_two = json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 2}}});
    assert_eq!(
        at(from_two.clone(), ready("2", 0)),
        "InProgress: 0 of 1 pod updated"
    );
    assert_eq!(at(from_two, ready("2", 1)), "Current");
    let by_hand = json!({"replicas": 3, "updateStrategy": {"type": "OnDelete"}});
    assert_eq!(at(by_hand, json!({})), "Current");
    let zero = json!({"replicas": 3, "updateStrategy": {"rollingUpdate": {"partition": 0}}});
    assert_eq!(at(zero, ready("2", 1)), "InProgress: 1 of 3 pods updated");
}

#[test]
fn a_daemon_set_counts_nodes() {
    let at = |spec: Value, status: Value| {
        verdict(
            "apps/v1 DaemonSet",
            json!({"metadata": {"generation": 1}, "spec": spec, "status": status}),
        )
    };
    let counts = |current: u8, updated: u8, ready: u8, available: u8| {
        json!({"observedGeneration": 1, "desiredNumberScheduled": 2, "currentNumberScheduled": current,
            "updatedNumberScheduled": updated, "numberReady": ready, "numberAvailable": available})
    };
    assert_eq!(at(json!({}), counts(2, 2, 2, 2)), "Current");
    assert_eq!(
        at(json!({}), json!({})),
        "InProgress: its controller has not seen it yet"
    );
    assert_eq!(
        at(json!({}), json!({"observedGeneration": 1})),
        "InProgress: its controller has not counted the nodes yet"
    );
    assert_eq!(
        at(json!({}), counts(1, 1, 1, 1)),
        "InProgress: 1 of 2 pods made"
    );
    assert_eq!(
        at(json!({}), counts(2, 0, 2, 2)),
        "InProgress: 0 of 2 pods updated"
    );
    assert_eq!(
        at(json!({}), counts(2, 2, 1, 1)),
        "InProgress: 1 of 2 pods ready"
    );
    assert_eq!(
        at(json!({}), counts(2, 2, 2, 1)),
        "InProgress: 1 of 2 pods available"
    );
    assert_eq!(
        at(json!({"updateStrategy": {"type": "OnDelete"}}), json!({})),
        "Current"
    );
    let none = json!({"observedGeneration": 1, "desiredNumberScheduled": 0});
    assert_eq!(at(json!({}), none), "Current: no node is meant to run it");
}

#[test]
fn a_replica_set_counts_its_pods() {
    let at = |status: Value| {
        verdict(
            "apps/v1 ReplicaSet",
            json!({"spec": {"replicas": 2}, "status": status}),
        )
    };
    let full = json!({"replicas": 2, "fullyLabeledReplicas": 2, "availableReplicas": 2, "readyReplicas": 2});
    assert_eq!(at(full), "Current");
    assert_eq!(at(json!({})), "InProgress: 0 of 2 pods made");
    assert_eq!(
        at(json!({"fullyLabeledReplicas": 2, "readyReplicas": 1})),
        "InProgress: 1 of 2 pods ready"
    );
    let failure = condition(
        "ReplicaFailure",
        "True",
        "FailedCreate",
        "exceeded quota: q",
    );
    assert_eq!(
        at(json!({"conditions": [failure]})),
        "InProgress: ReplicaFailure: exceeded quota: q"
    );
}

#[test]
fn a_job_is_well_when_it_has_run() {
    let at = |spec: Value, status: Value| {
        verdict("batch/v1 Job", json!({"spec": spec, "status": status}))
    };
    let with = |kind: &str, reason: &str, message: &str| json!({"conditions": [condition(kind, "True", reason, message)]});
    assert_eq!(at(json!({}), with("Complete", "", "")), "Current: has run");
    assert_eq!(
        at(
            json!({}),
            with(
                "Failed",
                "BackoffLimitExceeded",
                "Job has reached the specified backoff limit"
            )
        ),
        "Failed: BackoffLimitExceeded: Job has reached the specified backoff limit"
    );
    assert_eq!(
        at(json!({"suspend": true}), json!({})),
        "Current: suspended"
    );
    assert_eq!(
        at(json!({}), json!({})),
        "InProgress: its controller has not started it yet"
    );
    let running = json!({"startTime": "x", "active": 1, "succeeded": 1, "failed": 2});
    assert_eq!(
        at(json!({"completions": 3}), running),
        "InProgress: 1 of 3 pods have run, 2 failed"
    );
    // Its pods are done, the Job not quite.
    let mut soon = with("SuccessCriteriaMet", "", "");
    soon["startTime"] = "x".into();
    assert_eq!(at(json!({}), soon), "InProgress: 0 of 1 pods have run");
    assert_eq!(
        verdict("batch/v1 CronJob", json!({"spec": {"suspend": true}})),
        "Current"
    );
}

fn pod(status: Value) -> Object {
    object("v1 Pod", json!({"status": status}))
}

fn waiting(name: &str, reason: &str, message: &str, restarts: u64) -> Value {
    json!({"name": name, "ready": false, "restartCount": restarts, "state": {"waiting": {"reason": reason, "message": message}}})
}

#[test]
fn a_pod_tells_what_it_waits_for() {
    let at = |status: Value, seconds: u64| {
        let age = Duration::from_secs(seconds);
        said(
            &pod(status),
            &Context {
                age,
                ..Context::default()
            },
        )
    };
    let ready = json!({"phase": "Running", "conditions": [condition("Ready", "True", "", "")]});
    assert_eq!(at(ready, 1), "Current");
    assert_eq!(at(json!({"phase": "Succeeded"}), 1), "Current: has run");
    assert_eq!(at(json!({}), 1), "InProgress: waiting for a node");
    let full = condition(
        "PodScheduled",
        "False",
        "Unschedulable",
        "0/1 nodes are available: 1 Insufficient cpu.",
    );
    assert_eq!(
        at(json!({"phase": "Pending", "conditions": [full]}), 3600),
        "InProgress: Unschedulable: 0/1 nodes are available: 1 Insufficient cpu."
    );
    let pulls = json!({"phase": "Pending", "containerStatuses": [waiting("web", "ImagePullBackOff", "Back-off pulling image \"x\"", 0)]});
    assert_eq!(
        at(pulls.clone(), 59),
        "InProgress: container web ImagePullBackOff: Back-off pulling image \"x\""
    );
    assert_eq!(
        at(pulls, 60),
        "Failed: container web ImagePullBackOff: Back-off pulling image \"x\""
    );
    let config = json!({"phase": "Pending", "initContainerStatuses": [waiting("init", "CreateContainerConfigError", "secret \"s\" not found", 0)]});
    assert_eq!(
        at(config, 90),
        "Failed: container init CreateContainerConfigError: secret \"s\" not found"
    );
    let crash = json!({"phase": "Running", "containerStatuses": [waiting("web", "CrashLoopBackOff", "", 3)]});
    assert_eq!(
        at(crash, 90),
        "Failed: container web CrashLoopBackOff (restarted 3 times)"
    );
    let creating = json!({"phase": "Pending", "containerStatuses": [waiting("web", "ContainerCreating", "", 0)]});
    assert_eq!(
        at(creating, 90),
        "InProgress: container web ContainerCreating"
    );
    let half = json!({"phase": "Running", "containerStatuses": [{"name": "a", "ready": true}, {"name": "b", "ready": false}]});
    assert_eq!(at(half, 90), "InProgress: 1 of 2 containers ready");
    let evicted =
        json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on memory."});
    assert_eq!(
        at(evicted, 90),
        "Failed: Evicted: The node was low on memory."
    );
    let ended = json!({"phase": "Failed", "containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]});
    assert_eq!(
        at(ended, 90),
        "Failed: container web ended with exit code 137: OOMKilled"
    );
}

#[test]
fn a_claim_may_wait_for_its_first_pod() {
    let claim = |phase: &str| {
        object(
            "v1 PersistentVolumeClaim",
            json!({"status": {"phase": phase}}),
        )
    };
    let late = Context {
        binds_late: true,
        ..Context::default()
    };
    let now = Context::default();
    assert_eq!(said(&claim("Bound"), &now), "Current");
    assert_eq!(
        said(&claim("Pending"), &now),
        "InProgress: waiting for a volume"
    );
    assert_eq!(
        said(&claim("Pending"), &late),
        "Current: waiting for the first pod that uses it"
    );
    assert_eq!(said(&claim("Lost"), &late), "Failed: its volume is lost");
    let class = |mode: &str| {
        let named = json!({"metadata": {"name": "slow"}, "volumeBindingMode": mode});
        object("storage.k8s.io/v1 StorageClass", named)
    };
    let of = |class: &str| {
        object(
            "v1 PersistentVolumeClaim",
            json!({"spec": {"storageClassName": class}}),
        )
    };
    assert!(binds_late(&of("slow"), &[class("WaitForFirstConsumer")]));
    assert!(!binds_late(&of("slow"), &[class("Immediate")]));
    assert!(!binds_late(&of("fast"), &[class("WaitForFirstConsumer")]));
    let volume = |status: Value| verdict("v1 PersistentVolume", json!({"status": status}));
    assert_eq!(volume(json!({"phase": "Available"})), "Current");
    assert_eq!(volume(json!({"phase": "Bound"})), "Current");
    assert_eq!(
        volume(json!({"phase": "Pending"})),
        "InProgress: waiting for its controller"
    );
    assert_eq!(
        volume(json!({"phase": "Failed", "message": "no"})),
        "Failed: its reclamation failed: no"
    );
}

#[test]
fn a_load_balancer_has_an_address() {
    let service = |wait: &str, spec: Value, status: Value| {
        verdict(
            "v1 Service",
            json!({"metadata": {"annotations": {"kops-stack.io/wait": wait}}, "spec": spec, "status": status}),
        )
    };
    let balanced = json!({"type": "LoadBalancer", "clusterIP": "10.0.0.1"});
    let address = json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.1"}]}});
    assert_eq!(
        service("", json!({"type": "ClusterIP"}), json!({})),
        "Current"
    );
    assert_eq!(service("", balanced.clone(), address.clone()), "Current");
    assert_eq!(
        service("", balanced.clone(), json!({"loadBalancer": {}})),
        "InProgress: waiting for an address of the load balancer"
    );
    assert_eq!(service("clusterip", balanced, json!({})), "Current");
    assert_eq!(
        service("clusterip", json!({"type": "LoadBalancer"}), json!({})),
        "InProgress: waiting for a cluster IP"
    );
    let ingress = |wait: &str, status: Value| {
        verdict(
            "networking.k8s.io/v1 Ingress",
            json!({"metadata": {"annotations": {"kops-stack.io/wait": wait}}, "status": status}),
        )
    };
    assert_eq!(ingress("", json!({})), "Current");
    assert_eq!(
        ingress("address", json!({})),
        "InProgress: waiting for an address of the ingress controller"
    );
    assert_eq!(ingress("address", address), "Current");
}

#[test]
fn what_extends_the_api_is_served() {
    let with = |kind: &str, conditions: Value| {
        verdict(kind, json!({"status": {"conditions": conditions}}))
    };
    let crd = "apiextensions.k8s.io/v1 CustomResourceDefinition";
    assert_eq!(
        with(crd, json!([condition("Established", "True", "", "")])),
        "Current"
    );
    assert_eq!(
        with(crd, json!([])),
        "InProgress: waiting for the API server to serve it"
    );
    assert_eq!(
        with(
            crd,
            json!([condition("Established", "False", "Installing", "")])
        ),
        "InProgress: waiting for the API server to serve it"
    );
    assert_eq!(
        with(
            crd,
            json!([
                condition(
                    "NamesAccepted",
                    "False",
                    "PluralConflict",
                    "\"things\" is already in use"
                ),
                condition("Established", "False", "NotAccepted", "")
            ])
        ),
        "Failed: PluralConflict: \"things\" is already in use"
    );
    // A dying definition stays established.
    let dying = json!({"metadata": {"deletionTimestamp": "x"}, "status": {"conditions": [condition("Established", "True", "", "")]}});
    assert_eq!(verdict(crd, dying), "Terminating: is being deleted");
    let api = "apiregistration.k8s.io/v1 APIService";
    assert_eq!(
        with(api, json!([condition("Available", "True", "Passed", "")])),
        "Current"
    );
    assert_eq!(
        with(api, json!([])),
        "InProgress: waiting for the API server to reach it"
    );
    assert_eq!(
        with(
            api,
            json!([condition(
                "Available",
                "False",
                "MissingEndpoints",
                "endpoints for service/metrics have no addresses"
            )])
        ),
        "InProgress: MissingEndpoints: endpoints for service/metrics have no addresses"
    );
    assert_eq!(
        verdict("v1 Namespace", json!({"status": {"phase": "Active"}})),
        "Current"
    );
    assert_eq!(
        verdict("v1 Namespace", json!({})),
        "InProgress: it is not active yet"
    );
    let warned = json!({"status": {"typeChecking": {"expressionWarnings": [{"fieldRef": "spec.validations[0].expression", "warning": "apps/v1, Kind=Deployment:\n undefined field 'x'"}]}}});
    assert_eq!(
        verdict(
            "admissionregistration.k8s.io/v1 ValidatingAdmissionPolicy",
            warned
        ),
        "Current: spec.validations[0].expression: apps/v1, Kind=Deployment: undefined field 'x'"
    );
}

#[test]
fn a_webhook_waits_for_a_pod_that_answers() {
    let service = |name: &str| json!({"service": {"namespace": "shop", "name": name}});
    let configuration = object(
        "admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration",
        json!({"webhooks": [
            {"name": "a.example.io", "clientConfig": service("one")},
            {"name": "b.example.io", "clientConfig": service("two")},
            {"name": "c.example.io", "clientConfig": {"url": "https://example.io"}},
            {"name": "d.example.io", "failurePolicy": "Ignore", "clientConfig": service("three")},
        ]}),
    );
    let key = |name: &str| ("shop".to_owned(), name.to_owned());
    assert_eq!(
        services(&configuration).into_iter().collect::<Vec<_>>(),
        [key("one"), key("two")]
    );
    let with = |counts: [usize; 2]| {
        let ready_addresses = [(key("one"), counts[0]), (key("two"), counts[1])].into();
        said(
            &configuration,
            &Context {
                ready_addresses,
                ..Context::default()
            },
        )
    };
    assert_eq!(with([1, 2]), "Current");
    assert_eq!(
        with([1, 0]),
        "InProgress: no pod behind Service shop/two is ready to answer b.example.io"
    );
    assert_eq!(
        said(&configuration, &Context::default()),
        "InProgress: no pod behind Service shop/one is ready to answer a.example.io"
    );
}

#[test]
fn an_autoscaler_needs_its_metrics() {
    let with = |conditions: Value| {
        verdict(
            "autoscaling/v2 HorizontalPodAutoscaler",
            json!({"status": {"conditions": conditions}}),
        )
    };
    let able = condition("AbleToScale", "True", "SucceededRescale", "");
    assert_eq!(with(json!([able])), "Current");
    assert_eq!(
        with(json!([condition(
            "ScalingLimited",
            "True",
            "TooFewReplicas",
            ""
        )])),
        "Current"
    );
    assert_eq!(
        with(json!([])),
        "InProgress: its controller has not looked at the metrics yet"
    );
    for reason in [
        "FailedGetResourceMetric",
        "FailedGetObjectMetric",
        "FailedGetPodsMetric",
        "FailedGetExternalMetric",
        "FailedComputeMetricsReplicas",
        "InvalidSelector",
    ] {
        let broken = condition("ScalingActive", "False", reason, "no");
        assert_eq!(
            with(json!([able, broken])),
            format!("InProgress: {reason}: no")
        );
    }
    for reason in ["FailedGetScale", "FailedUpdateScale"] {
        assert_eq!(
            with(json!([condition("AbleToScale", "False", reason, "no")])),
            format!("InProgress: {reason}: no")
        );
    }
}

#[test]
fn certificates_and_issuers_are_ready() {
    let with = |kind: &str, conditions: Value| {
        verdict(
            kind,
            json!({"metadata": {"generation": 2}, "status": {"conditions": conditions}}),
        )
    };
    let certificate = "cert-manager.io/v1 Certificate";
    let ready = |status: &str, observed: u8| json!({"type": "Ready", "status": status, "reason": "DoesNotExist", "message": "no Secret", "observedGeneration": observed});
    for kind in [
        certificate,
        "cert-manager.io/v1 Issuer",
        "cert-manager.io/v1 ClusterIssuer",
    ] {
        assert_eq!(with(kind, json!([ready("True", 2)])), "Current");
        assert_eq!(
            with(kind, json!([])),
            "InProgress: its controller has not said Ready yet"
        );
        assert_eq!(
            with(kind, json!([ready("False", 2)])),
            "InProgress: DoesNotExist: no Secret"
        );
        assert_eq!(
            with(kind, json!([ready("True", 1)])),
            "InProgress: its controller has not seen the last change"
        );
    }
    let failed = condition(
        "Issuing",
        "False",
        "Failed",
        "The certificate request has failed",
    );
    assert_eq!(
        with(certificate, json!([ready("False", 2), failed])),
        "Failed: Failed: The certificate request has failed"
    );
    // The one that is there serves.
    assert_eq!(
        with(certificate, json!([ready("True", 2), failed])),
        "Current"
    );
}

#[test]
fn the_kinds_of_the_prometheus_operator_are_available_and_reconciled() {
    for kind in [
        "Prometheus",
        "PrometheusAgent",
        "Alertmanager",
        "ThanosRuler",
    ] {
        let with = |conditions: Value, spec: Value| {
            verdict(
                &format!("monitoring.coreos.com/v1 {kind}"),
                json!({"spec": spec, "status": {"conditions": conditions}}),
            )
        };
        let reconciled = condition("Reconciled", "True", "", "");
        let available = |status: &str| {
            condition(
                "Available",
                status,
                "SomePodsNotReady",
                "shard 0: pod a-0: containers not ready",
            )
        };
        assert_eq!(
            with(json!([reconciled, available("True")]), json!({})),
            "Current"
        );
        assert_eq!(
            with(json!([reconciled, available("Degraded")]), json!({})),
            "InProgress: SomePodsNotReady: shard 0: pod a-0: containers not ready"
        );
        let refused = condition(
            "Reconciled",
            "False",
            "ReconciliationFailed",
            "no such secret",
        );
        assert_eq!(
            with(json!([available("False"), refused]), json!({})),
            "InProgress: ReconciliationFailed: no such secret"
        );
        assert_eq!(
            with(json!([]), json!({})),
            "InProgress: its controller has not said Reconciled yet"
        );
        assert_eq!(with(json!([]), json!({"paused": true})), "Current: paused");
    }
    let monitor = |status: Value| {
        verdict(
            "monitoring.coreos.com/v1 ServiceMonitor",
            json!({"status": status}),
        )
    };
    assert_eq!(monitor(json!({})), "Current");
    let bound = |status: &str| {
        json!({"bindings": [{"resource": "prometheuses", "namespace": "m", "name": "k8s",
            "conditions": [condition("Accepted", status, "InvalidConfiguration", "bad duration")]}]})
    };
    assert_eq!(monitor(bound("True")), "Current");
    assert_eq!(
        monitor(bound("False")),
        "Failed: refused by prometheuses m/k8s: InvalidConfiguration: bad duration"
    );
}

fn at_two(kind: &str, status: &str) -> Value {
    json!({"type": kind, "status": status, "reason": "Because", "message": "so", "observedGeneration": 2})
}

#[test]
fn a_gateway_is_accepted_and_programmed_with_its_listeners() {
    let with = |kind: &str, status: Value| {
        verdict(
            &format!("gateway.networking.k8s.io/v1 {kind}"),
            json!({"metadata": {"generation": 2}, "status": status}),
        )
    };
    assert_eq!(
        with(
            "GatewayClass",
            json!({"conditions": [at_two("Accepted", "True")]})
        ),
        "Current"
    );
    assert_eq!(
        with("GatewayClass", json!({})),
        "InProgress: its controller has not said Accepted yet"
    );
    assert_eq!(
        with(
            "GatewayClass",
            json!({"conditions": [at_two("Accepted", "Unknown")]})
        ),
        "InProgress: Because: so"
    );
    let conditions =
        |programmed: &str| json!([at_two("Accepted", "True"), at_two("Programmed", programmed)]);
    let listener = |resolved: &str| json!([{"name": "https", "conditions": [at_two("ResolvedRefs", resolved), at_two("Programmed", resolved)]}]);
    assert_eq!(
        with(
            "Gateway",
            json!({"conditions": conditions("True"), "listeners": listener("True")})
        ),
        "Current"
    );
    assert_eq!(
        with(
            "Gateway",
            json!({"conditions": conditions("False"), "listeners": listener("True")})
        ),
        "InProgress: Because: so"
    );
    assert_eq!(
        with(
            "Gateway",
            json!({"conditions": conditions("True"), "listeners": listener("False")})
        ),
        "InProgress: listener https: Because: so"
    );
    let stale = json!({"type": "Accepted", "status": "True", "observedGeneration": 1});
    assert_eq!(
        with("Gateway", json!({"conditions": [stale]})),
        "InProgress: its controller has not seen the last change"
    );
    assert_eq!(with("ReferenceGrant", json!({})), "Current");
}

#[test]
fn a_route_is_taken_by_each_of_its_parents() {
    let route = |parents: Value| {
        let spec =
            json!({"parentRefs": [{"name": "main"}, {"name": "other", "namespace": "edge"}]});
        verdict(
            "gateway.networking.k8s.io/v1 HTTPRoute",
            json!({"metadata": {"generation": 2}, "spec": spec, "status": {"parents": parents}}),
        )
    };
    let parent = |reference: Value, accepted: &str| json!({"parentRef": reference, "conditions": [at_two("Accepted", accepted), at_two("ResolvedRefs", "True")]});
    let main = json!({"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "main", "namespace": "b"});
    let other = json!({"name": "other", "namespace": "edge"});
    assert_eq!(
        route(json!([
            parent(main.clone(), "True"),
            parent(other.clone(), "True")
        ])),
        "Current"
    );
    assert_eq!(route(json!([])), "InProgress: waiting for Gateway main");
    assert_eq!(
        route(json!([parent(main.clone(), "True")])),
        "InProgress: waiting for Gateway edge/other"
    );
    assert_eq!(
        route(json!([
            parent(main.clone(), "True"),
            parent(other.clone(), "False")
        ])),
        "InProgress: Gateway edge/other: Because: so"
    );
    // What a former version named does not count.
    let former =
        json!({"parentRef": {"name": "gone"}, "conditions": [at_two("Accepted", "False")]});
    assert_eq!(
        route(json!([former, parent(main, "True"), parent(other, "True")])),
        "Current"
    );
    let lonely = json!({"spec": {"rules": []}});
    assert_eq!(
        verdict("gateway.networking.k8s.io/v1 GRPCRoute", lonely),
        "Current"
    );
}

#[test]
fn policies_and_proxies_of_envoy_gateway_speak_per_gateway() {
    let with = |kind: &str, status: Value| {
        verdict(
            &format!("gateway.envoyproxy.io/v1alpha1 {kind}"),
            json!({"metadata": {"generation": 2}, "status": status}),
        )
    };
    let ancestor = |accepted: &str| json!({"ancestors": [{"ancestorRef": {"name": "main", "namespace": "edge"}, "conditions": [at_two("Accepted", accepted)]}]});
    for kind in ["BackendTrafficPolicy", "EnvoyProxy"] {
        assert_eq!(with(kind, ancestor("True")), "Current");
        assert_eq!(
            with(kind, ancestor("False")),
            "InProgress: Gateway edge/main: Because: so"
        );
    }
    // No Gateway need use a proxy, but a policy has a target.
    assert_eq!(with("EnvoyProxy", json!({})), "Current");
    assert_eq!(
        with("SecurityPolicy", json!({})),
        "InProgress: waiting for what it targets"
    );
    assert_eq!(
        with(
            "Backend",
            json!({"conditions": [at_two("Accepted", "False")]})
        ),
        "InProgress: Because: so"
    );
}

#[test]
fn other_custom_resources_say_it_in_their_conditions() {
    let with = |conditions: Value| {
        verdict(
            "example.io/v1 Thing",
            json!({"metadata": {"generation": 2}, "status": {"conditions": conditions}}),
        )
    };
    assert_eq!(with(json!([condition("Ready", "True", "", "")])), "Current");
    assert_eq!(
        with(json!([condition("Ready", "False", "", "")])),
        "InProgress: Ready is False"
    );
    assert_eq!(
        with(json!([condition("Ready", "Unknown", "Waiting", "")])),
        "InProgress: Ready is Unknown: Waiting"
    );
    assert_eq!(
        with(json!([condition("Available", "False", "", "not yet")])),
        "InProgress: not yet"
    );
    assert_eq!(
        with(json!([condition("Synced", "False", "", "")])),
        "Current"
    );
    // Ready has the last word.
    assert_eq!(
        with(json!([
            condition("Ready", "True", "", ""),
            condition("Available", "False", "", "")
        ])),
        "Current"
    );
    let state = |status: Value| verdict("example.io/v1 Thing", json!({"status": status}));
    assert_eq!(
        state(json!({"phase": "Failed", "message": "no such zone"})),
        "InProgress: its phase is Failed: no such zone"
    );
    assert_eq!(
        state(json!({"state": "error"})),
        "InProgress: its state is error"
    );
    assert_eq!(state(json!({"phase": "Pending"})), "Current");
    let new = |seconds: u64, status: Value| {
        let context = Context {
            age: Duration::from_secs(seconds),
            declares_conditions: true,
            ..Context::default()
        };
        said(
            &object("example.io/v1 Thing", json!({"status": status})),
            &context,
        )
    };
    assert_eq!(new(14, json!({})), "InProgress: waiting for its controller");
    assert_eq!(new(15, json!({})), "Current");
    assert_eq!(
        new(
            1,
            json!({"conditions": [condition("Synced", "True", "", "")]})
        ),
        "Current"
    );
}

#[test]
fn what_has_no_state_is_well_when_it_is_there() {
    for kind in [
        "v1 ConfigMap",
        "v1 Secret",
        "rbac.authorization.k8s.io/v1 ClusterRole",
        "policy/v1 PodDisruptionBudget",
        "networking.istio.io/v1 VirtualService",
    ] {
        assert_eq!(verdict(kind, json!({})), "Current", "{kind}");
    }
    assert_eq!(
        health(&object("v1 ConfigMap", json!({})), &Context::default()).status,
        Status::Current
    );
}
