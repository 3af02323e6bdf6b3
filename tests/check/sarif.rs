//! SARIF, which code hosts show as annotations beside the lines of a pull request.

use serde_json::Value;

use super::formats::repository;
use crate::support::fixtures;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
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
