//! Findings as a compiler shows them, and what they come to.

use super::super::diagnostics;
use super::super::style::{Ink, Style};
use super::super::words::counted;
use crate::diagnostic::Diagnostics;
use crate::model::finding::Findings;

/// Every finding of every environment, then a line for each environment.
pub fn text(environments: &[Findings], style: Style) -> String {
    let open = environments.iter().flat_map(|findings| &findings.open);
    let all: Diagnostics = open.map(|finding| finding.diagnostic.clone()).collect();
    let mut out = diagnostics::text(&all, style);
    if !out.is_empty() {
        out.push('\n');
    }
    for findings in environments {
        out += &style.paint(ink(findings), &summary(findings));
        out.push('\n');
    }
    out
}

/// `prod · 134 objects · 1 error, 2 warnings, 1 ignored`
fn summary(findings: &Findings) -> String {
    let counts = [
        (findings.errors(), "error"),
        (findings.warnings(), "warning"),
    ];
    let mut parts: Vec<String> = counts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, noun)| counted(count, noun))
        .collect();
    if parts.is_empty() {
        parts.push("nothing found".to_owned());
    }
    if !findings.ignored.is_empty() {
        parts.push(format!("{} ignored", findings.ignored.len()));
    }
    format!(
        "{} · {} · {}",
        findings.environment,
        counted(findings.objects, "object"),
        parts.join(", ")
    )
}

fn ink(findings: &Findings) -> Ink {
    match (findings.errors(), findings.warnings()) {
        (0, 0) => Ink::Added,
        (0, _) => Ink::Changed,
        _ => Ink::Danger,
    }
}
