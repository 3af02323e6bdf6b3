//! The tests of a module: its cases against their goldens, and whether its parts fit together.
//!
//! `kops-stack test module` and the catalogue's own tests hold modules against these same rules.

mod bench;
mod files;
mod goldens;
mod knobs;
mod shown;

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::load;
use crate::model::case::Case;
use crate::model::knob::leaves;
use crate::model::module::Module;
use crate::model::repository::Repository;
use crate::model::tree::FileTree;
use crate::render::{Templates, unread_and_undeclared};

pub use bench::Bench;
pub use goldens::golden;

/// What testing a module found.
#[derive(Debug, Default)]
pub struct Tested {
    pub module: String,
    pub cases: usize,
    /// Each case at each version that it holds for.
    pub renderings: usize,
    pub knobs: usize,
    /// Goldens that are missing or not what their case renders: paths, and what belongs there.
    pub goldens: Vec<(String, String)>,
    /// What is wrong with the goldens: writing them anew mends it.
    pub outdated: Diagnostics,
    /// Everything else that is wrong.
    pub problems: Diagnostics,
}

/// Tests a module of `repository`, whose goldens stand in `files`.
pub fn test(repository: &Repository, files: &FileTree, module: &Arc<Module>) -> Tested {
    let (templates, problems) = Templates::parse(repository, [module]);
    let mut tested = Tested {
        module: module.name.clone(),
        cases: module.tests.len(),
        knobs: leaves(&module.knobs, None).len(),
        problems,
        ..Tested::default()
    };
    let problems = &mut tested.problems;
    let sound = !problems.has_errors();
    if sound {
        problems.extend(unread_and_undeclared(module, &templates));
        problems.extend(files::unread(module, &templates));
    }
    let cases = cases(module, problems);
    problems.extend(knobs::never_set(module, &cases));
    problems.extend(goldens::strays(module, files));
    // What does not parse renders nothing, and each case would tell so again.
    if !sound {
        return tested;
    }
    let bench = Bench {
        repository,
        templates: &templates,
    };
    let renderings = bench.everywhere(&cases);
    tested.renderings = renderings.len();
    let failed: Vec<_> = renderings
        .iter()
        .filter_map(|rendering| rendering.objects.as_ref().err())
        .collect();
    if !failed.is_empty() {
        failed
            .into_iter()
            .for_each(|found| problems.extend(found.clone()));
        return tested;
    }
    problems.extend(shown::versions(module, &renderings));
    problems.extend(shown::images(module, &renderings));
    problems.extend(knobs::idle(&bench, &cases));
    (tested.goldens, tested.outdated) = goldens::compare(&bench, &cases, files);
    tested
}

/// The cases of a module that can be read; a module without any is told.
fn cases(module: &Arc<Module>, problems: &mut Diagnostics) -> Vec<Case> {
    if module.tests.is_empty() {
        let message = format!(
            "`{}` has no cases: nothing shows what it renders",
            module.name
        );
        let diagnostic = Diagnostic::error(codes::CASE_MISSING, message)
            .file(&module.document.source.path)
            .help(format!(
                "write modules/{}/tests/default.yaml with the line `knobs: {{}}`",
                module.name
            ));
        problems.push(diagnostic);
    }
    let names = module.tests.keys();
    names
        .filter_map(|name| load::read_case(module, name, problems))
        .collect()
}
