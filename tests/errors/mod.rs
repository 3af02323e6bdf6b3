//! What a person sees who has made a mistake.
//!
//! Each folder of `cases/` holds the files of a small repository that matter, laid over `base/`,
//! the `command` (`render` where there is none) and what is printed, `expected.txt`. Files that
//! could not be committed are made by [`made`]. After an error nothing may have been written, and
//! a panic is never the answer.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test errors` writes the snapshots anew: read the difference.

mod case;
mod codes;
mod made;
mod mutations;

use rayon::prelude::*;

use case::{Case, Outcome};

#[test]
fn every_case_says_what_it_should() {
    let cases = Case::all();
    assert!(cases.len() >= 60, "only {} cases", cases.len());
    let failures: Vec<String> = cases.par_iter().filter_map(failure).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases differ; UPDATE_SNAPSHOTS=1 writes the snapshots anew\n\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

/// What is wrong with the outcome of a case, if anything.
fn failure(case: &Case) -> Option<String> {
    let outcome = case.run();
    if let Err(broken) = sound(&outcome) {
        return Some(format!("## {}: {broken}\n{}", case.name, outcome.text));
    }
    let expected = case.expected();
    if expected == outcome.text {
        return None;
    }
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        case.write_expected(&outcome.text);
        return None;
    }
    let difference = similar::TextDiff::from_lines(&expected, &outcome.text);
    let difference = difference.unified_diff().to_string();
    Some(format!("## {}\n{difference}", case.name))
}

/// What must hold whatever a case is about.
fn sound(outcome: &Outcome) -> Result<(), String> {
    if outcome.text.contains("panicked") {
        return Err("the program panicked".to_owned());
    }
    match outcome.code {
        None => return Err("the program did not come to its own end in time".to_owned()),
        Some(0) => return Ok(()),
        Some(_) => {}
    }
    match outcome.touched.as_slice() {
        [] => Ok(()),
        touched => Err(format!("written after an error: {}", touched.join(", "))),
    }
}
