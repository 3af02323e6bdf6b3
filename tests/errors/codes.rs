//! Every code that a person can meet is met by a case.

use std::collections::BTreeSet;
use std::path::Path;

use super::case::Case;
use crate::support::ROOT;
use kops_stack::diagnostic::codes::ALL;

#[test]
fn every_code_is_shown_by_a_case() {
    let cases = Case::all();
    let mut texts: Vec<String> = cases.iter().map(Case::expected).collect();
    // What only a cluster, or the way to one, gives occasion for.
    for snapshot in [
        "live/adapter/connecting.txt",
        "live/refusals.txt",
        "cluster/snapshots/integration__cluster__gate__not_well.snap",
    ] {
        let path = Path::new(ROOT).join("tests").join(snapshot);
        texts.push(fs_err::read_to_string(path).expect("it can be read"));
    }
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
