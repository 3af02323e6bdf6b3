//! `objects/`: manifests of the user's own, which are planned with the rest.

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

const MANIFESTS: &str = "environments/one/manifests/objects";

const SHOP: &str = "\
# As somebody wrote it.
kind: Namespace
apiVersion: v1
metadata: {name: shop}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: web, namespace: shop}
  data: {port: '80'}
- apiVersion: apps/v1
  kind: Deployment
  metadata: {name: web, namespace: shop}
  spec:
    selector: {matchLabels: {app: web}}
    template:
      metadata: {labels: {app: web}}
      spec:
        containers: [{name: web, image: 'registry.example.com/web:v1', envFrom: [{configMapRef: {name: web}}]}]
";

const CRD: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: widgets.example.com }
spec:
  group: example.com
  names: { kind: Widget, plural: widgets }
  scope: Namespaced
  versions: [{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: { type: object } } }]
";

fn shop() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox.write("environments/one/objects/shop.yaml", SHOP);
    sandbox
}

#[test]
fn they_become_a_component_of_their_own() {
    let sandbox = shop();
    sandbox.run("render").succeeds();
    let files: Vec<String> = sandbox.files(MANIFESTS).into_keys().collect();
    assert_eq!(
        files,
        [
            "index.json",
            "namespace-shop.yaml",
            "shop/configmap-web.yaml",
            "shop/deployment-web.yaml"
        ]
    );
    insta::assert_snapshot!(sandbox.read(&format!("{MANIFESTS}/namespace-shop.yaml")), @"
    apiVersion: v1
    kind: Namespace
    metadata:
      name: shop
    ");
    sandbox.run("render --check").succeeds();
    let plan = sandbox.run("plan one --against empty").succeeds().stdout;
    for line in [
        "Wave 1 of 4 · objects\n  + Namespace shop\n",
        "  + ConfigMap shop/web\n",
        "  + Deployment shop/web\n",
    ] {
        assert!(plan.contains(line), "{plan}");
    }
    sandbox.replace("environments/one/objects/shop.yaml", "'80'", "'8080'");
    sandbox.run("render --check").exits(2);
    sandbox.run("plan one --against empty").exits(1);
}

/// What a person wrote stays so: no labels, no tolerations, no digests, no mirrors.
#[test]
fn globals_do_not_reach_them_and_patches_do() {
    let sandbox = shop();
    sandbox.run("render").succeeds();
    let before = sandbox.files(MANIFESTS);
    sandbox.write(
        "environments/one/global.yaml",
        "labels: { team: platform }\nannotations: { a: b }\npullSecrets: [pull]\nnodeSelector: { a: b }\nimageMirrors: { registry.example.com: mirror.example.com }\n",
    );
    sandbox.run("render").succeeds();
    assert!(before == sandbox.files(MANIFESTS));
    sandbox.write(
        "environments/one/patches.yaml",
        "port:\n  target: { kind: ConfigMap, component: objects, name: web }\n  merge: { data: { port: \"81\" } }\n  reason: only here\n",
    );
    sandbox.run("render").succeeds();
    assert!(
        sandbox
            .read(&format!("{MANIFESTS}/shop/configmap-web.yaml"))
            .contains("port: \"81\"")
    );
}

#[test]
fn a_namespace_of_a_component_is_not_doubled() {
    let sandbox = fixtures::workloads();
    let namespace = "environments/one/manifests/namespaces/namespace-workloads.yaml";
    sandbox.run("render").succeeds();
    assert!(sandbox.exists(namespace));
    sandbox.write(
        "environments/one/objects/namespace.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Namespace\", \"metadata\": {\"name\": \"workloads\", \"labels\": {\"own\": \"yes\"}}}\n",
    );
    sandbox.run("render").succeeds();
    assert!(!sandbox.exists(namespace));
    let own = sandbox.read(&format!("{MANIFESTS}/namespace-workloads.yaml"));
    assert!(own.contains("own: \"yes\""), "{own}");
}

#[test]
fn a_namespace_must_have_what_a_component_needs_of_it() {
    let sandbox = fixtures::workloads();
    sandbox
        .replace(
            "modules/workloads/module.yaml",
            "reloads:",
            "namespaceLabels: { pod-security.kubernetes.io/enforce: privileged }\nreloads:",
        )
        .write(
            "environments/one/objects/namespace.yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata: { name: workloads }\n",
        );
    let ran = sandbox.run("render").exits(1);
    assert!(
        ran.stderr.contains("error[invalid-object]: the own Namespace `workloads` lacks the label `pod-security.kubernetes.io/enforce: privileged`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn those_of_layers_come_with_those_of_the_environment() {
    let sandbox = shop();
    sandbox
        .replace(
            "environments/one/environment.yaml",
            "crds:",
            "layers: [base]\ncrds:",
        )
        .write(
            "environments/layers/base/objects/deep/er/config.yml",
            "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: shared, namespace: shop }\n",
        );
    sandbox.run("render").succeeds();
    for file in ["configmap-shared.yaml", "configmap-web.yaml"] {
        assert!(sandbox.exists(&format!("{MANIFESTS}/shop/{file}")));
    }
}

/// A component that needs the CRD waits for it, and objects of its kind do.
#[test]
fn their_crds_are_capabilities() {
    let sandbox = fixtures::workloads();
    sandbox
        .replace(
            "modules/workloads/module.yaml",
            "reloads:",
            "requires: [\"crd:example.com\"]\nreloads:",
        )
        .write("environments/one/environment.yaml", "stack: reference/2026.11\ncrds: stand-in\ncomponents:\n  workloads: { version: 1.0.0 }\n");
    let ran = sandbox.run("render").exits(1);
    assert!(ran.stderr.contains("error[capability-missing]"));
    sandbox
        .write("environments/one/objects/crd.yaml", CRD)
        .write(
            "environments/one/objects/widget.yaml",
            "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: one, namespace: workloads }\n",
        );
    sandbox.run("render").succeeds();
    let index: Value = serde_json::from_str(&sandbox.read(&format!("{MANIFESTS}/index.json")))
        .expect("it is JSON");
    assert_eq!(index["provides"], serde_json::json!(["crd:example.com"]));
    let plan = sandbox.run("plan one --against empty").succeeds().stdout;
    let place = |line: &str| plan.find(line).unwrap_or_else(|| panic!("{line}\n{plan}"));
    assert!(place("+ CRD widgets.example.com") < place("+ Widget.example.com workloads/one"));
    assert!(
        place("+ CRD widgets.example.com") < place("+ Deployment workloads/workloads-deployment")
    );
    assert!(plan.contains("objects provides crd:example.com"), "{plan}");
}

#[test]
fn what_is_removed_is_deleted_by_the_plan() {
    let sandbox = shop();
    sandbox.run("render").succeeds();
    sandbox.remove("environments/one/objects/shop.yaml");
    sandbox.run("render").succeeds();
    assert!(!sandbox.exists(MANIFESTS));
}
