//! What a person sees of a plan against a real API server, scenario by scenario. Each folder of
//! `cases/` is one; tests/live/plans/README.md says what stands in it. `UPDATE_SNAPSHOTS=1` writes
//! what is expected.

mod case;
mod steady;

use rayon::prelude::*;

use crate::support::control_plane::shared;
use case::{Case, Seen};

/// Most of a case is waiting for the server.
const AT_ONCE: usize = 4;

/// What must stand in no output: a Secret's value in both forms, and texts of Go that a server's
/// message may carry.
const NEVER: [&str; 7] = [
    "not-for-eyes",
    "bm90LWZvci1leWVz",
    "valueUnstructured",
    "map[string]",
    "Kind=",
    "core.",
    "v1.TypeMeta",
];

#[test]
fn what_a_plan_says() {
    let Some(plane) = shared() else { return };
    if plane.kubectl(&["version", "--client"]).is_none() {
        return;
    }
    let wanted = std::env::var("CASES").unwrap_or_default();
    let all = Case::all();
    let cases: Vec<&Case> = all
        .iter()
        .filter(|case| case.name.contains(&wanted))
        .collect();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(AT_ONCE).build();
    let problems: Vec<String> = pool.expect("threads can be made").install(|| {
        let run = cases.par_iter().flat_map_iter(|case| {
            let problems = match case.run(plane) {
                Ok(seen) => problems(case, &seen),
                Err(problem) => vec![problem],
            };
            let name = &case.name;
            let told = problems.into_iter();
            told.map(move |problem| format!("== {name}: {problem}"))
        });
        run.collect()
    });
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(
        !wanted.is_empty() || cases.len() >= 60,
        "{} scenarios",
        cases.len()
    );
}

fn problems(case: &Case, seen: &Seen) -> Vec<String> {
    let update = std::env::var_os("UPDATE_SNAPSHOTS").is_some();
    let mut problems = Vec::new();
    for (file, text) in &seen.outputs {
        for never in NEVER.iter().filter(|never| text.contains(**never)) {
            problems.push(format!("{file} shows `{never}`:\n{text}"));
        }
        let expected = case.text(file).unwrap_or_default();
        if update {
            case.write(file, text);
        } else if expected != *text {
            let diff = similar(&expected, text);
            problems.push(format!("{file} differs:\n{diff}"));
        }
    }
    match (&seen.digests, case.text("disagrees")) {
        (Some((plain, verified)), None) if plain != verified => problems.push(format!(
            "`plan` and `plan --verify` disagree: {plain} and {verified}"
        )),
        (Some((plain, verified)), Some(why)) if plain == verified => problems.push(format!(
            "`plan` and `plan --verify` agree, and `disagrees` says: {why}"
        )),
        _ => {}
    }
    problems
}

/// Lines that only one of two texts has.
fn similar(expected: &str, text: &str) -> String {
    let only = |sign: char, of: &str, other: &str| -> String {
        let there: Vec<&str> = other.lines().collect();
        let lines = of.lines().filter(|line| !there.contains(line));
        lines.map(|line| format!("{sign}{line}\n")).collect()
    };
    only('-', expected, text) + &only('+', text, expected)
}
