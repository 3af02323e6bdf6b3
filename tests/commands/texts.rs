//! `completions`, `man` and `explain-code`: what the program says of itself.

use kops_stack::diagnostic::codes;

use crate::support::Sandbox;

const COMMANDS: [&str; 12] = [
    "init",
    "new",
    "list",
    "show",
    "explain",
    "render",
    "diff",
    "plan",
    "lock",
    "schema",
    "explain-code",
    "completions",
];

#[test]
fn every_shell_gets_all_commands() {
    let sandbox = Sandbox::empty();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = sandbox.run(&format!("completions {shell}")).succeeds();
        for command in COMMANDS {
            assert!(
                ran.stdout.contains(command),
                "{command} in the completions of {shell}"
            );
        }
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let sandbox = Sandbox::empty();
    sandbox.run("man pages").succeeds();
    let pages = sandbox.files("pages");
    for command in COMMANDS {
        let page = pages.get(&format!("kops-stack-{command}.1"));
        let page = page.unwrap_or_else(|| panic!("{command} in {:?}", pages.keys()));
        assert!(page.starts_with(b"."), "{command} is no manual page");
    }
    assert!(pages.contains_key("kops-stack.1"));
}

#[test]
fn every_code_is_explained() {
    let sandbox = Sandbox::empty();
    let listed = sandbox.run("explain-code").succeeds().stdout;
    assert_eq!(listed.lines().count(), codes::ALL.len());
    for code in listed.lines() {
        let ran = sandbox.run(&format!("explain-code {code}")).succeeds();
        let text = ran.stdout.strip_prefix(&format!("{code}\n\n"));
        assert!(
            text.is_some_and(|text| text.len() > 40),
            "{code}: {}",
            ran.stdout
        );
    }
}

#[test]
fn a_code_that_is_none_is_told_with_the_nearest() {
    let ran = Sandbox::empty().run("explain-code unknown-knobs").exits(64);
    assert!(
        ran.stderr.contains("did you mean `unknown-knob`?"),
        "{}",
        ran.stderr
    );
}
