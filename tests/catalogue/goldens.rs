//! Each case against the objects that it is known to render.

use std::path::Path;

use kops_stack::model::rendering::RenderedObject;
use kops_stack::yaml::emit_stream;
use serde_json::json;

use super::case::{Case, all};
use crate::support::ROOT;

/// Set to write the goldens anew.
const UPDATE: &str = "UPDATE_GOLDENS";

#[test]
fn every_case_renders_its_golden() {
    compare(&all(), Path::new(ROOT));
}

/// Compares cases with their goldens below `root`, or writes these anew where that is asked for.
pub fn compare(cases: &[Case], root: &Path) {
    let update = std::env::var_os(UPDATE).is_some();
    let mut differing = Vec::new();
    for case in cases {
        let objects = case.render();
        let objects = objects.unwrap_or_else(|problem| panic!("{}: {problem}", case.title()));
        let text = stream(case, &objects);
        let path = root.join(case.title().replace(".yaml", ".golden.yaml"));
        if update {
            fs_err::write(&path, &text).expect("goldens can be written");
            continue;
        }
        let golden = fs_err::read_to_string(&path).unwrap_or_default();
        if golden != text {
            let difference = first_difference(&golden, &text);
            differing.push(format!("{}\n{difference}", case.title()));
        }
    }
    assert!(
        differing.is_empty(),
        "{}\n\nWhen this is what the change is meant to do: tools/regenerate.sh, and look at the difference",
        differing.join("\n\n")
    );
}

#[test]
fn every_golden_belongs_to_a_case() {
    let known: Vec<String> = all()
        .iter()
        .map(|case| case.title().replace(".yaml", ".golden.yaml"))
        .collect();
    let files = &crate::support::catalogue::FILES.files;
    let stray: Vec<&String> = files
        .keys()
        .filter(|path| path.ends_with(".golden.yaml") && !known.contains(path))
        .collect();
    assert!(stray.is_empty(), "goldens without a case: {stray:?}");
}

/// All objects of a case that sets nothing. Of another, those that its knobs change: the rest
/// stands in the golden of the defaults, and a reader looks for what the knobs do.
fn stream(case: &Case, objects: &[RenderedObject]) -> String {
    let mut defaults = case.clone();
    defaults.knobs = json!({});
    defaults.available.clear();
    let is_default = case.knobs == defaults.knobs && case.available.is_empty();
    // Some modules cannot stand without any knob: then nothing is left out.
    let (false, Ok(defaults)) = (is_default, defaults.render()) else {
        return emit_stream(objects.iter().map(|rendered| rendered.object.value()));
    };
    let text = |objects: &[RenderedObject], path: &str| {
        let found = objects.iter().find(|rendered| rendered.path == path);
        found.map(|rendered| rendered.text.clone())
    };
    let mut stream = String::from("# What the knobs change; all else is as in the defaults.\n");
    for gone in defaults
        .iter()
        .filter(|rendered| text(objects, &rendered.path).is_none())
    {
        stream.push_str(&format!("# Not rendered: {}\n", gone.path));
    }
    let changed = objects
        .iter()
        .filter(|rendered| text(&defaults, &rendered.path).as_ref() != Some(&rendered.text));
    stream.push_str(&emit_stream(
        changed.map(|rendered| rendered.object.value()),
    ));
    stream
}

fn first_difference(golden: &str, text: &str) -> String {
    if golden.is_empty() {
        return "  has no golden".to_owned();
    }
    let mut lines = golden.lines().zip(text.lines()).enumerate();
    match lines.find(|(_, (golden, text))| golden != text) {
        Some((at, (golden, text))) => format!(
            "  line {}\n  golden:   {golden}\n  rendered: {text}",
            at + 1
        ),
        None => format!(
            "  {} lines in the golden, {} rendered",
            golden.lines().count(),
            text.lines().count()
        ),
    }
}
