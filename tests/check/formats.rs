//! What a person and a program get.

use crate::support::{Sandbox, fixtures};

/// Where the environment of [`repository`] is decided.
pub const ENVIRONMENT: &str = "environments/one/environment.yaml";

/// A module of the repository's own with one error, one warning, and one finding that is accepted.
pub fn repository() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox
        .write(
            ENVIRONMENT,
            "stack: reference/2026.11\n\
             components:\n  web: { version: 1.0.0 }\n\
             ignore:\n  - code: missing-secret\n    object: Deployment web/web\n    reason: made by hand\n",
        )
        .write("environments/one/web.yaml", "image: registry.example.com/web:latest-but-one\naccount: nobody\n")
        .write("modules/web/module.yaml", MODULE)
        .write("modules/web/templates/web.yaml", TEMPLATE);
    sandbox.run("render").succeeds();
    sandbox
}

const MODULE: &str = r#"
summary: A web server
namespace: web
versions:
  "1.0.0": { kubernetes: ">=1.30" }
knobs:
  image: { type: string, required: true, doc: What runs }
  account: { type: string, default: default, doc: Whom it runs as }
"#;

const TEMPLATE: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      nodeSelector: { beta.kubernetes.io/os: linux }
      serviceAccountName: {{ knobs.account }}
      containers:
        - name: server
          image: {{ knobs.image }}
          envFrom: [{ secretRef: { name: password } }]
"#;

#[test]
fn text_shows_every_finding_with_its_place() {
    let ran = repository().run("check").exits(1);
    insta::assert_snapshot!(ran.stdout, @r#"
    warning[deprecated-field]: Deployment web/web has `spec.template.spec.nodeSelector["beta.kubernetes.io/os"]`, which is deprecated
      --> environments/one/manifests/web/web/deployment-web.yaml:22:9
       |
    22 |         beta.kubernetes.io/os: linux
       |         ^^^^^^^^^^^^^^^^^^^^^ spec.template.spec.nodeSelector["beta.kubernetes.io/os"]
       |
       = help: use `kubernetes.io/os`
    error[missing-service-account]: Deployment web/web names ServiceAccount web/nobody, which nothing makes
      --> environments/one/web.yaml:2:1
       |
     2 | account: nobody
       | ^^^^^^^ set here
       |
      ::: environments/one/manifests/web/web/deployment-web.yaml:23:7
       |
    23 |       serviceAccountName: nobody
       |       ------------------ spec.template.spec.serviceAccountName
       |
       = help: where something else makes it, add `ServiceAccount web/nobody` to `external` in environment.yaml

    one · 2 objects · 1 error, 1 warning, 1 ignored
    "#);
    assert_eq!(ran.stderr, "");
}

#[test]
fn json_holds_what_was_found_and_what_was_ignored() {
    let ran = repository().run("check --format json").exits(1);
    insta::assert_snapshot!(ran.stdout, @r#"
    {
      "environments": [
        {
          "environment": "one",
          "errors": 1,
          "findings": [
            {
              "code": "deprecated-field",
              "file": "environments/one/manifests/web/web/deployment-web.yaml",
              "helps": [
                "use `kubernetes.io/os`"
              ],
              "labels": [
                {
                  "end": {
                    "column": 30,
                    "line": 22
                  },
                  "file": "environments/one/manifests/web/web/deployment-web.yaml",
                  "start": {
                    "column": 9,
                    "line": 22
                  },
                  "text": "spec.template.spec.nodeSelector[\"beta.kubernetes.io/os\"]"
                }
              ],
              "message": "Deployment web/web has `spec.template.spec.nodeSelector[\"beta.kubernetes.io/os\"]`, which is deprecated",
              "severity": "warning",
              "subject": "Deployment web/web"
            },
            {
              "code": "missing-service-account",
              "file": "environments/one/web.yaml",
              "helps": [
                "where something else makes it, add `ServiceAccount web/nobody` to `external` in environment.yaml"
              ],
              "labels": [
                {
                  "end": {
                    "column": 8,
                    "line": 2
                  },
                  "file": "environments/one/web.yaml",
                  "start": {
                    "column": 1,
                    "line": 2
                  },
                  "text": "set here"
                },
                {
                  "end": {
                    "column": 25,
                    "line": 23
                  },
                  "file": "environments/one/manifests/web/web/deployment-web.yaml",
                  "start": {
                    "column": 7,
                    "line": 23
                  },
                  "text": "spec.template.spec.serviceAccountName"
                }
              ],
              "message": "Deployment web/web names ServiceAccount web/nobody, which nothing makes",
              "severity": "error",
              "subject": "Deployment web/web"
            }
          ],
          "ignored": [
            {
              "code": "missing-secret",
              "file": "environments/one/manifests/web/web/deployment-web.yaml",
              "helps": [
                "where something else makes it, add `Secret web/password` to `external` in environment.yaml"
              ],
              "labels": [
                {
                  "end": {
                    "column": 17,
                    "line": 19
                  },
                  "file": "environments/one/manifests/web/web/deployment-web.yaml",
                  "start": {
                    "column": 13,
                    "line": 19
                  },
                  "text": "spec.template.spec.containers[server].envFrom[0].secretRef.name"
                }
              ],
              "message": "Deployment web/web names Secret web/password, which nothing makes",
              "reason": "made by hand",
              "severity": "warning",
              "subject": "Deployment web/web"
            }
          ],
          "objects": 2,
          "warnings": 1
        }
      ],
      "errors": 1,
      "format": "kops-stack.check/1",
      "warnings": 1
    }
    "#);
}
