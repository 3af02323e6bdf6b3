//! Each code has a smallest case that raises it, and beside it what is almost the same and passes.

use std::path::{Path, PathBuf};

use kops_stack::diagnostic::codes::{ALL, of_check};

use crate::support::ROOT;

/// Codes of `check` that have no case of their own.
const EXCEPTIONS: [(&str, &str); 1] = [(
    "duplicate-object",
    "rendering refuses twins first (the case duplicate-object); check finds those of other sources",
)];

/// What is said of the entries of `ignore` themselves.
const OF_ENTRIES: [&str; 2] = ["unused-ignore", "expired-ignore"];

fn names() -> Vec<&'static str> {
    let of_check = of_check().map(|code| code.name);
    of_check.chain(OF_ENTRIES).collect()
}

fn case(code: &str) -> PathBuf {
    let cases = Path::new(ROOT).join("tests/errors/cases");
    cases.join(format!("check-{code}"))
}

/// The lines that begin a finding.
fn findings(code: &str) -> Vec<String> {
    let text = fs_err::read_to_string(case(code).join("expected.txt")).unwrap_or_default();
    let is_finding = |line: &&str| line.starts_with("error[") || line.starts_with("warning[");
    text.lines().filter(is_finding).map(str::to_owned).collect()
}

/// The name of what a finding is about, behind its kind.
fn subject(line: &str) -> &str {
    let message = line.split_once("]: ").map_or("", |(_, message)| message);
    message.split(' ').nth(1).unwrap_or_default()
}

#[test]
fn every_code_is_raised_by_a_case_of_its_own() {
    let excepted = EXCEPTIONS.map(|(code, _)| code);
    let raised = |code: &&str| {
        let mut lines = findings(code).into_iter();
        lines.any(|line| line.contains(&format!("[{code}]")))
    };
    let (with, without): (Vec<&str>, Vec<&str>) = names().into_iter().partition(raised);
    assert_eq!(
        without, excepted,
        "codes that no case raises; and those that need none"
    );
    assert!(with.len() > 25, "only {with:?}");
}

/// A case says nothing but what it is for, so that nothing else can hide in its snapshot.
#[test]
fn a_case_raises_its_own_code_alone() {
    let mut others = Vec::new();
    for code in names() {
        let own = format!("[{code}]");
        let lines = findings(code).into_iter();
        others.extend(
            lines
                .filter(|line| !line.contains(&own))
                .map(|line| format!("check-{code}: {line}")),
        );
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[test]
fn what_is_almost_the_same_passes() {
    let excepted = EXCEPTIONS.map(|(code, _)| code);
    for code in names().into_iter().filter(|code| !excepted.contains(code)) {
        let files = walkdir::WalkDir::new(case(code)).into_iter();
        let files = files.map(|entry| entry.expect("cases can be read"));
        let has = files
            .filter(|entry| entry.file_type().is_file() && entry.file_name() != "expected.txt")
            .any(|entry| {
                let text = fs_err::read_to_string(entry.path()).expect("cases are text");
                text.contains("near-miss") || text.contains("near miss")
            });
        assert!(has, "check-{code} has no near miss");
        let named = findings(code)
            .into_iter()
            .find(|line| subject(line).contains("near-miss"));
        assert_eq!(named, None, "check-{code}");
    }
}

#[test]
fn every_code_of_check_is_documented() {
    for code in of_check() {
        assert!(ALL.contains(&code), "{}", code.name);
        assert!(code.explanation.len() > 40, "{}", code.name);
    }
}
