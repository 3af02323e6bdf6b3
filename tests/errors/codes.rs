//! Every code that a person can meet is met by a case.

use std::collections::BTreeSet;

use super::case::Case;
use kops_stack::diagnostic::codes::ALL;

/// Codes that no case shows, each with the reason.
const EXCEPTIONS: &[(&str, &str)] = &[];

#[test]
fn every_code_is_shown_by_a_case() {
    let cases = Case::all();
    let texts: Vec<String> = cases.iter().map(Case::expected).collect();
    let shown = |name: &str| {
        let marks = [format!("error[{name}]"), format!("warning[{name}]")];
        texts
            .iter()
            .any(|text| marks.iter().any(|mark| text.contains(mark)))
    };
    let missing: BTreeSet<&str> = ALL
        .iter()
        .map(|code| code.name)
        .filter(|name| !shown(name))
        .collect();
    let excepted: BTreeSet<&str> = EXCEPTIONS.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        missing, excepted,
        "left: codes that no case shows; right: those that need none"
    );
}
