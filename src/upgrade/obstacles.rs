//! What stands in the way of a hop: what `check` and the earlier stages say of the environment as
//! it will be, and of what is still as it was when the control plane changes.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::{Diagnostic, Diagnostics, Severity, Span, codes};
use crate::model::finding::{Finding, Findings};
use crate::model::upgrade::{Move, Note, Obstacle, Topic, When};

/// File and line of a span.
pub fn place(span: &Span) -> String {
    format!("{}:{}", span.source.path, span.line_column().line)
}

fn obstacle(diagnostic: &Diagnostic) -> Obstacle {
    let label = diagnostic.labels.first();
    let place = label.map(|label| place(&label.span));
    Obstacle {
        code: diagnostic.code,
        message: diagnostic.message.clone(),
        place: place.or_else(|| diagnostic.file.clone()),
        helps: diagnostic.helps.clone(),
    }
}

/// Errors that keep the environment of the hop from being resolved or rendered at all.
pub fn of_diagnostics(diagnostics: &Diagnostics) -> Vec<Obstacle> {
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors
        .map(|diagnostic| {
            let mut obstacle = obstacle(diagnostic);
            if diagnostic.code == codes::CRDS_NOT_VENDORED {
                let help = "`kops-stack vendor --catalogue` gets those of all versions, also of what is to come";
                obstacle.helps.push(help.to_owned());
            }
            obstacle
        })
        .collect()
}

/// Errors of the environment as the hop leaves it (`after`), and objects that still use, when the
/// control plane changes, what it no longer serves (`meeting`: the manifests of now, on the next minor).
/// Those whose component moves first are told as solved.
pub fn of_findings(
    after: &Findings,
    meeting: &Findings,
    folder: &str,
    moves: &[Move],
) -> (Vec<Obstacle>, Vec<Note>) {
    let errors = |findings: &Findings| -> Vec<Finding> {
        let open = findings.open.iter();
        open.filter(|finding| finding.diagnostic.severity == Severity::Error)
            .cloned()
            .collect()
    };
    let mut obstacles: Vec<Obstacle> = Vec::new();
    let mut notes = Vec::new();
    let mut told = BTreeSet::new();
    for finding in errors(after) {
        told.insert(finding.subject.clone());
        obstacles.push(obstacle(&finding.diagnostic));
    }
    let first: BTreeMap<&str, &Move> = moves
        .iter()
        .filter(|moved| moved.when == When::Before)
        .map(|moved| (moved.component.as_str(), moved))
        .collect();
    for finding in errors(meeting) {
        let diagnostic = &finding.diagnostic;
        if diagnostic.code != codes::API_REMOVED || told.contains(&finding.subject) {
            continue;
        }
        let component = component(diagnostic, folder);
        match component.and_then(|component| first.get(component)) {
            Some(moved) => notes.push(Note {
                topic: Topic::Solved,
                subject: moved.component.clone(),
                text: format!("{}; {} does not", diagnostic.message, moved.version.to),
            }),
            None => obstacles.push(obstacle(diagnostic)),
        }
    }
    (obstacles, notes)
}

/// The component whose manifests a finding points into.
fn component<'d>(diagnostic: &'d Diagnostic, folder: &str) -> Option<&'d str> {
    let within = diagnostic.path()?.strip_prefix(folder)?;
    within.trim_start_matches('/').split('/').next()
}
