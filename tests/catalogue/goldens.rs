//! The modules of the catalogue against the rules that `kops-stack test module` holds every module
//! to: templates and knobs that agree, cases for everything, and what each case renders.

use std::path::Path;

use kops_stack::cli::module_tests::{Tested, test};
use kops_stack::diagnostic::Diagnostics;
use kops_stack::report;
use rayon::prelude::*;

use crate::support::ROOT;
use crate::support::catalogue::{CATALOGUE, FILES};

/// Set to write the goldens anew.
const UPDATE: &str = "UPDATE_GOLDENS";

#[test]
fn every_module_passes_its_tests() {
    let modules: Vec<_> = CATALOGUE.modules.values().collect();
    let tested: Vec<Tested> = modules
        .par_iter()
        .map(|module| test(&CATALOGUE, &FILES, module))
        .collect();
    let update = std::env::var_os(UPDATE).is_some();
    let mut problems = Diagnostics::default();
    let (mut cases, mut knobs) = (0, 0);
    for tested in tested {
        cases += tested.cases;
        knobs += tested.knobs;
        problems.extend(tested.problems);
        if !update {
            problems.extend(tested.outdated);
            continue;
        }
        for (path, text) in tested.goldens {
            fs_err::write(Path::new(ROOT).join(path), text).expect("goldens can be written");
        }
    }
    let shown = report::diagnostics::text(&problems.sorted(), report::Style::Plain);
    assert!(
        shown.is_empty(),
        "{shown}\n\nWhen this is what the change is meant to do: tools/regenerate.sh, and look at the difference"
    );
    assert!(cases > 80, "only {cases} cases were tested");
    assert!(knobs > 700, "only {knobs} knobs were looked at");
}
