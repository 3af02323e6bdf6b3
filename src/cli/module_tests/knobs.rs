//! Knobs do something: each is set by some case, and the case would render otherwise without it.

use std::collections::BTreeSet;

use rayon::prelude::*;

use super::bench::Bench;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::case::Case;
use crate::model::knob::leaves;
use crate::model::module::Module;
use crate::model::rendering::RenderedObject;
use crate::yaml::Value;

type Knob = Vec<String>;

/// Knobs that no case sets.
pub fn never_set(module: &Module, cases: &[Case]) -> Diagnostics {
    // A module without cases has been told.
    if module.tests.is_empty() {
        return Diagnostics::default();
    }
    let set: BTreeSet<Knob> = cases
        .iter()
        .flat_map(|case| leaves(&module.knobs, Some(&case.knobs)))
        .collect();
    let unset = leaves(&module.knobs, None).into_iter();
    unset
        .filter(|knob| !set.contains(knob))
        .map(|knob| {
            let message = format!("no case sets the knob `{}`", knob.join("."));
            let diagnostic = Diagnostic::error(codes::CASE_MISSING, message).help(format!(
                "set it to something else than its default under `knobs` in a file of modules/{}/tests/",
                module.name
            ));
            module.at_knob(&knob, diagnostic)
        })
        .collect()
}

/// The honest half: a knob that is set, and changes nothing, shows nothing.
pub fn idle(bench: &Bench<'_>, cases: &[Case]) -> Diagnostics {
    let found: Vec<Diagnostics> = cases.par_iter().map(|case| idle_of(bench, case)).collect();
    found.into_iter().flatten().collect()
}

fn idle_of(bench: &Bench<'_>, case: &Case) -> Diagnostics {
    let Ok(whole) = bench.render(case) else {
        return Diagnostics::default();
    };
    let whole = text(&whole);
    let knobs = leaves(&case.module.knobs, Some(&case.knobs)).into_iter();
    let idle = knobs.filter(|knob| {
        let mut without = case.clone();
        remove(&mut without.knobs, knob);
        // An error is a difference: knobs that stand only together.
        let rendered = bench.render(&without);
        rendered.is_ok_and(|objects| text(&objects) == whole)
    });
    idle.map(|knob| {
        let message = format!(
            "the case `{}` sets `{}`, and renders the same without it",
            case.name,
            knob.join(".")
        );
        let path: Vec<&str> = ["knobs"]
            .into_iter()
            .chain(knob.iter().map(String::as_str))
            .collect();
        let diagnostic = Diagnostic::error(codes::CASE_KNOB_IDLE, message).help(
            "set it to something else than its default, where no other knob of the case hides it",
        );
        match case.span_of(&path) {
            Some(span) => diagnostic.at(span),
            None => diagnostic.file(case.title()),
        }
    })
    .collect()
}

fn text(objects: &[RenderedObject]) -> String {
    let texts = objects.iter().map(|rendered| rendered.text.as_str());
    texts.collect()
}

fn remove(knobs: &mut Value, path: &[String]) {
    let Some((last, folders)) = path.split_last() else {
        return;
    };
    let parent = folders
        .iter()
        .try_fold(knobs, |value, name| value.get_mut(name));
    if let Some(parent) = parent.and_then(Value::as_object_mut) {
        parent.remove(last);
    }
}
