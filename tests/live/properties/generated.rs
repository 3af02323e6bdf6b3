//! Generated objects from an environment's `objects/`, applied and changed. `PROPTEST_RNG_SEED` in CI has
//! every run see the same; a failure prints the states.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::bed::Bed;
use super::objects::state;
use crate::support::control_plane::shared;

/// Environments, and the states that each goes through.
const CASES: u32 = 2;
const STATES: usize = 3;

const NAME: &str = "generated";

/// Making a failure smaller takes minutes: who looks for its cause asks for it with `SHRINK=20`.
fn shrinks() -> u32 {
    let asked = std::env::var("SHRINK").ok();
    asked
        .and_then(|asked| asked.parse().ok())
        .unwrap_or_default()
}

#[test]
fn a_plan_after_an_apply_of_generated_objects_is_empty_and_told_what_came() {
    let Some(plane) = shared() else { return };
    if plane.kubectl(&["version", "--client"]).is_none() {
        return;
    }
    let bed = Bed::new(plane, NAME);
    bed.settings("");
    let config = ProptestConfig {
        cases: CASES,
        max_shrink_iters: shrinks(),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let states = proptest::collection::vec(state(NAME), STATES);
    let compared = std::cell::Cell::new(0);
    let result = TestRunner::new(config).run(&states, |states| {
        for (number, state) in states.iter().enumerate() {
            let objects = state.iter().map(|object| format!("---\n{object}\n"));
            bed.write("objects/all.yaml", &objects.collect::<String>());
            let problem = match bed.applies() {
                Ok(looked) => {
                    compared.set(compared.get() + looked.compared);
                    looked.problems.join("\n")
                }
                Err(problem) => problem,
            };
            if !problem.is_empty() {
                eprintln!("state {number}: {problem}");
                return Err(TestCaseError::fail(format!("state {number}: {problem}")));
            }
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    eprintln!("{} objects became what was predicted", compared.get());
}
