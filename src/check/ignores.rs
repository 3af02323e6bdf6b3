//! What the environment accepts, each with its reason.

use std::collections::BTreeSet;

use super::spans::sorted;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::checking::{Checking, PlacedIgnore};
use crate::model::date::Date;
use crate::model::finding::{Finding, Findings, Ignored, SharedIgnore};

/// Divides findings into those that stand and those that an entry switches off, and tells of the
/// environment's own entries that have expired or that switch off nothing.
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
    for (index, ignore) in checking.ignores.iter().enumerate() {
        let unused = (!used.contains(&index)).then(|| about(ignore, checking.today));
        match (shared_place(ignore), unused) {
            (Some(place), unused) => divided.shared.push(SharedIgnore { place, unused }),
            (None, unused) => divided.open.extend(unused),
        }
    }
    divided.open = sorted(divided.open);
    divided
}

/// Where an entry stands that several environments have.
fn shared_place(ignore: &PlacedIgnore) -> Option<(String, usize)> {
    let span = ignore.span.as_ref().filter(|_| ignore.shared)?;
    Some((span.source.path.clone(), span.start))
}

/// Tells, once, of the entries of layers that have expired, and where `all` environments were checked
/// also of those that none of them needs.
pub fn settle(environments: &mut [Findings], all: bool) {
    let shared = || environments.iter().flat_map(|findings| &findings.shared);
    let used: BTreeSet<(String, usize)> = shared()
        .filter(|entry| entry.unused.is_none())
        .map(|entry| entry.place.clone())
        .collect();
    let mut told = used;
    for findings in environments {
        for entry in &findings.shared {
            let Some(unused) = &entry.unused else {
                continue;
            };
            let expired = unused.diagnostic.code == codes::IGNORE_EXPIRED;
            if (expired || all) && told.insert(entry.place.clone()) {
                findings.open.push(unused.clone());
            }
        }
        findings.open = sorted(std::mem::take(&mut findings.open));
    }
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
