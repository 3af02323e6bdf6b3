//! `schema`: what an editor knows about knob files is what the program knows.

use std::path::Path;

use jsonschema::Validator;
use kops_stack::diagnostic::{Diagnostics, Source};
use kops_stack::yaml::{parse_one, strict_value};
use serde_json::Value;

use crate::support::{ROOT, Sandbox, fixtures};

fn schemas() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox.run("schema").succeeds();
    sandbox
}

fn schema(sandbox: &Sandbox, name: &str) -> Validator {
    let text = sandbox.read(&format!(".kops-stack/schemas/{name}.json"));
    let schema: Value = serde_json::from_str(&text).expect("a schema is JSON");
    jsonschema::meta::validate(&schema).unwrap_or_else(|error| panic!("{name}: {error}"));
    jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn value(path: &str, text: &str) -> Value {
    let source = Source::new(path, text);
    let document = parse_one(&source).unwrap_or_else(|problems| panic!("{path}: {problems:?}"));
    strict_value(&document, &document.root, &mut Diagnostics::default())
}

#[test]
fn every_schema_is_one() {
    let sandbox = schemas();
    let files = sandbox.files(".kops-stack/schemas");
    assert!(files.len() >= 11, "{:?}", files.keys());
    for path in files.keys() {
        schema(&sandbox, path.trim_end_matches(".json"));
    }
}

#[test]
fn one_schema_is_printed() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run("schema cert-manager").succeeds();
    let printed: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert!(printed["properties"]["replicas"].is_object());
    sandbox.run("schema cert-manger").exits(64);
}

/// Every knob file of this repository names its schema in its first line, and is as it says.
#[test]
fn the_knob_files_of_this_repository_pass() {
    let sandbox = schemas();
    let mut checked = 0;
    for folder in ["environments", "stacks", "modules"] {
        for entry in walkdir::WalkDir::new(Path::new(ROOT).join(folder)) {
            let entry = entry.expect("the folder can be read");
            let path = entry.path().display().to_string();
            if !path.ends_with(".yaml") || path.contains("/manifests/") {
                continue;
            }
            let text = fs_err::read_to_string(entry.path()).expect("it can be read");
            let name = match text
                .lines()
                .next()
                .unwrap_or_default()
                .split_once("/schemas/")
            {
                Some((_, name)) => name.trim_end_matches(".json").to_owned(),
                None if path.ends_with("/module.yaml") => "module".to_owned(),
                None => continue,
            };
            let value = value(&path, &text);
            let problems: Vec<String> = schema(&sandbox, &name)
                .iter_errors(&value)
                .map(|error| format!("{} at {}", error, error.instance_path()))
                .collect();
            assert!(problems.is_empty(), "{path} by {name}: {problems:#?}");
            checked += 1;
        }
    }
    assert!(checked > 30, "only {checked} files were checked");
}

/// What the program refuses, the editor underlines.
#[test]
fn bad_knobs_do_not_pass() {
    let sandbox = schemas();
    for (name, text) in [
        ("modules/metrics-server", "replica: 2"),
        ("modules/metrics-server", "replicas: 0"),
        ("modules/metrics-server", "replicas: many"),
        ("modules/metrics-server", "tls: { type: none }"),
        ("modules/metrics-server", "kubeletPreferredAddressTypes: []"),
        ("modules/cert-manager", "webhook: { replica: 1 }"),
        ("environment", "stack: newest"),
        ("environment", "stack: reference/2026.11\ncrds: none"),
        ("cluster", "kubernetes: \"1.36\"\nprovider: eks"),
        ("global", "domain: [a]"),
        ("kops-stack", "default: {}"),
        ("patches", "a: { traget: {} }"),
        ("patches", "a: { target: { kinds: Pod } }"),
        ("patches", "a: { json: [{ op: ad, path: /a }] }"),
        ("patches", "a: { reason: \"\" }"),
    ] {
        let valid = schema(&sandbox, name).is_valid(&value(name, text));
        assert!(!valid, "{name} lets pass: {text}");
    }
}

/// `null` returns to the default, so that an editor must not refuse it.
#[test]
fn null_passes() {
    let sandbox = schemas();
    for (name, text) in [
        ("modules/metrics-server", "replicas: null"),
        ("modules/metrics-server", "tls: null"),
        ("global", "domain: null"),
        ("patches", "a: null"),
        (
            "patches",
            "a: { target: { kind: Pod, name: a }, merge: { spec: null }, reason: b }",
        ),
    ] {
        let valid = schema(&sandbox, name).is_valid(&value(name, text));
        assert!(valid, "{name} refuses: {text}");
    }
}
