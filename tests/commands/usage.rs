//! How the program is called, and what it says when it is called wrongly.

use crate::support::Sandbox;

#[test]
fn a_wrong_call_is_code_64() {
    let sandbox = Sandbox::empty();
    for arguments in ["", "rendr", "render --chek", "plan", "completions tcsh"] {
        sandbox.run(arguments).exits(64);
    }
}

#[test]
fn help_and_version_are_answers() {
    let sandbox = Sandbox::empty();
    for arguments in ["--help", "--version", "help render", "new --help"] {
        let ran = sandbox.run(arguments).succeeds();
        assert_ne!(ran.stdout, "");
        assert_eq!(ran.stderr, "");
    }
}

#[test]
fn outside_a_repository_the_way_in_is_named() {
    let ran = Sandbox::empty().run("render").exits(1);
    assert!(ran.stderr.contains("no kops-stack.yaml here or above"));
    assert!(ran.stderr.contains("help: `kops-stack init` starts one"));
}
