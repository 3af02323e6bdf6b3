//! Each case against the objects that it is known to render.

use std::sync::Arc;

use rayon::prelude::*;

use super::bench::Bench;
use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};
use crate::model::case::{Case, GOLDEN};
use crate::model::module::Module;
use crate::model::rendering::RenderedObject;
use crate::model::tree::FileTree;
use crate::yaml::emit_stream;

/// Goldens that are not what their case renders, with what belongs there, and what is to be said.
pub fn compare(
    bench: &Bench<'_>,
    cases: &[Case],
    files: &FileTree,
) -> (Vec<(String, String)>, Diagnostics) {
    let texts: Vec<_> = cases.par_iter().map(|case| golden(bench, case)).collect();
    let mut goldens = Vec::new();
    let mut diagnostics = Diagnostics::default();
    for (case, text) in cases.iter().zip(texts) {
        let path = case.golden();
        let committed = files.bytes(&path).map(String::from_utf8_lossy);
        match (text, committed) {
            (Err(found), _) => diagnostics.extend(found),
            (Ok(text), Some(committed)) if committed == text => {}
            (Ok(text), committed) => {
                diagnostics.push(match committed {
                    Some(committed) => differs(case, &committed, &text),
                    None => missing(case),
                });
                goldens.push((path, text));
            }
        }
    }
    (goldens, diagnostics)
}

/// All objects of a case that sets nothing. Of another, those that its knobs change: the rest
/// stands in the golden of the defaults, and a reader looks for what the knobs do.
pub fn golden(bench: &Bench<'_>, case: &Case) -> Result<String, Diagnostics> {
    let objects = bench.render(case)?;
    // Some modules cannot stand without any knob: then nothing is left out.
    let (false, Ok(defaults)) = (case.is_default(), bench.render(&case.defaults())) else {
        return Ok(emit_stream(
            objects.iter().map(|rendered| rendered.object.value()),
        ));
    };
    let text = |objects: &[RenderedObject], path: &str| {
        let found = objects.iter().find(|rendered| rendered.path == path);
        found.map(|rendered| rendered.text.clone())
    };
    let mut stream = String::from("# What the knobs change; all else is as in the defaults.\n");
    let gone = defaults
        .iter()
        .filter(|rendered| text(&objects, &rendered.path).is_none());
    for gone in gone {
        stream.push_str(&format!("# Not rendered: {}\n", gone.path));
    }
    let changed = objects
        .iter()
        .filter(|rendered| text(&defaults, &rendered.path).as_ref() != Some(&rendered.text));
    stream.push_str(&emit_stream(
        changed.map(|rendered| rendered.object.value()),
    ));
    Ok(stream)
}

fn missing(case: &Case) -> Diagnostic {
    let message = format!("the case `{}` has no golden", case.name);
    let diagnostic = Diagnostic::error(codes::GOLDEN_MISSING, message)
        .file(case.title())
        .help(format!("it belongs in {}", case.golden()));
    diagnostic.help(update(case))
}

/// Points at the first line that is not rendered any more.
fn differs(case: &Case, golden: &str, text: &str) -> Diagnostic {
    let message = format!(
        "the case `{}` renders other objects than its golden",
        case.name
    );
    let source = Source::new(case.golden(), golden);
    let diff = similar::TextDiff::from_lines(golden, text);
    let changed = |tag: similar::ChangeTag| {
        let changes = diff.iter_all_changes();
        changes.filter(move |change| change.tag() == tag)
    };
    let removed = changed(similar::ChangeTag::Delete).count();
    let mut added = changed(similar::ChangeTag::Insert).map(|change| change.value().trim());
    let words = match added.next() {
        Some(line) => format!("rendered: {line}"),
        None => "not rendered".to_owned(),
    };
    let counts = format!(
        "lines that are not rendered any more: {removed}; lines that are new: {}",
        changed(similar::ChangeTag::Insert).count()
    );
    let place = first_difference(&source, text);
    let diagnostic = Diagnostic::error(codes::GOLDEN_DIFFERS, message).label(place, words);
    diagnostic.help(counts).help(update(case))
}

/// The first line of the golden that is not the one rendered; its last where it only lacks some.
fn first_difference(golden: &Arc<Source>, text: &str) -> Span {
    let mut start = 0;
    let mut rendered = text.lines();
    let mut last = Span::new(golden, 0, 0);
    for line in golden.text.split_inclusive('\n') {
        let bare = line.trim_end_matches('\n');
        let indent = bare.len() - bare.trim_start().len();
        last = Span::new(golden, start + indent, start + bare.len());
        if rendered.next() != Some(bare) {
            return last;
        }
        start += line.len();
    }
    last
}

fn update(case: &Case) -> String {
    format!(
        "when this is what you mean: `kops-stack test module {} --update`, and read the difference",
        case.module.name
    )
}

/// Goldens of cases that are not there.
pub fn strays(module: &Module, files: &FileTree) -> Diagnostics {
    let folder = format!("modules/{}/tests", module.name);
    let paths: Vec<&str> = files.below(&folder).map(|(path, _)| path).collect();
    let goldens = paths
        .into_iter()
        .filter_map(|path| Some((path, path.strip_suffix(GOLDEN)?)));
    goldens
        .filter(|(_, case)| !module.tests.contains_key(*case))
        .map(|(path, case)| {
            let message = format!("the golden `{path}` belongs to no case");
            Diagnostic::error(codes::GOLDEN_UNKNOWN, message)
                .file(format!("{folder}/{path}"))
                .suggest(case, module.tests.keys().map(String::as_str))
                .help(format!("remove it, or write the case {folder}/{case}.yaml"))
        })
        .collect()
}
