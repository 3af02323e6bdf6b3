//! One environment's mistakes, while people work on another.

use crate::support::{Sandbox, fixtures};

/// A repository whose `one` is right and whose `two` is broken.
fn half_broken() -> Sandbox {
    let sandbox = fixtures::small();
    sandbox.write("environments/two/environment.yaml", "stack: [\n");
    sandbox
}

#[test]
fn a_mistake_elsewhere_does_not_stop_the_environment_that_is_named() {
    let sandbox = half_broken();
    sandbox.run("render one").succeeds();
    sandbox.run("plan one --against empty").succeeds();
    sandbox
        .run("explain one metrics-server.replicas")
        .succeeds();
}

#[test]
fn a_mistake_anywhere_stops_work_on_all() {
    let ran = half_broken().run("render").exits(1);
    assert!(ran.stderr.contains("environments/two/environment.yaml"));
}

#[test]
fn an_environment_that_is_not_there_is_met_by_its_neighbours() {
    let sandbox = fixtures::small();
    let ran = sandbox.run("plan on --against empty").exits(1);
    assert!(ran.stderr.contains("`one`"), "{}", ran.stderr);
    // The folder of layers is no environment, though it stands among them.
    let ran = sandbox.run("plan layers --against empty").exits(1);
    assert!(ran.stderr.contains("one"), "{}", ran.stderr);
}
