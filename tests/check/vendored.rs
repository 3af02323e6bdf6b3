//! Custom resources are held to upstream's CRD, also where a stand-in is rendered.

use super::formats::ENVIRONMENT;
use crate::support::{Sandbox, fixtures};

#[test]
fn a_real_crd_is_used_where_it_is_vendored_though_stand_ins_are_rendered() {
    let sandbox = vendored();
    let before = sandbox.run("check").exits(0);
    assert_eq!(
        before.stderr,
        "custom resources are not held to the schemas of their CRDs, which `kops-stack vendor` gets, in one\n"
    );
    sandbox.run("vendor --from upstream").succeeds();
    let ran = sandbox.run("check").exits(1);
    assert_eq!(ran.stderr, "");
    assert!(ran.stdout.contains("error[invalid-field]: Widget.example.com web/one has text at `spec.size`, which takes an integer"), "{}", ran.stdout);
}

/// A module with a stand-in, its CRD in a folder, and a resource that only the CRD refuses.
fn vendored() -> Sandbox {
    let sandbox = fixtures::small();
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: widgets.example.com }\nspec:\n  group: example.com\n  scope: Namespaced\n  names: { kind: Widget, plural: widgets }\n  versions:\n    - name: v1\n      served: true\n      storage: true\n      schema:\n        openAPIV3Schema:\n          type: object\n          properties:\n            spec: { type: object, properties: { size: { type: integer } } }\n";
    let digest = kops_stack::model::digest::sha256(crd.as_bytes());
    sandbox
        .write(ENVIRONMENT, "stack: reference/2026.11\ncrds: stand-in\ncomponents:\n  web: { version: 1.0.0 }\n")
        .write("modules/web/module.yaml", "summary: Widgets\nnamespace: web\nprovides: [\"crd:example.com\"]\nversions:\n  \"1.0.0\": { kubernetes: \">=1.30\" }\n")
        .write("modules/web/crds.yaml", "- group: example.com\n  scope: Namespaced\n  kind: Widget\n  plural: widgets\n  versions: [{ name: v1 }]\n")
        .write("modules/web/inputs.yaml", format!("crds:\n  kind: crds\n  repository: https://github.com/example/widgets\n  versions:\n    \"1.0.0\":\n      tag: v1.0.0\n      path: config\n      files:\n        widgets.yaml: \"{digest}\"\n"))
        .write("modules/web/templates/widget.yaml", "apiVersion: example.com/v1\nkind: Widget\nmetadata: { name: one, namespace: web }\nspec: { size: large }\n")
        .write("upstream/example/widgets/v1.0.0/config/widgets.yaml", crd);
    sandbox.run("render").succeeds();
    sandbox
}
