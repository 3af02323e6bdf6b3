//! What people approve of one object: what changes, and the digest of it.

use serde_json::json;

use crate::model::digest::sha256;
use crate::model::inventory::LABEL;
use crate::model::plan::{Action, Effect};
use crate::object::{FieldChange, Object, Path, mask_changes};
use crate::yaml::Value;

/// The label that is added to every object is no news.
pub(super) fn without_our_label(changes: Vec<FieldChange>) -> Vec<FieldChange> {
    let labels = Path::of_keys(&["metadata", "labels"]);
    let ours = labels.key(LABEL);
    let news = changes.into_iter().filter_map(|mut change| {
        if change.path == labels
            && change.old.is_none()
            && let Some(added) = change.new.as_mut().and_then(Value::as_object_mut)
        {
            added.remove(LABEL);
            return (!added.is_empty()).then_some(change);
        }
        (change.path != ours).then_some(change)
    });
    news.collect()
}

/// Digest of what people approve: the action and every difference. Old values of Secrets take part
/// masked, new ones, which stand in git, by their digest.
pub(super) fn difference(
    action: Action,
    object: &Object,
    changes: &[FieldChange],
    effects: &[Effect],
) -> String {
    let identity = object.identity();
    let mut masked = changes.to_vec();
    mask_changes(&identity, &mut masked);
    let secret = object.is("", "Secret");
    let changes: Vec<_> = masked
        .iter()
        .zip(changes)
        .map(|(shown, change)| {
            let new = change.new.as_ref().filter(|_| secret);
            json!({
                "path": shown.path.to_string(),
                "old": shown.old,
                "new": shown.new,
                "digest": new.map(|new| sha256(new.to_string().as_bytes())),
            })
        })
        .collect();
    let dangerous: Vec<String> = effects
        .iter()
        .filter(|effect| effect.is_dangerous())
        .map(|effect| format!("{effect:?}"))
        .collect();
    // What is made anew is approved as a whole.
    let whole = (action == Action::Create).then(|| sha256(object.value().to_string().as_bytes()));
    let said = json!({
        "action": action.name(),
        "object": identity,
        "changes": changes,
        "dangerous": dangerous,
        "whole": whole,
    });
    sha256(said.to_string().as_bytes())
}
