//! Files of others: verified to the byte on their way in, held against the lock for ever after.

mod embedded;
mod server;

use std::path::Path;

use kops_stack::model::digest::sha256;
use server::Mirror;

use crate::support::{ROOT, Sandbox, fixtures};

const PLACE: &str = "someone/widgets/v1.0.0/crds/widgets.yaml";
const FILE: &str = "vendor/widgets/1.0.0/widgets.yaml";
const MANIFEST: &str =
    "environments/one/manifests/widgets/customresourcedefinition-widgets.example.com.yaml";

/// Two documents, with the comments and the odd layout that upstream files have.
const WIDGETS: &str = "\
# Made by hand.
---
apiVersion:   apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: # all of it
  name: widgets.example.com
spec:
    group: example.com
    names: { kind: Widget, plural: widgets }
    scope: Namespaced
    versions: []   # none yet
--- # the second
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: gadgets.example.com
spec:
  group: example.com
  names: { kind: Gadget, plural: gadgets }
  scope: Cluster
  versions: []
";

/// A repository whose own module has one outside input.
fn repository() -> Sandbox {
    let sandbox = fixtures::small();
    let inputs = format!(
        "crds:\n  kind: crds\n  repository: https://github.com/someone/widgets\n  versions:\n    \"1.0.0\":\n      tag: v1.0.0\n      path: crds\n      files: {{ widgets.yaml: \"{}\" }}\n",
        sha256(WIDGETS.as_bytes())
    );
    sandbox
        .write("environments/one/environment.yaml", "stack: reference/2026.11\ncrds: vendored\ncomponents:\n  widgets: {}\n")
        .write("modules/widgets/module.yaml", "summary: Widgets\nnamespace: widgets\nprovides: [\"crd:example.com\"]\nversions:\n  \"1.0.0\": { kubernetes: \">=1.30\" }\n")
        .write("modules/widgets/crds.yaml", "- { group: example.com, scope: Namespaced, kind: Widget, plural: widgets, versions: [{ name: v1 }] }\n")
        .write("modules/widgets/inputs.yaml", inputs);
    sandbox
}

fn vendor(sandbox: &Sandbox, from: &str) -> crate::support::Ran {
    sandbox.run(&format!("vendor --timeout-secs 2 --from {from}"))
}

fn vendored() -> Sandbox {
    let sandbox = repository();
    let mirror = Mirror::of(WIDGETS);
    vendor(&sandbox, &mirror.that_answers("well")).succeeds();
    sandbox
}

#[test]
fn documents_reach_the_manifests_byte_for_byte() {
    let sandbox = vendored();
    assert_eq!(sandbox.read(FILE), WIDGETS);
    sandbox.run("render").succeeds();
    let first = WIDGETS.split("---\n").nth(1).expect("a document");
    let first = first.split("--- #").next().expect("a document");
    assert_eq!(sandbox.read(MANIFEST), first);
    let index = sandbox.read("environments/one/manifests/widgets/index.json");
    assert!(index.contains(FILE), "{index}");
    sandbox.run("render --check").succeeds();
    sandbox.run("plan one --against empty").succeeds();
}

/// A patch would change bytes that are locked.
#[test]
fn a_patch_of_a_vendored_document_is_refused() {
    let sandbox = vendored();
    sandbox.write(
        "environments/one/patches.yaml",
        "label:\n  target: { kind: CustomResourceDefinition, name: widgets.example.com }\n  merge: { metadata: { labels: { a: b } } }\n  reason: a label\n",
    );
    let ran = sandbox.run("render").exits(1);
    assert!(
        ran.stderr.contains("error[patch-refused]: the patch `label` cannot change CustomResourceDefinition widgets.example.com: it is a file of others, which is kept byte for byte"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_there_already_is_not_asked_for_again() {
    let sandbox = vendored();
    let mirror = Mirror::of(WIDGETS);
    vendor(&sandbox, &mirror.that_answers("well")).succeeds();
    assert_eq!(mirror.asked(), 0);
}

#[test]
fn a_folder_serves_as_well_as_a_mirror() {
    let sandbox = repository();
    sandbox.write(&format!("elsewhere/{PLACE}"), WIDGETS);
    vendor(&sandbox, "elsewhere").succeeds();
    assert_eq!(sandbox.read(FILE), WIDGETS);
}

#[test]
fn a_mirror_that_fails_leaves_nothing_behind() {
    for (how, said) in [
        ("cut", "failed to get"),
        ("gone", "answered 404"),
        ("elsewhere", "redirects are not followed"),
        ("huge", "is larger than 16 MiB"),
        ("slow", "failed to get"),
        ("other", "is not the file that is locked"),
    ] {
        let sandbox = repository();
        let before = sandbox.files(".");
        let mirror = Mirror::of(WIDGETS);
        let ran = vendor(&sandbox, &mirror.that_answers(how)).exits(1);
        assert!(ran.stderr.contains(said), "{how}: {}", ran.stderr);
        assert!(ran.stderr.contains(FILE), "{how}: {}", ran.stderr);
        assert_eq!(sandbox.files("."), before, "{how}");
    }
}

#[test]
fn only_what_may_pass_is_tried_again() {
    for (how, tries) in [("cut", 3), ("gone", 1), ("other", 1)] {
        let mirror = Mirror::of(WIDGETS);
        vendor(&repository(), &mirror.that_answers(how)).exits(1);
        assert_eq!(mirror.asked(), tries, "{how}");
    }
}

#[test]
fn a_mirror_without_encryption_is_refused() {
    let ran = vendor(&repository(), "http://mirror.example.com/raw").exits(1);
    assert!(ran.stderr.contains("is not https"), "{}", ran.stderr);
}

#[test]
fn a_changed_a_missing_and_an_unlocked_file_are_named() {
    let changed = vendored();
    changed.write(FILE, WIDGETS.replace("Widget", "Gizmo"));
    let missing = vendored();
    missing.remove(FILE);
    let unlocked = vendored();
    unlocked.remove("kops-stack.lock");
    for (sandbox, code) in [
        (changed, "input-differs"),
        (missing, "crds-not-vendored"),
        (unlocked, "input-unlocked"),
    ] {
        let ran = sandbox.run("render").exits(1);
        assert!(ran.stderr.contains(code), "{}", ran.stderr);
        assert!(ran.stderr.contains("widgets"), "{}", ran.stderr);
        assert!(!sandbox.exists(MANIFEST), "{code}");
    }
}

/// What the messages of `render` send people to.
#[test]
fn a_missing_and_an_unlocked_file_are_mended_and_a_changed_one_is_not() {
    let inputs = format!(
        "crds:\n  kind: crds\n  repository: https://github.com/someone/widgets\n  versions:\n    \"1.0.0\":\n      tag: v1.0.0\n      path: crds\n      files: {{ widgets.yaml: \"{digest}\", more.yaml: \"{digest}\" }}\n",
        digest = sha256(WIDGETS.as_bytes())
    );
    let two = repository();
    two.write("modules/widgets/inputs.yaml", inputs);
    let well = || Mirror::of(WIDGETS);
    let mirror = well();
    vendor(&two, &mirror.that_answers("well")).succeeds();
    two.remove("vendor/widgets/1.0.0/more.yaml");
    let ran = two.run("render").exits(1);
    assert!(ran.stderr.contains("input-missing"), "{}", ran.stderr);
    let mirror = well();
    let ran = vendor(&two, &mirror.that_answers("well")).succeeds();
    assert!(ran.stderr.contains("1 fetched"), "{}", ran.stderr);
    assert_eq!(two.read("vendor/widgets/1.0.0/more.yaml"), WIDGETS);

    let unlocked = vendored();
    unlocked.remove("kops-stack.lock");
    let mirror = well();
    vendor(&unlocked, &mirror.that_answers("well")).succeeds();
    assert_eq!(mirror.asked(), 0);
    unlocked.run("render").succeeds();

    let changed = vendored();
    changed.write(FILE, WIDGETS.replace("Widget", "Gizmo"));
    let mirror = well();
    let ran = vendor(&changed, &mirror.that_answers("well")).exits(1);
    assert!(ran.stderr.contains("input-differs"), "{}", ran.stderr);
    assert!(changed.read(FILE).contains("Gizmo"));
}

/// The real files, from the folder that holds what upstream publishes.
#[test]
fn the_catalogue_lists_the_digests_of_what_upstream_publishes() {
    let crds = Path::new(ROOT).join("../shared/data/crds");
    if !crds.exists() {
        eprintln!("skipped: there is no ../shared/data/crds");
        return;
    }
    let folders = [
        ("cert-manager", "cert-manager", "v"),
        ("envoy-gateway", "envoy-gateway", "v"),
        ("gateway-api-crds", "gateway-api", "v"),
    ];
    let mut files = 0;
    for (module, folder, prefix) in folders {
        let module = &crate::support::catalogue::CATALOGUE.modules[module];
        for version in module.inputs.iter().flat_map(|input| &input.versions) {
            for (file, digest) in &version.files {
                let path = crds.join(format!("{folder}/{prefix}{}/{file}", version.version));
                let bytes = fs_err::read(&path).expect("the file is there");
                assert_eq!(sha256(&bytes), *digest, "{}", path.display());
                files += 1;
            }
        }
    }
    assert!(files > 30, "only {files} files");
    eprintln!("vendor: {files} files have the digests that their modules list");
}
