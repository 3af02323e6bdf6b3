//! What is refused before any way is looked for.

use super::{existing, knobs_and_manifests, prod};

#[test]
fn nothing_goes_back() {
    let sandbox = prod();
    let before = knobs_and_manifests(&sandbox);
    let mut said = String::new();
    for to in ["kubernetes=1.34", "kubernetes=1.35.2", "kubernetes=2.1"] {
        let ran = sandbox.run(&format!("upgrade prod --to {to}")).exits(3);
        assert_eq!(ran.stdout, "");
        said += &format!("{to}\n{}\n", ran.stderr);
    }
    let newer = existing("1.35", "reference/2026.11", "  metrics-server: {}\n");
    let ran = newer.run("upgrade one --check --to stack=2026.8").exits(3);
    said += &format!("stack=2026.8\n{}", ran.stderr);
    insta::assert_snapshot!(said);
    assert_eq!(knobs_and_manifests(&sandbox), before);
}

#[test]
fn a_typo_names_what_was_meant() {
    let sandbox = prod();
    let mut said = String::new();
    for (to, code) in [
        ("kubernets=1.36", 64),
        ("kubernetes=next", 64),
        ("1.36", 64),
        ("stack=", 64),
        ("stack=2026.21", 1),
        ("stack=refrence/2026.11", 1),
    ] {
        let ran = sandbox.run(&format!("upgrade prod --to {to}")).exits(code);
        said += &format!("{to}\n{}\n", ran.stderr);
    }
    insta::assert_snapshot!(said);
    let ran = sandbox.run("upgrade prdo --check").exits(1);
    assert!(
        ran.stderr.contains("did you mean `prod`?"),
        "{}",
        ran.stderr
    );
}

#[test]
fn manifests_that_are_not_what_the_knobs_say_come_first() {
    let sandbox = prod();
    sandbox.replace(
        "environments/prod/global.yaml",
        "domain: prod.example.com",
        "domain: shop.example.com",
    );
    let ran = sandbox.run("upgrade prod --to kubernetes=1.36").exits(1);
    assert!(
        ran.stderr.contains("error[stale-manifests]"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("nothing was written"), "{}", ran.stderr);
}

#[test]
fn a_mistake_in_a_knob_file_comes_first() {
    let sandbox = prod();
    sandbox.write("environments/prod/metrics-server.yaml", "replcas: 2\n");
    let ran = sandbox.run("upgrade prod --check").exits(1);
    assert!(ran.stderr.contains("error[unknown-knob]"), "{}", ran.stderr);
}
