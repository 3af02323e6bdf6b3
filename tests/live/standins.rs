//! What the stand-ins of the test control plane do, and that each can be told not to.

use std::net::Ipv4Addr;

use crate::support::control_plane::{ControlPlane, shared};

use super::control_plane::{stay_here, talks};

/// A namespace with a Deployment `web` behind a Service of the same name, which is ready.
fn served<'p>(plane: &'p ControlPlane, namespace: &str) -> Option<&'p ControlPlane> {
    plane.apply(&format!(
        r#"
apiVersion: v1
kind: Namespace
metadata: {{ name: {namespace} }}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{ name: web, namespace: {namespace} }}
spec:
  selector: {{ matchLabels: {{ app: web }} }}
  template:
    metadata: {{ labels: {{ app: web }} }}
    spec: {{ containers: [{{ name: web, image: "web:1" }}] }}
---
apiVersion: v1
kind: Service
metadata: {{ name: web, namespace: {namespace} }}
spec: {{ selector: {{ app: web }}, ports: [{{ port: 443 }}] }}
"#
    ))?;
    let within = format!("--namespace={namespace}");
    plane.kubectl(&["rollout", "status", &within, "deployment/web"])?;
    Some(plane)
}

fn condition(name: &str) -> String {
    format!(r#"jsonpath={{.status.conditions[?(@.type=="{name}")].status}}"#)
}

#[test]
fn a_webhook_is_called_as_long_as_its_pods_are_ready() {
    let namespace = "standins-webhook";
    let Some(plane) = shared().and_then(|plane| served(plane, namespace)) else {
        return;
    };
    plane.apply(&format!(
        r#"
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata:
  name: standins-webhook
  annotations: {{ control-plane.kops-stack.dev/inject-ca: "true" }}
webhooks:
  - name: maps.standins.test
    admissionReviewVersions: [v1]
    sideEffects: None
    timeoutSeconds: 1
    clientConfig: {{ service: {{ name: web, namespace: {namespace} }} }}
    namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {namespace} }} }}
    rules: [{{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps] }}]
"#
    ));
    let within = format!("--namespace={namespace}");
    let create = [
        "create",
        "configmap",
        "asked",
        within.as_str(),
        "--dry-run=server",
    ];
    let refused = |fault: &str, wanted: &str| {
        let lines = format!("Service {namespace}/web {fault}");
        let _fault = plane.fault(namespace, &lines).expect("there is a kubectl");
        plane.wait_for(&create, |said| said.contains(wanted));
    };
    plane.wait_for(&create, |said| said.contains("created"));
    refused(
        "deny not on a Tuesday",
        "denied the request: not on a Tuesday",
    );
    refused("fail it burns", "it burns");
    refused("slow 3s", "deadline exceeded");
    refused("absent", "connection refused");
    // What it answers on is an address of this machine.
    plane.wait_for(&create, |said| said.contains("created"));
    let seen = talks(plane);
    stay_here(&seen);
    let answers = |own: &Ipv4Addr| own.octets()[..2] == [127, 96];
    assert!(seen.iter().any(|(own, _)| answers(own)), "{seen:?}");
    let lines = format!("Pod {namespace}/* unready");
    let _fault = plane.fault(namespace, &lines);
    plane.wait_for(&create, |said| said.contains("connection refused"));
    plane.kubectl(&[
        "delete",
        "validatingwebhookconfiguration",
        "standins-webhook",
    ]);
}

#[test]
fn an_aggregated_api_is_available_as_long_as_its_pods_are_ready() {
    let namespace = "standins-api";
    let Some(plane) = shared().and_then(|plane| served(plane, namespace)) else {
        return;
    };
    plane.apply(&format!(
        "
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {{ name: v1.standins.test }}
spec:
  group: standins.test
  version: v1
  groupPriorityMinimum: 100
  versionPriority: 100
  insecureSkipTLSVerify: true
  service: {{ name: web, namespace: {namespace} }}
"
    ));
    let available = condition("Available");
    let get = ["get", "apiservice", "v1.standins.test", "-o", &available];
    plane.wait_for(&get, |said| said == "True");
    {
        let lines = format!("Pod {namespace}/* crash no such key");
        let _fault = plane.fault(namespace, &lines);
        plane.wait_for(&get, |said| said == "False");
    }
    plane.wait_for(&get, |said| said == "True");
    plane.kubectl(&["delete", "apiservice", "v1.standins.test"]);
}

#[test]
fn a_load_balancer_gets_an_address() {
    let namespace = "standins-balancer";
    let Some(plane) = shared() else { return };
    let lines = format!("Service {namespace}/poor fail no subnet");
    let Some(_fault) = plane.fault(namespace, &lines) else {
        return;
    };
    plane.apply(&format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{ name: {namespace} }}
---
apiVersion: v1
kind: Service
metadata: {{ name: rich, namespace: {namespace} }}
spec: {{ type: LoadBalancer, ports: [{{ port: 80 }}] }}
---
apiVersion: v1
kind: Service
metadata: {{ name: poor, namespace: {namespace} }}
spec: {{ type: LoadBalancer, ports: [{{ port: 80 }}] }}
"
    ));
    let within = format!("--namespace={namespace}");
    let address = "jsonpath={.status.loadBalancer.ingress[0].ip}";
    let get = |name| ["get", "service", name, &within, "-o", address].map(str::to_owned);
    let rich = get("rich");
    let rich: Vec<&str> = rich.iter().map(String::as_str).collect();
    plane.wait_for(&rich, |said| said.starts_with("198.18."));
    plane.wait_for(&["get", "events", &within], |said| {
        said.contains("no subnet")
    });
    let poor = get("poor");
    let poor: Vec<&str> = poor.iter().map(String::as_str).collect();
    assert_eq!(plane.kubectl(&poor).as_deref(), Some(""));
}

#[test]
fn a_pod_gets_its_volume_and_waits_for_its_secret() {
    let namespace = "standins-pods";
    let Some(plane) = shared() else { return };
    let made = plane.apply(&format!(
        "
apiVersion: v1
kind: Namespace
metadata: {{ name: {namespace} }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {{ name: data, namespace: {namespace} }}
spec: {{ accessModes: [ReadWriteOnce], resources: {{ requests: {{ storage: 1Gi }} }} }}
---
apiVersion: v1
kind: Pod
metadata: {{ name: keeper, namespace: {namespace} }}
spec:
  containers:
    - name: keeper
      image: keeper:1
      env: [{{ name: TOKEN, valueFrom: {{ secretKeyRef: {{ name: token, key: value }} }} }}]
  volumes:
    - {{ name: data, persistentVolumeClaim: {{ claimName: data }} }}
    - {{ name: certificates, secret: {{ secretName: certificates }} }}
    - {{ name: extras, secret: {{ secretName: extras, optional: true }} }}
"
    ));
    if made.is_none() {
        return;
    }
    let within = format!("--namespace={namespace}");
    let pod = ["get", "pod", "keeper", &within, "--no-headers"];
    plane.wait_for(&pod, |said| said.contains("ContainerCreating"));
    let events = ["get", "events", &within];
    plane.wait_for(&events, |said| {
        said.contains(r#"volume "certificates" : secret "certificates" not found"#)
    });
    let claim = ["get", "pvc", "data", &within, "--no-headers"];
    plane.wait_for(&claim, |said| said.contains("Bound"));
    plane.kubectl(&["create", "secret", "generic", "certificates", &within]);
    plane.wait_for(&pod, |said| said.contains("CreateContainerConfigError"));
    let token = ["create", "secret", "generic", "token", &within];
    plane.kubectl(&[&token[..], &["--from-literal=value=1"]].concat());
    plane.wait_for(&pod, |said| said.contains("1/1"));
    let ways = [
        ("crash out of memory", "CrashLoopBackOff"),
        ("pull no such tag", "ImagePullBackOff"),
        ("unready", "0/1"),
    ];
    for (fault, wanted) in ways {
        let lines = format!("Pod {namespace}/keeper {fault}");
        let _fault = plane.fault(namespace, &lines);
        plane.wait_for(&pod, |said| said.contains(wanted));
        let logs = plane.ask(&["logs", "keeper", &within], "");
        match wanted {
            "CrashLoopBackOff" => assert!(logs.is_some_and(|logs| {
                logs.is_ok_and(|logs| logs.ends_with("fatal: out of memory\n"))
            })),
            "ImagePullBackOff" => assert!(logs.is_some_and(|logs| {
                logs.is_err_and(|logs| logs.contains("waiting to start: ImagePullBackOff"))
            })),
            _ => assert!(logs.is_some_and(|logs| logs.is_ok())),
        }
    }
    plane.wait_for(&pod, |said| said.contains("1/1"));
    plane.kubectl(&["delete", "pod", "keeper", &within]);
    plane.kubectl(&["delete", "pvc", "data", &within]);
    let volumes = ["get", "pv"];
    plane.wait_for(&volumes, |said| !said.contains(namespace));
}

#[test]
fn a_job_completes_or_fails() {
    let namespace = "standins-jobs";
    let Some(plane) = shared() else { return };
    let lines = format!("Pod {namespace}/poor-* crash");
    let Some(_fault) = plane.fault(namespace, &lines) else {
        return;
    };
    let job = |name: &str| {
        format!(
            "
---
apiVersion: batch/v1
kind: Job
metadata: {{ name: {name}, namespace: {namespace} }}
spec:
  backoffLimit: 0
  template: {{ spec: {{ restartPolicy: Never, containers: [{{ name: a, image: a }}] }} }}
"
        )
    };
    let head = format!("apiVersion: v1\nkind: Namespace\nmetadata: {{ name: {namespace} }}\n");
    plane.apply(&(head + &job("rich") + &job("poor")));
    let within = format!("--namespace={namespace}");
    for (name, wanted) in [("rich", "Complete"), ("poor", "Failed")] {
        let get = ["get", "job", name, &within, "-o", &condition(wanted)].map(str::to_owned);
        let get: Vec<&str> = get.iter().map(String::as_str).collect();
        plane.wait_for(&get, |said| said == "True");
    }
}

#[test]
fn a_fault_that_is_not_understood_is_told() {
    let Some(plane) = shared() else { return };
    let made = plane.kubectl(&[
        "--namespace=kube-system",
        "create",
        "configmap",
        "faults-wrong",
        "--from-literal=a=Pod a/b frobnicate",
    ]);
    if made.is_none() {
        return;
    }
    let get = [
        "--namespace=kube-system",
        "get",
        "configmap",
        "faults-wrong",
        "-o",
        "jsonpath={.metadata.annotations}",
    ];
    plane.wait_for(&get, |said| {
        said.contains("frobnicate is not one of crash, pull, unready, absent, slow")
    });
    plane.kubectl(&[
        "--namespace=kube-system",
        "delete",
        "configmap",
        "faults-wrong",
    ]);
}

#[test]
fn webhooks_change_and_convert_what_passes() {
    let namespace = "standins-changes";
    let Some(plane) = shared().and_then(|plane| served(plane, namespace)) else {
        return;
    };
    let version = |name: &str, stored: bool| {
        format!(
            "{{ name: {name}, served: true, storage: {stored}, schema: {{ openAPIV3Schema: {{ type: object, x-kubernetes-preserve-unknown-fields: true }} }} }}"
        )
    };
    plane.apply(&format!(
        r#"
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata:
  name: standins-changes
  annotations: {{ control-plane.kops-stack.dev/inject-ca: "true" }}
webhooks:
  - name: maps.standins-changes.test
    admissionReviewVersions: [v1]
    sideEffects: None
    clientConfig: {{ service: {{ name: web, namespace: {namespace} }} }}
    namespaceSelector: {{ matchLabels: {{ kubernetes.io/metadata.name: {namespace} }} }}
    rules: [{{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps] }}]
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: boats.standins.test
  annotations: {{ control-plane.kops-stack.dev/inject-ca: "true" }}
spec:
  group: standins.test
  names: {{ kind: Boat, plural: boats, singular: boat }}
  scope: Namespaced
  versions: [{}, {}]
  conversion:
    strategy: Webhook
    webhook:
      conversionReviewVersions: [v1]
      clientConfig: {{ service: {{ name: web, namespace: {namespace} }} }}
"#,
        version("v2", true),
        version("v1", false),
    ));
    let within = format!("--namespace={namespace}");
    {
        let patch = r#"[{"op":"add","path":"/data/added","value":"by a webhook"}]"#;
        let lines = format!("Service {namespace}/web patch {patch}");
        let _fault = plane.fault(namespace, &lines);
        let create = [
            "create",
            "configmap",
            "changed",
            &within,
            "--from-literal=a=b",
        ];
        let show = ["--dry-run=server", "-o", "jsonpath={.data.added}"];
        let create = [&create[..], &show[..]].concat();
        plane.wait_for(&create, |said| said == "by a webhook");
    }
    let boat = "apiVersion: standins.test/v1\nkind: Boat\nmetadata: { name: one, namespace: standins-changes }\n";
    let stored = || plane.ask(&["apply", "-f", "-"], boat);
    plane.wait_for(&["get", "boats.v2.standins.test", &within], |_| {
        stored().is_some_and(|said| said.is_ok())
    });
    let show = ["-o", "jsonpath={.apiVersion}"];
    let get = ["get", "boats.v2.standins.test", "one", &within];
    let seen = plane.kubectl(&[&get[..], &show[..]].concat());
    assert_eq!(seen.as_deref(), Some("standins.test/v2"));
    plane.kubectl(&["delete", "mutatingwebhookconfiguration", "standins-changes"]);
    plane.kubectl(&["delete", "customresourcedefinition", "boats.standins.test"]);
}
