//! A rendering that is killed leaves what the next one repairs.
//!
//! That it holds at every single write is tested without processes, in src/manifests; this is the
//! real thing: SIGKILL, at delays spread over the whole run.

use std::time::{Duration, Instant};

use crate::support::{Sandbox, fixtures};

const KILLS: u32 = 24;

/// One of two states of the knobs, which differ in nearly every file, and in which files there are.
fn set(sandbox: &Sandbox, state: u32) {
    let state = format!("s{}", state % 2);
    let labels = format!("domain: dev.example.com\nlabels: {{ state: {state} }}\n");
    let mut environment =
        String::from("stack: reference/2026.11\nlayers: [aws]\ncrds: stand-in\ncomponents:\n");
    for component in [
        "cert-manager",
        "cluster-autoscaler",
        "envoy-gateway",
        "metrics-server",
    ] {
        environment.push_str(&format!("  {component}: {{ namespace: {state} }}\n"));
    }
    sandbox.write("environments/dev/global.yaml", labels);
    sandbox.write("environments/dev/environment.yaml", environment);
}

#[test]
fn killed_at_any_time_the_next_run_repairs() {
    let sandbox = fixtures::environments();
    let mut whole = Vec::new();
    for state in [0, 1] {
        set(&sandbox, state);
        sandbox.run("render dev").succeeds();
        whole.push(sandbox.files("environments/dev/manifests"));
    }
    set(&sandbox, 0);
    let started = Instant::now();
    sandbox.run("render dev").succeeds();
    let duration = started.elapsed();
    let mut halves = 0;
    for kill in 1..=KILLS {
        set(&sandbox, kill);
        let mut child = sandbox.command("render dev").spawn();
        // Most of a run is reading and rendering: look where it writes.
        let delay = duration.mul_f64(0.4 + 0.7 * f64::from(kill) / f64::from(KILLS));
        std::thread::sleep(delay.min(Duration::from_secs(5)));
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        let left = sandbox.files("environments/dev/manifests");
        halves += u32::from(!whole.contains(&left));
        sandbox.run("render dev").succeeds();
        sandbox.run("render --check dev").succeeds();
        let repaired = sandbox.files("environments/dev/manifests");
        assert!(repaired == whole[(kill % 2) as usize], "after {delay:?}");
    }
    eprintln!("{halves} of {KILLS} kills left a rendering half written");
}
