use serde_json::{Value, json};

use super::{How, references};
use crate::object::Object;

/// What an object of `shop` refers to, one line for each place.
fn found(api_version: &str, kind: &str, rest: &Value) -> Vec<String> {
    let is_cluster = matches!(kind, "ClusterRoleBinding" | "ClusterIssuer" | "APIService");
    let namespace = if is_cluster {
        Value::Null
    } else {
        json!("shop")
    };
    let mut value = rest.clone();
    value["apiVersion"] = json!(api_version);
    value["kind"] = json!(kind);
    value["metadata"] = json!({"name": "a", "namespace": namespace});
    let object = Object::new(value).expect("an object");
    let line = |reference: &super::Reference| {
        let how = match reference.how {
            How::Field => String::new(),
            how => format!(" {how:?}"),
        };
        let optional = if reference.optional { " optional" } else { "" };
        format!("{} → {}{how}{optional}", reference.at, reference.to)
    };
    references(&object).iter().map(line).collect()
}

#[test]
fn pods_need_accounts_classes_and_pull_secrets() {
    let spec = json!({
        "serviceAccountName": "web", "priorityClassName": "system-node-critical",
        "runtimeClassName": "gvisor", "imagePullSecrets": [{"name": "registry"}],
    });
    assert_eq!(
        found(
            "apps/v1",
            "Deployment",
            &json!({"spec": {"template": {"spec": spec}}})
        ),
        [
            "spec.template.spec.serviceAccountName → ServiceAccount shop/web",
            "spec.template.spec.priorityClassName → PriorityClass system-node-critical optional",
            "spec.template.spec.runtimeClassName → RuntimeClass gvisor",
            "spec.template.spec.imagePullSecrets[registry].name → Secret shop/registry ImagePullSecret",
        ]
    );
    assert_eq!(
        found("v1", "Pod", &json!({"spec": {"serviceAccount": "default"}})),
        ["spec.serviceAccount → ServiceAccount shop/default optional"]
    );
}

#[test]
fn pods_need_what_they_mount() {
    let volumes = json!([
        {"name": "a", "configMap": {"name": "config", "optional": true}},
        {"name": "b", "secret": {"secretName": "secret"}},
        {"name": "c", "persistentVolumeClaim": {"claimName": "claim"}},
        {"name": "d", "projected": {"sources": [{"secret": {"name": "projected"}}]}},
        {"name": "e", "emptyDir": {}},
    ]);
    let template = json!({"spec": {"volumes": volumes}});
    let cron = json!({"spec": {"jobTemplate": {"spec": {"template": template}}}});
    let spec = "spec.jobTemplate.spec.template.spec";
    assert_eq!(
        found("batch/v1", "CronJob", &cron),
        [
            format!("{spec}.volumes[a].configMap.name → ConfigMap shop/config Volume optional"),
            format!("{spec}.volumes[b].secret.secretName → Secret shop/secret Volume"),
            format!(
                "{spec}.volumes[c].persistentVolumeClaim.claimName → PersistentVolumeClaim shop/claim Volume"
            ),
            format!(
                "{spec}.volumes[d].projected.sources[0].secret.name → Secret shop/projected Volume"
            ),
        ]
    );
}

#[test]
fn containers_need_what_their_environment_names() {
    let web = json!({
        "name": "web",
        "envFrom": [{"configMapRef": {"name": "all"}}, {"secretRef": {"name": "all"}}],
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "one", "key": "a", "optional": true}}}],
    });
    let init = json!({"name": "init", "env": [{"name": "B", "valueFrom": {"configMapKeyRef": {"name": "b", "key": "b"}}}]});
    assert_eq!(
        found(
            "v1",
            "Pod",
            &json!({"spec": {"containers": [web], "initContainers": [init]}})
        ),
        [
            "spec.initContainers[init].env[B].valueFrom.configMapKeyRef.name → ConfigMap shop/b Env",
            "spec.containers[web].envFrom[0].configMapRef.name → ConfigMap shop/all EnvFrom",
            "spec.containers[web].envFrom[1].secretRef.name → Secret shop/all EnvFrom",
            "spec.containers[web].env[A].valueFrom.secretKeyRef.name → Secret shop/one Env optional",
        ]
    );
}

#[test]
fn storage_names_classes() {
    let template = json!({"spec": {"storageClassName": "fast"}});
    assert_eq!(
        found(
            "apps/v1",
            "StatefulSet",
            &json!({"spec": {"serviceName": "db", "volumeClaimTemplates": [template]}})
        ),
        [
            "spec.serviceName → Service shop/db",
            "spec.volumeClaimTemplates[0].spec.storageClassName → StorageClass fast",
        ]
    );
    let unbound = json!({"spec": {"storageClassName": "", "volumeName": "disk"}});
    assert_eq!(
        found("v1", "PersistentVolumeClaim", &unbound),
        ["spec.volumeName → PersistentVolume disk"]
    );
}

#[test]
fn bindings_name_a_role_and_accounts() {
    let subjects = json!([
        {"kind": "ServiceAccount", "name": "web", "namespace": "other"},
        {"kind": "User", "name": "alice"},
    ]);
    let api = "rbac.authorization.k8s.io/v1";
    let role = json!({"kind": "Role", "name": "reader"});
    assert_eq!(
        found(
            api,
            "RoleBinding",
            &json!({"roleRef": role, "subjects": subjects})
        ),
        [
            "roleRef.name → Role shop/reader",
            "subjects[0].name → ServiceAccount other/web"
        ]
    );
    let role = json!({"kind": "ClusterRole", "name": "admin"});
    assert_eq!(
        found(api, "ClusterRoleBinding", &json!({"roleRef": role})),
        ["roleRef.name → ClusterRole admin"]
    );
}

#[test]
fn an_ingress_names_class_services_and_certificates() {
    let path = json!({"backend": {"service": {"name": "web"}}});
    let spec = json!({
        "ingressClassName": "nginx",
        "defaultBackend": {"resource": {"apiGroup": "example.com", "kind": "Bucket", "name": "b"}},
        "rules": [{"http": {"paths": [path]}}],
        "tls": [{"secretName": "tls"}, {"hosts": ["a"]}],
    });
    assert_eq!(
        found("networking.k8s.io/v1", "Ingress", &json!({"spec": spec})),
        [
            "spec.ingressClassName → IngressClass nginx",
            "spec.defaultBackend.resource.name → Bucket.example.com shop/b",
            "spec.rules[0].http.paths[0].backend.service.name → Service shop/web",
            "spec.tls[0].secretName → Secret shop/tls",
        ]
    );
}

#[test]
fn autoscalers_name_their_target() {
    let target = json!({"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db"});
    assert_eq!(
        found(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            &json!({"spec": {"scaleTargetRef": target}})
        ),
        ["spec.scaleTargetRef.name → StatefulSet shop/db"]
    );
    assert_eq!(
        found(
            "keda.sh/v1alpha1",
            "ScaledObject",
            &json!({"spec": {"scaleTargetRef": {"name": "web"}}})
        ),
        ["spec.scaleTargetRef.name → Deployment shop/web"]
    );
}

#[test]
fn extensions_of_the_server_name_services() {
    let service = json!({"name": "hook", "namespace": "system"});
    let hooks =
        json!({"webhooks": [{"name": "a.example.com", "clientConfig": {"service": service}}]});
    let api = "admissionregistration.k8s.io/v1";
    assert_eq!(
        found(api, "ValidatingWebhookConfiguration", &hooks),
        ["webhooks[a.example.com].clientConfig.service.name → Service system/hook"]
    );
    assert_eq!(
        found(
            "apiregistration.k8s.io/v1",
            "APIService",
            &json!({"spec": {"service": service}})
        ),
        ["spec.service.name → Service system/hook"]
    );
    let conversion =
        json!({"spec": {"conversion": {"webhook": {"clientConfig": {"service": service}}}}});
    assert_eq!(
        found(
            "apiextensions.k8s.io/v1",
            "CustomResourceDefinition",
            &conversion
        ),
        ["spec.conversion.webhook.clientConfig.service.name → Service system/hook"]
    );
    assert_eq!(
        found(
            api,
            "ValidatingAdmissionPolicyBinding",
            &json!({"spec": {"policyName": "p"}})
        ),
        ["spec.policyName → ValidatingAdmissionPolicy p"]
    );
}

#[test]
fn gateways_and_routes_name_one_another() {
    let api = "gateway.networking.k8s.io/v1";
    let listener = json!({"tls": {"certificateRefs": [{"name": "tls"}]}});
    assert_eq!(
        found(
            api,
            "Gateway",
            &json!({"spec": {"gatewayClassName": "envoy", "listeners": [listener]}})
        ),
        [
            "spec.gatewayClassName → GatewayClass.gateway.networking.k8s.io envoy",
            "spec.listeners[0].tls.certificateRefs[0].name → Secret shop/tls",
        ]
    );
    let spec = json!({
        "parentRefs": [{"name": "main", "namespace": "edge"}],
        "rules": [{"backendRefs": [{"name": "web"}, {"name": "m", "group": "x.io", "kind": "Mesh"}]}],
    });
    assert_eq!(
        found(api, "HTTPRoute", &json!({"spec": spec})),
        [
            "spec.parentRefs[0].name → Gateway.gateway.networking.k8s.io edge/main",
            "spec.rules[0].backendRefs[0].name → Service shop/web",
            "spec.rules[0].backendRefs[1].name → Mesh.x.io shop/m",
        ]
    );
}

#[test]
fn issuers_need_the_secrets_that_others_make() {
    let token = json!({"name": "token", "key": "k"});
    let solvers = json!([{"dns01": {"cloudflare": {"apiTokenSecretRef": token}}}]);
    let spec = json!({"acme": {"privateKeySecretRef": {"name": "made"}, "solvers": solvers}});
    let at = "spec.acme.solvers[0].dns01.cloudflare.apiTokenSecretRef.name";
    let api = "cert-manager.io/v1";
    assert_eq!(
        found(api, "Issuer", &json!({"spec": spec})),
        [format!("{at} → Secret shop/token")]
    );
    assert_eq!(
        found(api, "ClusterIssuer", &json!({"spec": spec})),
        [format!("{at} → Secret cert-manager/token")]
    );
    assert_eq!(
        found(
            api,
            "Certificate",
            &json!({"spec": {"issuerRef": {"name": "le", "kind": "ClusterIssuer"}}})
        ),
        ["spec.issuerRef.name → ClusterIssuer.cert-manager.io le"]
    );
}

#[test]
fn odd_values_name_nothing() {
    assert!(
        found(
            "v1",
            "Pod",
            &json!({"spec": {"volumes": {"a": 1}, "containers": "none"}})
        )
        .is_empty()
    );
    assert!(
        found(
            "monitoring.coreos.com/v1",
            "ServiceMonitor",
            &json!({"spec": {}})
        )
        .is_empty()
    );
}
