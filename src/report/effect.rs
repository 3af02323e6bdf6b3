//! Effects in words.

use super::line::printable;
use super::words::counted;
use crate::model::plan::{Effect, Pace};

/// What stands behind the object that a step is about.
pub fn words(effect: &Effect) -> String {
    match effect {
        Effect::Restarts { pods, pace, reason } => restarts(*pods, *pace, reason),
        Effect::Immutable { path, reason } => format!("{} {reason}", printable(path)),
        Effect::DeletesKind {
            objects: 0,
            namespaces: _,
        } => "no object of this kind is known here; any other goes with it".to_owned(),
        Effect::DeletesKind {
            objects,
            namespaces,
        } => {
            let go = if *objects == 1 { "goes" } else { "go" };
            let place = match namespaces {
                0 => String::new(),
                namespaces => format!(", in {}", counted(*namespaces, "namespace")),
            };
            format!(
                "{} of this kind {go} with it{place}",
                counted(*objects, "object")
            )
        }
        Effect::Conflict {
            field,
            manager,
            ours,
            theirs,
        } => conflict(field, manager, ours.as_deref(), theirs.as_deref()),
        Effect::TakesOver { field, manager } => {
            format!("{} was set by {}", printable(field), printable(manager))
        }
        Effect::CrdChange { reason }
        | Effect::Refused { reason }
        | Effect::DeletesData { reason }
        | Effect::Protected { reason } => printable(reason),
        Effect::Moved { from } => format!("moved from {}", printable(from)),
        Effect::Note { text } => printable(text),
    }
}

fn conflict(field: &str, manager: &str, ours: Option<&str>, theirs: Option<&str>) -> String {
    let (field, manager) = (printable(field), printable(manager));
    let said = match (ours, theirs) {
        (Some(ours), Some(theirs)) => format!(
            "{field}: the manifest says {}, `{manager}` set {}",
            printable(ours),
            printable(theirs)
        ),
        (Some(ours), None) => format!(
            "{field}: the manifest says {}, and `{manager}` owns it",
            printable(ours)
        ),
        _ => format!("{field}: `{manager}` owns it"),
    };
    format!("{said}; say whose it is under `ownership:` in environment.yaml (is: ours, or theirs)")
}

fn restarts(pods: Option<u64>, pace: Pace, reason: &str) -> String {
    let pods = match pods {
        Some(1) => "its pod".to_owned(),
        Some(pods) => format!("{pods} pods"),
        None => "its pods".to_owned(),
    };
    match pace {
        Pace::Rolling => format!("restarts {pods}"),
        Pace::AtOnce => format!("restarts {pods} at once: {reason}"),
    }
}

/// A stable name for machines.
pub fn name(effect: &Effect) -> &'static str {
    match effect {
        Effect::Restarts { .. } => "restarts",
        Effect::Immutable { .. } => "immutable",
        Effect::DeletesKind { .. } => "deletes-kind",
        Effect::CrdChange { .. } => "crd-change",
        Effect::DeletesData { .. } => "deletes-data",
        Effect::Protected { .. } => "protected",
        Effect::Conflict { .. } => "conflict",
        Effect::Refused { .. } => "refused",
        Effect::TakesOver { .. } => "takes-over",
        Effect::Moved { .. } => "moved",
        Effect::Note { .. } => "note",
    }
}
