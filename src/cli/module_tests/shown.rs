//! What the cases show of a module: each version, and each image of its list.

use super::bench::CaseRendering;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::module::{Module, ModuleVersion};

/// Versions that no case renders.
pub fn versions(module: &Module, renderings: &[CaseRendering<'_>]) -> Diagnostics {
    let unseen = module
        .versions
        .iter()
        .filter(|known| of_version(known, renderings).next().is_none());
    unseen
        .map(|known| {
            let message = format!("no case renders {} {}", module.name, known.version);
            Diagnostic::error(codes::CASE_MISSING, message)
                .at(known.span.clone())
                .help(format!(
                    "write a case with `version: \"{}\"`; its `kubernetes`, where it says one, must be {}",
                    known.version, known.kubernetes
                ))
        })
        .collect()
}

/// Images that are listed and stand in nothing that is rendered.
pub fn images(module: &Module, renderings: &[CaseRendering<'_>]) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for known in &module.versions {
        // A version that is never rendered has been told.
        if of_version(known, renderings).next().is_none() {
            continue;
        }
        for (name, image) in &known.images {
            let mut objects = of_version(known, renderings)
                .filter_map(|rendering| rendering.objects.as_ref().ok())
                .flatten();
            if objects.any(|rendered| rendered.text.as_str().contains(image.as_str())) {
                continue;
            }
            let message = format!(
                "no case of {} {} renders the image `{name}`",
                module.name, known.version
            );
            let diagnostic = Diagnostic::error(codes::CASE_MISSING, message)
                .at(known.span.clone())
                .help(format!(
                    "templates read it as `images.{name}`; where a knob brings it in, write a case that sets the knob"
                ));
            diagnostics.push(diagnostic);
        }
    }
    diagnostics
}

fn of_version<'r, 'c>(
    known: &ModuleVersion,
    renderings: &'r [CaseRendering<'c>],
) -> impl Iterator<Item = &'r CaseRendering<'c>> {
    renderings
        .iter()
        .filter(|rendering| rendering.version == known.version)
}
