//! What the environment accepts, each with its reason.

use std::collections::BTreeSet;

use super::spans::sorted;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::checking::{Checking, PlacedIgnore};
use crate::model::date::Date;
use crate::model::finding::{Finding, Findings, Ignored};

/// Divides findings into those that stand and those that an entry switches off, and tells of
/// entries that have expired or that switch off nothing.
pub fn divide(findings: Vec<Finding>, checking: &Checking) -> Findings {
    let mut divided = Findings::default();
    let mut used = BTreeSet::new();
    for finding in findings {
        let entries = checking.ignores.iter().enumerate();
        let mut of_it = entries.filter(|(_, ignore)| means(ignore, &finding));
        match of_it.find(|(_, ignore)| holds(ignore, checking.today)) {
            Some((index, ignore)) => {
                used.insert(index);
                let reason = ignore.entry.reason.clone();
                divided.ignored.push(Ignored { finding, reason });
            }
            None => divided.open.push(finding),
        }
    }
    let unused = checking.ignores.iter().enumerate();
    let unused = unused.filter(|(index, _)| !used.contains(index));
    divided
        .open
        .extend(unused.map(|(_, ignore)| about(ignore, checking.today)));
    divided.open = sorted(divided.open);
    divided
}

fn means(ignore: &PlacedIgnore, finding: &Finding) -> bool {
    let pattern = ignore.entry.object.as_deref().unwrap_or("*");
    ignore.entry.code == finding.diagnostic.code.name && fits(pattern, &finding.subject)
}

/// Without a day it holds for good; with one that is no day, never.
fn holds(ignore: &PlacedIgnore, today: Date) -> bool {
    let until = ignore.entry.until.as_deref();
    until.is_none_or(|until| Date::parse(until).is_some_and(|until| today <= until))
}

/// Why an entry switches nothing off.
fn about(ignore: &PlacedIgnore, today: Date) -> Finding {
    let entry = &ignore.entry;
    let subject = match &entry.object {
        Some(object) => format!("ignoring `{}` of `{object}`", entry.code),
        None => format!("ignoring `{}`", entry.code),
    };
    let diagnostic = match (holds(ignore, today), entry.until.as_deref()) {
        (false, Some(until)) if Date::parse(until).is_none() => Diagnostic::warning(
            codes::IGNORE_EXPIRED,
            format!("{subject} has no last day: there is no `{until}`"),
        )
        .help("write the last day as `2027-01-31`"),
        (false, Some(until)) => Diagnostic::warning(
            codes::IGNORE_EXPIRED,
            format!("{subject} ended with {until}: {}", entry.reason),
        )
        .help("mend what it hid and remove the entry, or decide anew and set a later day"),
        _ => Diagnostic::warning(
            codes::IGNORE_UNUSED,
            format!("{subject} matches no finding"),
        )
        .help("remove the entry, or correct its `code` and `object`"),
    };
    let diagnostic = match &ignore.span {
        Some(span) => diagnostic.at(span.clone()),
        None => diagnostic,
    };
    Finding {
        diagnostic,
        subject,
    }
}

/// Whether a pattern means a text: `*` stands for any characters, everything else for itself.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(tail) = text.strip_prefix(head) else {
        return false;
    };
    let starts = tail.char_indices().map(|(index, _)| index);
    starts
        .chain([tail.len()])
        .any(|start| fits(rest, &tail[start..]))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_text() {
        assert!(fits("*", ""));
        assert!(fits(
            "ClusterRole istiod*",
            "ClusterRole istiod-clusterrole"
        ));
        assert!(fits("*/web", "Deployment shop/web"));
        assert!(fits("Deployment */web", "Deployment shop/web"));
        assert!(!fits("Deployment shop", "Deployment shop/web"));
        assert!(!fits("Secret *", "Deployment shop/web"));
    }
}
