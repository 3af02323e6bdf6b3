//! Where output goes, and what it looks like there.

use std::process::Stdio;

use crate::support::fixtures;

const ESCAPE: char = '\u{1b}';

#[test]
fn no_colour_where_nobody_looks() {
    let sandbox = fixtures::small();
    sandbox.write("environments/one/metrics-server.yaml", "replica: 2\n");
    for run in [
        sandbox.command("render"),
        sandbox.command("render").without("NO_COLOR"),
        sandbox.command("render --color never").without("NO_COLOR"),
    ] {
        let ran = run.run().exits(1);
        assert!(!ran.stderr.contains(ESCAPE), "{:?}", ran.stderr);
    }
}

/// Whoever asks for colour by an option means it, even through a pipe.
#[test]
fn colour_where_it_is_asked_for() {
    let sandbox = fixtures::small();
    sandbox.write("environments/one/metrics-server.yaml", "replica: 2\n");
    let ran = sandbox.run("render --color always").exits(1);
    assert!(ran.stderr.contains(ESCAPE), "{:?}", ran.stderr);
}

#[test]
fn results_go_to_stdout_and_talk_to_stderr() {
    let sandbox = fixtures::small();
    let ran = sandbox.run("render").succeeds();
    assert_eq!(ran.stdout, "");
    let ran = sandbox.run("plan one --against empty").succeeds();
    assert_ne!(ran.stdout, "");
    assert_eq!(ran.stderr, "");
    for command in [
        "list --format json",
        "show metrics-server --format json",
        "plan one --against empty --format json",
    ] {
        let ran = sandbox.run(command).succeeds();
        let read = serde_json::from_str::<serde_json::Value>(&ran.stdout);
        assert!(read.is_ok(), "{command}: {}", ran.stdout);
    }
}

/// As `kops-stack … | head -1` does: the reader goes away before everything is written.
#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let sandbox = fixtures::small();
    sandbox.run("render").succeeds();
    for command in [
        "list",
        "show cert-manager",
        "schema cert-manager",
        "completions bash",
        "explain-code",
        "plan one --against empty",
        "--help",
    ] {
        let mut child = sandbox.command(command).stdout(Stdio::piped()).spawn();
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains("panicked"), "{command}: {stderr}");
        assert_ne!(output.status.code(), Some(101), "{command}");
    }
}

/// `/dev/full` takes nothing: the result is lost, and the run must not say that all went well.
#[test]
fn a_full_disk_behind_stdout_is_no_panic() {
    let sandbox = fixtures::small();
    let full = fs_err::OpenOptions::new().write(true).open("/dev/full");
    let Ok(full) = full else { return };
    let child = sandbox
        .command("list")
        .stdout(full.into_parts().0.into())
        .spawn();
    let output = child.wait_with_output().expect("it ends");
    assert!(!String::from_utf8_lossy(&output.stderr).contains("panicked"));
}
