//! Patches of rendered objects: the last word, but for the digests of configurations in pods.
//!
//! They see what the manifests will say, globals included, so that whoever writes one can look at
//! the manifest. Each changes exactly one object; what it does not change, or must not, is told.

mod apply;
mod bonds;
mod target;

use std::collections::BTreeSet;

use super::draft::Drafts;
use super::finish::DIGEST_PREFIX;
use crate::diagnostic::{Diagnostic, Diagnostics, codes};
use crate::model::patch::Patch;
use crate::model::rendering::AppliedPatch;
use crate::model::resolved::ResolvedEnvironment;
use crate::object::{Object, Path, Schema, diff, mask_changes, pod_template};
use crate::yaml::Value;

/// Applies all patches of an environment, in their order.
pub fn apply(
    environment: &ResolvedEnvironment,
    drafts: &mut Drafts<'_>,
    diagnostics: &mut Diagnostics,
) {
    for patch in &environment.patches {
        if let Err(problem) = one(patch, drafts) {
            diagnostics.push(*problem);
        }
    }
}

/// Applies those patches whose target is of a kind that is among the drafts.
pub fn apply_to_present(
    environment: &ResolvedEnvironment,
    drafts: &mut Drafts<'_>,
    diagnostics: &mut Diagnostics,
) {
    let identities = drafts.values().flat_map(|draft| draft.identities());
    let kinds: BTreeSet<String> = identities.map(|identity| identity.kind).collect();
    let patches = environment.patches.iter();
    for patch in patches.filter(|patch| kinds.contains(&patch.target.kind)) {
        if let Err(problem) = one(patch, drafts) {
            diagnostics.push(*problem);
        }
    }
}

type Outcome<T> = Result<T, Box<Diagnostic>>;

fn one(patch: &Patch, drafts: &mut Drafts<'_>) -> Outcome<()> {
    let (component, index) = target::find(patch, drafts)?;
    let old = drafts[&component].objects[index].clone();
    let new = apply::patched(patch, &old)?;
    refuse_another(patch, &old, &new)?;
    let changes = diff(old.value(), new.value(), &Schema::of(&old));
    if changes.iter().all(|change| change.semantic_equal()) {
        return Err(idle(patch, &old));
    }
    refuse_digests(patch, &new)?;
    bonds::refuse_parted(patch, &old, &new, drafts)?;
    let mut applied = AppliedPatch {
        name: patch.name.clone(),
        object: old.identity(),
        reason: patch.reason.clone(),
        changes,
    };
    mask_changes(&applied.object, &mut applied.changes);
    if let Some(draft) = drafts.get_mut(&component) {
        draft.objects[index] = new.into();
        draft.rendered.patches.push(applied);
    }
    Ok(())
}

/// What an object is cannot be patched: it would be another one.
fn refuse_another(patch: &Patch, old: &Object, new: &Object) -> Outcome<()> {
    let of = |object: &Object| {
        [
            ("apiVersion", object.api_version().to_owned()),
            ("kind", object.kind().to_owned()),
            ("metadata.name", object.name().to_owned()),
            (
                "metadata.namespace",
                object.namespace().unwrap_or_default().to_owned(),
            ),
        ]
    };
    let differing = of(old).into_iter().zip(of(new));
    for ((field, old_value), (_, new_value)) in differing {
        if old_value != new_value {
            let message = format!(
                "the patch `{}` would make another object of {}: `{field}` from `{old_value}` to `{new_value}`",
                patch.name,
                old.identity()
            );
            let keys: Vec<&str> = field.split('.').collect();
            let diagnostic = Diagnostic::error(codes::PATCH_REFUSED, message)
                .at(patch.place_of(&Path::of_keys(&keys)))
                .help("set `prefix` or `namespace` of the component in environment.yaml, or put an object of your own into `objects/`");
            return Err(Box::new(diagnostic));
        }
    }
    Ok(())
}

/// The digests of configurations come after the patches, and would go over what one says.
fn refuse_digests(patch: &Patch, new: &Object) -> Outcome<()> {
    let annotations = pod_template(new).and_then(|pod| pod.pointer("/metadata/annotations"));
    let mut keys = annotations.and_then(Value::as_object).into_iter().flatten();
    let Some((key, _)) = keys.find(|(key, _)| key.starts_with(DIGEST_PREFIX)) else {
        return Ok(());
    };
    let message = format!(
        "the patch `{}` sets the annotation `{key}` of pods, which is made from the ConfigMap",
        patch.name
    );
    let path = ["spec", "template", "metadata", "annotations", key];
    Err(Box::new(
        Diagnostic::error(codes::PATCH_REFUSED, message)
            .at(patch.place_of(&Path::of_keys(&path)))
            .help("patch the ConfigMap: its pods restart then"),
    ))
}

fn idle(patch: &Patch, object: &Object) -> Box<Diagnostic> {
    let message = format!(
        "the patch `{}` changes nothing: {} is already as it says",
        patch.name,
        object.identity()
    );
    Box::new(
        Diagnostic::error(codes::PATCH_IDLE, message)
            .at(patch.span.clone())
            .help("remove it, or correct what it sets"),
    )
}
