//! `list` and `show`: what there is.

use serde_json::Value;

use crate::support::{Sandbox, fixtures};

#[test]
fn the_catalogue_is_listed_anywhere() {
    let ran = Sandbox::empty().run("list").succeeds();
    for part in ["metrics-server", "reference/2026.11", "built-in"] {
        assert!(ran.stdout.contains(part), "{part} in\n{}", ran.stdout);
    }
}

#[test]
fn a_repository_lists_its_own_too() {
    let sandbox = fixtures::environments();
    let ran = sandbox.run("list environments").succeeds();
    insta::assert_snapshot!(ran.stdout, @r"
    environments
      dev      reference/2026.11  aws
      prod     reference/2026.8   aws, production
      staging  reference/2026.11  aws, production
    ");
    let ran = fixtures::workloads().run("list modules").succeeds();
    let own = ran.stdout.lines().find(|line| line.contains("workloads"));
    assert!(
        own.is_some_and(|line| line.contains("repository")),
        "{}",
        ran.stdout
    );
}

#[test]
fn modules_are_found_by_what_they_provide() {
    let ran = Sandbox::empty()
        .run("list --provides api:metrics.k8s.io --format json")
        .succeeds();
    let list: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    let modules = list["modules"].as_array().expect("a list");
    assert_eq!(modules.len(), 1);
    assert_eq!(modules[0]["module"], "metrics-server");
}

#[test]
fn every_module_is_shown_with_every_version_and_knob() {
    let sandbox = Sandbox::empty();
    let catalogue = &crate::support::catalogue::CATALOGUE;
    for module in catalogue.modules.values() {
        let ran = sandbox.run(&format!("show {}", module.name)).succeeds();
        for known in &module.versions {
            assert!(
                ran.stdout.contains(known.version.as_str()),
                "{}",
                ran.stdout
            );
        }
        for knob in module.knobs.keys() {
            assert!(
                ran.stdout.contains(knob.as_str()),
                "{knob} of {}",
                module.name
            );
        }
        for format in ["json", "markdown"] {
            let ran = sandbox
                .run(&format!("show {} --format {format}", module.name))
                .succeeds();
            if format == "json" {
                serde_json::from_str::<Value>(&ran.stdout).expect("it is JSON");
            }
        }
    }
}

#[test]
fn a_module_that_is_not_there_is_told_with_the_nearest() {
    let ran = Sandbox::empty().run("show cert-manger").exits(1);
    assert!(
        ran.stderr.contains("did you mean `cert-manager`?"),
        "{}",
        ran.stderr
    );
}
