use super::step;
use crate::model::plan::{Action, Effect};

/// What becomes of an object when a text in it becomes another.
fn action(object: &str, from: &str, to: &str) -> (Action, String) {
    assert!(object.contains(from), "{from}");
    let step = step(object, &object.replace(from, to));
    let immutable = step.effects.iter().find_map(|effect| match effect {
        Effect::Immutable { path, reason } => Some(format!("{path} {reason}")),
        _ => None,
    });
    (step.action, immutable.unwrap_or_default())
}

fn object(api: &str, kind: &str, rest: &str) -> String {
    format!(
        "
apiVersion: {api}
kind: {kind}
metadata: {{ name: a, namespace: a }}
{rest}
"
    )
}

fn check(object: &str, from: &str, to: &str, wanted: Action) {
    let (found, why) = action(object, from, to);
    assert_eq!(found, wanted, "{from} → {to} in {object}: {why}");
}

#[test]
fn a_stateful_set_whose_selector_stays_keeps_its_pods() {
    let set = object("apps/v1", "StatefulSet", "
spec:
  serviceName: a
  replicas: 2
  selector: { matchLabels: { app: a } }
  volumeClaimTemplates: [{ metadata: { name: data }, spec: { resources: { requests: { storage: 1Gi } } } }]");
    assert_eq!(
        action(&set, "serviceName: a", "serviceName: b"),
        (
            Action::Replace,
            "spec.serviceName cannot change; pods are orphaned and adopted again".to_owned()
        )
    );
    assert_eq!(
        action(&set, "app: a", "app: b"),
        (
            Action::Replace,
            "spec.selector cannot change; its pods go before the new ones come".to_owned()
        )
    );
    check(&set, "1Gi", "2Gi", Action::Replace);
    check(&set, "1Gi", "1024Mi", Action::Update);
    check(&set, "replicas: 2", "replicas: 3", Action::Update);
    check(
        &set,
        "replicas: 2",
        "podManagementPolicy: OrderedReady",
        Action::Update,
    );
    check(
        &set,
        "replicas: 2",
        "podManagementPolicy: Parallel",
        Action::Replace,
    );
    check(
        &set,
        "replicas: 2",
        "revisionHistoryLimit: 2",
        Action::Update,
    );
}

#[test]
fn selectors_of_workloads_cannot_change() {
    for kind in ["Deployment", "DaemonSet", "ReplicaSet"] {
        let workload = object(
            "apps/v1",
            kind,
            "spec: { selector: { matchLabels: { app: a } }, minReadySeconds: 1 }",
        );
        check(&workload, "app: a", "app: b", Action::Replace);
        check(
            &workload,
            "minReadySeconds: 1",
            "minReadySeconds: 2",
            Action::Update,
        );
    }
}

#[test]
fn a_job_runs_again_unless_it_is_suspended() {
    let job = |rest: &str| {
        object("batch/v1", "Job", &format!("
spec:
  {rest}
  backoffLimit: 1
  template: {{ spec: {{ nodeSelector: {{ a: b }}, containers: [{{ name: a, image: 'x:1', resources: {{ limits: {{ cpu: 1 }} }} }}] }} }}"))
    };
    check(&job(""), "x:1", "x:2", Action::Replace);
    check(
        &job(""),
        "backoffLimit: 1",
        "backoffLimit: 2",
        Action::Update,
    );
    check(&job(""), "cpu: 1", "cpu: 2", Action::Replace);
    check(&job("suspend: true"), "cpu: 1", "cpu: 2", Action::Update);
    check(&job("suspend: true"), "a: b", "a: c", Action::Update);
    check(&job("suspend: true"), "x:1", "x:2", Action::Replace);
    check(
        &job("completions: 1"),
        "completions: 1",
        "completions: 2",
        Action::Replace,
    );
    let indexed = job("completionMode: Indexed\n  completions: 1\n  parallelism: 1");
    check(
        &indexed,
        "completions: 1\n  parallelism: 1",
        "completions: 2\n  parallelism: 2",
        Action::Update,
    );
    check(
        &indexed,
        "completions: 1",
        "completions: 2",
        Action::Replace,
    );
}

#[test]
fn addresses_of_services_stay_once_they_are_set() {
    let service = object(
        "v1",
        "Service",
        "spec: { type: ClusterIP, clusterIP: 10.0.0.1, ports: [] }",
    );
    check(&service, "10.0.0.1", "10.0.0.2", Action::Replace);
    check(&service, "10.0.0.1", "None", Action::Replace);
    check(&service, "clusterIP: 10.0.0.1, ", "", Action::Update);
    check(&service, "10.0.0.1", "''", Action::Update);
    check(
        &service,
        "type: ClusterIP, clusterIP: 10.0.0.1",
        "type: ExternalName, externalName: a.b",
        Action::Update,
    );
    let headless = object("v1", "Service", "spec: { clusterIP: None, ports: [] }");
    check(&headless, "clusterIP: None, ", "", Action::Replace);
    let balanced = object(
        "v1",
        "Service",
        "spec: { type: LoadBalancer, loadBalancerClass: a }",
    );
    check(
        &balanced,
        "loadBalancerClass: a",
        "loadBalancerClass: b",
        Action::Replace,
    );
    check(&balanced, ", loadBalancerClass: a", "", Action::Replace);
    check(
        &balanced,
        "type: LoadBalancer, loadBalancerClass: a",
        "type: ClusterIP",
        Action::Update,
    );
}

#[test]
fn what_is_protected_is_blocked() {
    let class = object(
        "storage.k8s.io/v1",
        "StorageClass",
        "provisioner: a\nallowVolumeExpansion: false",
    );
    check(&class, "provisioner: a", "provisioner: b", Action::Blocked);
    check(
        &class,
        "allowVolumeExpansion: false",
        "allowVolumeExpansion: true",
        Action::Update,
    );
    check(
        &class,
        "allowVolumeExpansion: false",
        "reclaimPolicy: Delete",
        Action::Update,
    );
    check(
        &class,
        "allowVolumeExpansion: false",
        "reclaimPolicy: Retain",
        Action::Blocked,
    );
    let claim = object(
        "v1",
        "PersistentVolumeClaim",
        "spec: { storageClassName: a, resources: { requests: { storage: 2Gi } } }",
    );
    check(
        &claim,
        "storageClassName: a",
        "storageClassName: b",
        Action::Blocked,
    );
    check(&claim, "2Gi", "3Gi", Action::Update);
    check(&claim, "2Gi", "1Gi", Action::Blocked);
    let crd = object(
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        "spec: { scope: Cluster, names: { kind: A, singular: a } }",
    );
    check(&crd, "scope: Cluster", "scope: Namespaced", Action::Blocked);
    check(&crd, "singular: a", "singular: b", Action::Update);
    let volume = object(
        "v1",
        "PersistentVolume",
        "spec: { capacity: { storage: 1Gi }, nfs: { path: /a } }",
    );
    check(&volume, "path: /a", "path: /b", Action::Blocked);
    check(&volume, "1Gi", "2Gi", Action::Update);
    let binding = "
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: a, namespace: a, annotations: { kops-stack.io/protect: 'true' } }
roleRef: { kind: Role, name: a }
";
    check(binding, "name: a }\n", "name: b }\n", Action::Blocked);
}

#[test]
fn other_kinds_follow_the_table() {
    let cases = [
        (
            "rbac.authorization.k8s.io/v1",
            "RoleBinding",
            "roleRef: { name: a }",
            "roleRef: { name: b }",
        ),
        (
            "scheduling.k8s.io/v1",
            "PriorityClass",
            "value: 1",
            "value: 2",
        ),
        (
            "networking.k8s.io/v1",
            "IngressClass",
            "spec: { controller: a }",
            "spec: { controller: b }",
        ),
        ("node.k8s.io/v1", "RuntimeClass", "handler: a", "handler: b"),
        (
            "storage.k8s.io/v1",
            "CSIDriver",
            "spec: { attachRequired: true }",
            "spec: { attachRequired: false }",
        ),
        (
            "storage.k8s.io/v1",
            "VolumeAttributesClass",
            "driverName: a",
            "driverName: b",
        ),
        (
            "discovery.k8s.io/v1",
            "EndpointSlice",
            "addressType: IPv4",
            "addressType: IPv6",
        ),
        (
            "v1",
            "ResourceQuota",
            "spec: { scopes: [BestEffort] }",
            "spec: { scopes: [NotBestEffort] }",
        ),
        ("v1", "Secret", "type: Opaque", "type: kubernetes.io/tls"),
        (
            "v1",
            "ConfigMap",
            "immutable: true\ndata: { a: b }",
            "immutable: true\ndata: { a: c }",
        ),
        ("v1", "Secret", "immutable: true", "immutable: false"),
        (
            "v1",
            "Pod",
            "spec: { nodeName: a }",
            "spec: { nodeName: b }",
        ),
    ];
    for (api, kind, old, new) in cases {
        check(&object(api, kind, old), old, new, Action::Replace);
    }
    let changes_freely = [
        ("v1", "Secret", "type: Opaque", ""),
        ("v1", "ConfigMap", "data: { a: b }", "data: { a: c }"),
        (
            "v1",
            "ConfigMap",
            "data: { a: b }",
            "data: { a: b }\nimmutable: true",
        ),
        (
            "v1",
            "Pod",
            "spec: { containers: [{ name: a, image: 'x:1' }] }",
            "spec: { containers: [{ name: a, image: 'x:2' }] }",
        ),
        (
            "v1",
            "ReplicationController",
            "spec: { selector: { a: b } }",
            "spec: { selector: { a: c } }",
        ),
        (
            "policy/v1",
            "PodDisruptionBudget",
            "spec: { selector: { a: b } }",
            "spec: { selector: { a: c } }",
        ),
        (
            "example.com/v1",
            "Deployment",
            "spec: { selector: a }",
            "spec: { selector: b }",
        ),
    ];
    for (api, kind, old, new) in changes_freely {
        check(&object(api, kind, old), old, new, Action::Update);
    }
}
