//! Every code that a person can meet is met by a case.

use std::collections::BTreeSet;

use super::case::Case;
use kops_stack::diagnostic::codes::ALL;

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
    assert!(missing.is_empty(), "no case shows {missing:?}");
}
