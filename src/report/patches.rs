//! Patches and what they do, for `explain`: who says it, why, and which field comes from which line.

use serde_json::json as value;

use super::change;
use super::line::{WIDTH, printable};
use super::plan::json_change;
use super::words::object;
use crate::diagnostic::Span;
use crate::model::patch::Patch;
use crate::model::rendering::AppliedPatch;
use crate::yaml::Value;

pub const FORMAT: &str = "kops-stack.explain-patches/1";

/// A patch, the component whose object it changed, and what it did to it.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    pub patch: &'a Patch,
    pub component: &'a str,
    pub applied: &'a AppliedPatch,
}

/// One patch after the other.
pub fn text(patches: &[Explained<'_>]) -> String {
    let texts: Vec<String> = patches.iter().map(one).collect();
    texts.join("\n")
}

fn one(explained: &Explained<'_>) -> String {
    let Explained {
        patch,
        component,
        applied,
    } = explained;
    let mut out = format!(
        "patches.{} changes {} of {component}\n  {}\n",
        patch.name,
        object(&applied.object),
        printable(&patch.reason)
    );
    for change in &applied.changes {
        let lines = change::lines(std::slice::from_ref(change), WIDTH);
        let last_head = lines.iter().rposition(|line| !line.inner);
        for (index, line) in lines.iter().enumerate() {
            let text = match line.inner {
                true => format!("      {} {}", line.sign.mark(), line.text),
                false => format!("  {}", line.text),
            };
            let place = match last_head == Some(index) {
                true => format!("  by {}", patch.place_of(&change.path)),
                false => String::new(),
            };
            out.push_str(&format!("{text}{place}\n"));
        }
    }
    out.push_str(&format!("  set by {}, {}\n", patch.origin, patch.span));
    for (origin, span) in &patch.over {
        out.push_str(&format!("  over   {origin}, {span}\n"));
    }
    out
}

/// The same for machines.
pub fn json(environment: &str, patches: &[Explained<'_>]) -> Value {
    let patches = patches.iter().map(|explained| {
        let Explained {
            patch,
            component,
            applied,
        } = explained;
        let changes = applied.changes.iter().map(|change| {
            let mut shown = json_change(change);
            shown["place"] = place(&patch.place_of(&change.path));
            shown
        });
        let over = patch
            .over
            .iter()
            .map(|(origin, span)| value!({"by": origin.to_string(), "place": place(span)}));
        value!({
            "name": patch.name,
            "component": component,
            "object": applied.object,
            "reason": patch.reason,
            "by": patch.origin.to_string(),
            "place": place(&patch.span),
            "changes": changes.collect::<Vec<_>>(),
            "over": over.collect::<Vec<_>>(),
        })
    });
    value!({
        "format": FORMAT,
        "environment": environment,
        "patches": patches.collect::<Vec<_>>(),
    })
}

fn place(span: &Span) -> Value {
    let at = span.line_column();
    value!({"file": span.source.path, "line": at.line, "column": at.column})
}
