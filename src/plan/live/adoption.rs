//! Whose fields are taken over without a word, and whose objects.

use crate::model::inventory::{LABEL, MANAGER};
use crate::model::live::Conflict;
use crate::model::ownership::{Keep, Ownership};
use crate::object::{ManagedFields, Object};

/// Managers that people and other appliers write with. `kops` is not among them: what applies the
/// addons of a kops control plane would set its fields again.
const APPROVED: [&str; 10] = [
    "before-first-apply",
    "helm",
    "Helm",
    "kustomize-controller",
    "helm-controller",
    "kapp",
    "timoni",
    "werf",
    MANAGER,
    "kubectl",
];

const APPROVED_PREFIXES: [&str; 4] = ["kubectl-", "kluctl", "argocd-", "terraform"];

fn is_approved(manager: &str) -> bool {
    APPROVED.contains(&manager)
        || APPROVED_PREFIXES
            .iter()
            .any(|prefix| manager.starts_with(prefix))
}

/// Managers whose entries become ours when an object is adopted: those that other tools applied
/// with. What goes through a subresource is never touched.
pub fn adopted(managers: &ManagedFields) -> Vec<String> {
    let entries = managers.entries.iter().filter(|entry| {
        entry.subresource.is_none() && !entry.is_apply_of(MANAGER) && is_approved(&entry.manager)
    });
    let mut names: Vec<String> = entries.map(|entry| entry.manager.clone()).collect();
    names.sort();
    names.dedup();
    names
}

/// Whether a contested field may be set without asking.
pub fn may_take(conflict: &Conflict, object: &str, rules: &[Ownership]) -> bool {
    let said = rules.iter().any(|rule| {
        rule.keep == Keep::Ours && rule.object == object && rule.field == conflict.field
    });
    said || (conflict.subresource.as_deref() != Some("status") && is_approved(&conflict.manager))
}

/// Why an object that is there must not become ours.
pub fn objection(live: &Object, environment: &str) -> Option<String> {
    if let Some(other) = live.label(LABEL).filter(|other| *other != environment) {
        return Some(format!(
            "it belongs to the environment `{other}`, which applies it from elsewhere"
        ));
    }
    let mut owners = live.owners().iter();
    let controller = owners.find(|owner| owner.get("controller") == Some(&true.into()))?;
    let text = |key| {
        let value = controller.get(key);
        value
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default()
    };
    Some(format!(
        "{} {} makes it and would write over it",
        text("kind"),
        text("name")
    ))
}
