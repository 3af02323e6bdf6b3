//! Modules of a user's own: the skeleton, and what its tests tell whoever changes it.

use crate::support::Sandbox;

const MODULE: &str = "modules/hello/module.yaml";
const SERVER: &str = "modules/hello/templates/server.yaml";
const TUNED: &str = "modules/hello/tests/tuned.yaml";
const TUNED_GOLDEN: &str = "modules/hello/tests/tuned.golden.yaml";

/// A repository with the skeleton of a module `hello`.
fn hello() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.run("init .").succeeds();
    sandbox.run("new module hello").succeeds();
    sandbox
}

#[test]
fn the_skeleton_passes_its_tests_at_once() {
    let sandbox = hello();
    let ran = sandbox.run("test module").succeeds();
    assert_eq!(
        ran.stdout,
        "hello  3 cases, 3 renderings, 9 knobs: all as it should be\n"
    );
    assert!(sandbox.exists(".kops-stack/schemas/modules/hello.json"));
    let shown = sandbox.run("show hello").succeeds().stdout;
    assert!(shown.contains("extraArgs"), "{shown}");
}

#[test]
fn the_skeleton_runs_in_an_environment() {
    let sandbox = hello();
    sandbox.run("new environment demo").succeeds();
    sandbox.run("new component demo hello").succeeds();
    sandbox.replace(
        "environments/demo/environment.yaml",
        "  hello: {}\n",
        "  hello: { version: \"1.0.0\" }\n",
    );
    sandbox.run("render").succeeds();
    let plan = sandbox.run("plan demo --against empty").succeeds().stdout;
    assert!(plan.contains("+ Deployment hello/hello"), "{plan}");
}

#[test]
fn a_skeleton_takes_the_place_of_nothing() {
    let sandbox = hello();
    let before = sandbox.files(".");
    let again = sandbox.run("new module hello").exits(1);
    assert!(
        again.stderr.contains("modules/hello exists already"),
        "{again:?}"
    );
    let built_in = sandbox.run("new module cert-manager").exits(64);
    assert!(
        built_in.stderr.contains("is a built-in module"),
        "{built_in:?}"
    );
    for name in ["Hello", "cluster", "../escape", "a_b"] {
        let refused = sandbox.run(&format!("new module {name}")).exits(64);
        assert!(
            refused.stderr.contains("is no name of a module"),
            "{refused:?}"
        );
    }
    assert!(sandbox.files(".") == before, "something was written");
}

/// Names that YAML could take for something else are names all the same.
#[test]
fn a_name_may_look_like_a_number() {
    let sandbox = Sandbox::empty();
    sandbox.run("init .").succeeds();
    for name in ["007", "1e3", "on", "null"] {
        sandbox.run(&format!("new module {name}")).succeeds();
    }
    sandbox.run("test module").succeeds();
}

#[test]
fn a_change_that_is_meant_is_written_once() {
    let sandbox = hello();
    sandbox.replace(TUNED, "logLevel: debug", "logLevel: warn");
    let told = sandbox.run("test module hello").exits(1);
    assert!(told.stderr.contains("golden-differs"), "{told:?}");
    let place = format!("{TUNED_GOLDEN}:27");
    assert!(told.stderr.contains(&place), "{place}: {told:?}");
    let ran = sandbox.run("test module hello --update").succeeds();
    assert_eq!(ran.stderr, format!("~ {TUNED_GOLDEN}\n"));
    assert!(sandbox.read(TUNED_GOLDEN).contains("--log-level=warn"));
    let ran = sandbox.run("test module --update").succeeds();
    assert_eq!(ran.stderr, "the goldens are what the cases render\n");
}

#[test]
fn nothing_is_written_while_something_else_is_wrong() {
    let sandbox = hello();
    sandbox.replace(TUNED, "logLevel: debug", "logLevel: warn");
    sandbox.replace(TUNED, "  extraArgs: [--trace]\n", "");
    let before = sandbox.files(".");
    let told = sandbox.run("test module --update").exits(1);
    assert!(
        told.stderr.contains("no case sets the knob `extraArgs`"),
        "{told:?}"
    );
    assert!(told.stderr.contains("nothing was written"), "{told:?}");
    assert!(sandbox.files(".") == before, "something was written");
}

/// Each rule, broken by one edit; all at once in one run.
#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let sandbox = hello();
    sandbox.replace(
        MODULE,
        "knobs:\n",
        "features: { newer: \">=2\" }\nknobs:\n  color: { type: string, doc: Nobody reads it }\n",
    );
    sandbox.replace(
        MODULE,
        "  \"1.0.0\":\n",
        "  \"1.1.0\":\n    kubernetes: \">=1.12, <1.13\"\n  \"1.0.0\":\n",
    );
    sandbox.replace(
        MODULE,
        "hello:1.0.0\" }",
        "hello:1.0.0\", other: \"registry.example.com/other:1\" }",
    );
    sandbox.replace(SERVER, "knobs.replicas", "knobs.copies");
    sandbox.write("modules/hello/files/page.html", "<p>\n");
    sandbox.write("modules/hello/tests/gone.golden.yaml", "a: 1\n");
    sandbox.write(
        "modules/hello/tests/wrong.yaml",
        "knobz: {}\nversion: \"1.0.0\"\n",
    );
    sandbox.write("modules/hello/tests/old.yaml", "version: \"0.9.0\"\n");
    let told = sandbox.run("test module").exits(1).stderr;
    for (code, place) in [
        ("unread-feature", "module.yaml:16"),
        ("unread-knob", "module.yaml:18"),
        ("missing-case", "module.yaml:18"),
        ("undeclared-knob", "templates/server.yaml:10"),
        ("unread-file", "files/page.html"),
        ("unknown-golden", "tests/gone.golden.yaml"),
        ("unknown-knob", "tests/wrong.yaml:1"),
        ("invalid-case", "tests/old.yaml:1"),
    ] {
        assert!(told.contains(&format!("error[{code}]")), "{code}\n{told}");
        assert!(
            told.contains(&format!("modules/hello/{place}")),
            "{place}\n{told}"
        );
    }
}

#[test]
fn versions_and_images_that_no_case_shows_are_told() {
    let sandbox = hello();
    sandbox.replace(
        MODULE,
        "  \"1.0.0\":\n",
        "  \"1.1.0\":\n    kubernetes: \">=1.12, <1.13\"\n  \"1.0.0\":\n",
    );
    sandbox.replace(
        MODULE,
        "hello:1.0.0\" }",
        "hello:1.0.0\", other: \"registry.example.com/other:1\" }",
    );
    let told = sandbox.run("test module").exits(1).stderr;
    assert!(told.contains("no case renders hello 1.1.0"), "{told}");
    assert!(
        told.contains("no case of hello 1.0.0 renders the image `other`"),
        "{told}"
    );
}

/// A knob that is wrong is shown where the case says it, not in a file that nobody has.
#[test]
fn mistakes_of_a_case_are_shown_in_the_case() {
    let sandbox = hello();
    sandbox.replace(TUNED, "replicas: 2", "replicas: many");
    sandbox.replace(TUNED, "logLevel:", "loglevel:");
    let told = sandbox.run("test module").exits(1).stderr;
    assert!(told.contains(&format!("{TUNED}:4:13")), "{told}");
    assert!(told.contains(&format!("{TUNED}:5:3")), "{told}");
    assert!(told.contains("did you mean `logLevel`?"), "{told}");
}

#[test]
fn machines_get_the_same() {
    let sandbox = hello();
    sandbox.replace(TUNED, "replicas: 2", "replicas: 1");
    let ran = sandbox.run("test module --format json").exits(1);
    let said: serde_json::Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(said["modules"][0]["module"], "hello");
    assert_eq!(said["modules"][0]["problems"], 2);
    assert_eq!(said["problems"]["errors"], 2);
    assert_eq!(ran.stderr, "");
}

#[test]
fn only_modules_of_the_repository_are_tested() {
    let sandbox = Sandbox::empty();
    sandbox.run("init .").succeeds();
    let none = sandbox.run("test module").succeeds();
    assert!(
        none.stderr.contains("has no modules of its own"),
        "{none:?}"
    );
    let told = sandbox
        .run("test module cert-manager nothing")
        .exits(1)
        .stderr;
    assert!(told.contains("`cert-manager` is built in"), "{told}");
    assert!(
        told.contains("there is no module `nothing` in modules/"),
        "{told}"
    );
}
