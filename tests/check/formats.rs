//! What a person, a program and a code host get, and how the command ends.

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

const ENVIRONMENT: &str = "environments/one/environment.yaml";

/// A module of the repository's own with one error, one warning, and one finding that is accepted.
fn repository() -> Sandbox {
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

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

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

#[test]
fn sarif_points_at_lines_of_files_of_the_repository() {
    let sandbox = repository();
    let ran = sandbox.run("check --format sarif").exits(1);
    let mut sarif = parsed(&ran.stdout);
    let run = &mut sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].take();
    let rules = rules.as_array().expect("rules are a list");
    run["tool"]["driver"]["version"] = "[VERSION]".into();
    for result in run["results"].as_array().expect("results are a list") {
        let rule = &rules[result["ruleIndex"].as_u64().expect("a number") as usize];
        assert_eq!(rule["id"], result["ruleId"]);
        for place in places(result) {
            let uri = place["artifactLocation"]["uri"].as_str().expect("a path");
            let line = place["region"]["startLine"].as_u64().expect("a line") as usize;
            let text = sandbox.read(uri);
            assert!(text.lines().count() >= line, "{uri}:{line}");
        }
    }
    for rule in rules {
        for text in [&rule["shortDescription"]["text"], &rule["help"]["text"]] {
            assert!(text.as_str().is_some_and(|text| !text.is_empty()), "{rule}");
        }
    }
    let shown = serde_json::to_string_pretty(&sarif).expect("it is JSON");
    insta::assert_snapshot!(shown, @r#"
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "runs": [
        {
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "level": "warning",
              "locations": [
                {
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "Deployment web/web",
                      "kind": "resource"
                    }
                  ],
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "environments/one/manifests/web/web/deployment-web.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "endColumn": 30,
                      "endLine": 22,
                      "startColumn": 9,
                      "startLine": 22
                    }
                  }
                }
              ],
              "message": {
                "text": "Deployment web/web has `spec.template.spec.nodeSelector[\"beta.kubernetes.io/os\"]`, which is deprecated\nhelp: use `kubernetes.io/os`"
              },
              "properties": {
                "environment": "one",
                "subject": "Deployment web/web"
              },
              "ruleId": "deprecated-field",
              "ruleIndex": 2
            },
            {
              "level": "error",
              "locations": [
                {
                  "logicalLocations": [
                    {
                      "fullyQualifiedName": "Deployment web/web",
                      "kind": "resource"
                    }
                  ],
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "environments/one/web.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "endColumn": 8,
                      "endLine": 2,
                      "startColumn": 1,
                      "startLine": 2
                    }
                  }
                }
              ],
              "message": {
                "text": "Deployment web/web names ServiceAccount web/nobody, which nothing makes\nhelp: where something else makes it, add `ServiceAccount web/nobody` to `external` in environment.yaml"
              },
              "properties": {
                "environment": "one",
                "subject": "Deployment web/web"
              },
              "relatedLocations": [
                {
                  "message": {
                    "text": "spec.template.spec.serviceAccountName"
                  },
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "environments/one/manifests/web/web/deployment-web.yaml",
                      "uriBaseId": "%SRCROOT%"
                    },
                    "region": {
                      "endColumn": 25,
                      "endLine": 23,
                      "startColumn": 7,
                      "startLine": 23
                    }
                  }
                }
              ],
              "ruleId": "missing-service-account",
              "ruleIndex": 17
            }
          ],
          "tool": {
            "driver": {
              "name": "kops-stack",
              "rules": null,
              "version": "[VERSION]"
            }
          }
        }
      ],
      "version": "2.1.0"
    }
    "#);
}

fn places(result: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["locations", "relatedLocations"].into_iter();
    let places = lists
        .filter_map(|key| result.get(key)?.as_array())
        .flatten();
    places.map(|place| &place["physicalLocation"])
}

/// The parts of the schema of SARIF 2.1.0 that are used, with the limits that code hosts add: texts
/// that are not empty, regions that count from 1, paths that are relative and have no backslash.
#[test]
fn sarif_is_what_its_specification_says() {
    let schema = serde_json::json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["$schema", "version", "runs"],
        "properties": {
            "$schema": {"const": "https://json.schemastore.org/sarif-2.1.0.json"},
            "version": {"const": "2.1.0"},
            "runs": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"$ref": "#/$defs/run"}},
        },
        "$defs": {
            "text": {"type": "object", "additionalProperties": false, "required": ["text"],
                "properties": {"text": {"type": "string", "minLength": 1}, "markdown": {"type": "string", "minLength": 1}}},
            "run": {"type": "object", "additionalProperties": false, "required": ["tool", "results", "columnKind"],
                "properties": {
                    "columnKind": {"const": "unicodeCodePoints"},
                    "tool": {"type": "object", "additionalProperties": false, "required": ["driver"], "properties": {
                        "driver": {"type": "object", "additionalProperties": false, "required": ["name", "rules"], "properties": {
                            "name": {"const": "kops-stack"},
                            "version": {"type": "string"},
                            "rules": {"type": "array", "uniqueItems": true, "items": {"$ref": "#/$defs/rule"}},
                        }},
                    }},
                    "results": {"type": "array", "items": {"$ref": "#/$defs/result"}},
                }},
            "rule": {"type": "object", "additionalProperties": false, "required": ["id", "shortDescription", "fullDescription", "help"],
                "properties": {
                    "id": {"type": "string", "pattern": "^[a-z][a-z-]*$", "maxLength": 255},
                    "shortDescription": {"$ref": "#/$defs/text"},
                    "fullDescription": {"$ref": "#/$defs/text"},
                    "help": {"$ref": "#/$defs/text"},
                }},
            "result": {"type": "object", "additionalProperties": false, "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                "properties": {
                    "ruleId": {"type": "string"},
                    "ruleIndex": {"type": "integer", "minimum": 0},
                    "level": {"enum": ["warning", "error"]},
                    "message": {"$ref": "#/$defs/text"},
                    "locations": {"type": "array", "minItems": 1, "maxItems": 1, "items": {"$ref": "#/$defs/location"}},
                    "relatedLocations": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/location"}},
                    "properties": {"type": "object"},
                }},
            "location": {"type": "object", "additionalProperties": false, "required": ["physicalLocation"],
                "properties": {
                    "message": {"$ref": "#/$defs/text"},
                    "logicalLocations": {"type": "array", "items": {"type": "object", "additionalProperties": false,
                        "properties": {"fullyQualifiedName": {"type": "string"}, "kind": {"type": "string"}}}},
                    "physicalLocation": {"type": "object", "additionalProperties": false, "required": ["artifactLocation", "region"],
                        "properties": {
                            "artifactLocation": {"type": "object", "additionalProperties": false, "required": ["uri", "uriBaseId"], "properties": {
                                "uri": {"type": "string", "pattern": "^[^/\\\\: ][^\\\\: ]*$"},
                                "uriBaseId": {"const": "%SRCROOT%"},
                            }},
                            "region": {"type": "object", "additionalProperties": false,
                                "required": ["startLine", "startColumn", "endLine", "endColumn"],
                                "properties": {
                                    "startLine": {"type": "integer", "minimum": 1},
                                    "startColumn": {"type": "integer", "minimum": 1},
                                    "endLine": {"type": "integer", "minimum": 1},
                                    "endColumn": {"type": "integer", "minimum": 1},
                                }},
                        }},
                }},
        },
    });
    let schema = jsonschema::validator_for(&schema).expect("the schema is one");
    for sandbox in [repository(), fixtures::small()] {
        let ran = sandbox.run("check --format sarif");
        let sarif = parsed(&ran.stdout);
        let errors: Vec<String> = schema
            .iter_errors(&sarif)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{}", errors.join("\n"));
    }
}

#[test]
fn errors_end_with_one_and_warnings_only_where_they_are_meant_to() {
    let sandbox = repository();
    sandbox.run("check").exits(1);
    // Without the errors, a warning is left.
    sandbox.write(
        "environments/one/web.yaml",
        "image: registry.example.com/web:1.0.0\n",
    );
    let ran = sandbox.run("check").exits(0);
    assert!(
        ran.stdout
            .ends_with("one · 2 objects · 1 warning, 1 ignored\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr
            .starts_with("manifests are not what the knobs say"),
        "{}",
        ran.stderr
    );
    sandbox.run("check --strict").exits(1);
    sandbox.replace(
        ENVIRONMENT,
        "    reason: made by hand\n",
        "    reason: made by hand\n  - { code: deprecated-field, reason: the nodes are old }\n",
    );
    let ran = sandbox.run("check --strict").exits(0);
    assert!(
        ran.stdout
            .ends_with("one · 2 objects · nothing found, 2 ignored\n"),
        "{}",
        ran.stdout
    );
    sandbox.run("check two").exits(1);
    sandbox.run("check --format xml").exits(64);
}

#[test]
fn a_layer_accepts_for_its_environments_and_is_named_where_none_of_them_needs_it() {
    let sandbox = repository();
    let clean = "components:\n  metrics-server: {}\n";
    sandbox
        .write(
            "environments/two/environment.yaml",
            format!("stack: reference/2026.11\nlayers: [shared]\ncrds: stand-in\n{clean}"),
        )
        .write("environments/two/cluster.yaml", "kubernetes: \"1.36.3\"\n");
    let layer = "environments/layers/shared/environment.yaml";
    sandbox
        .write(
            ENVIRONMENT,
            "stack: reference/2026.11\nlayers: [shared]\ncomponents:\n  web: { version: 1.0.0 }\n",
        )
        .write(
            layer,
            "ignore:\n\
             - { code: missing-service-account, object: \"Deployment */web\", reason: made by hand }\n\
             - { code: missing-secret, reason: made by hand }\n\
             - { code: deprecated-field, reason: the nodes are old, until: \"2999-12-31\" }\n\
             - { code: floating-image, reason: none floats }\n",
        );
    let ran = sandbox.run("check").exits(0);
    insta::assert_snapshot!(ran.stdout, @r"
    warning[unused-ignore]: ignoring `floating-image` matches no finding
     --> environments/layers/shared/environment.yaml:5:3
      |
    5 | - { code: floating-image, reason: none floats }
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: remove the entry, or correct its `code` and `object`

    one · 2 objects · 1 warning, 3 ignored
    two · 9 objects · nothing found
    ");
    // What is not checked may need it.
    let ran = sandbox.run("check one").exits(0);
    assert_eq!(ran.stdout, "one · 2 objects · nothing found, 3 ignored\n");
}

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
