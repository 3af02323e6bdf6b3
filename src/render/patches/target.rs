//! The object that a patch means.

use std::collections::BTreeSet;

use super::Outcome;
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::model::patch::Patch;
use crate::model::resolved::Origin;
use crate::object::Identity;
use crate::render::draft::Drafts;
use crate::render::stand_in;

/// Names that a message lists.
const LISTED: usize = 8;

/// Component and place among its objects of the one object that a patch means.
pub fn find(patch: &Patch, drafts: &Drafts<'_>) -> Outcome<(String, usize)> {
    let mut found: Vec<(&String, usize, Identity)> = Vec::new();
    for (component, draft) in drafts {
        for (index, object) in draft.objects.iter().enumerate() {
            let identity = object.identity();
            if patch.target.matches(component, &identity) {
                if object.annotation(stand_in::ANNOTATION).is_some() {
                    return Err(of_others(
                        patch,
                        &identity,
                        "is a stand-in for a file of others",
                    ));
                }
                found.push((component, index, identity));
            }
        }
        let mut vendored = draft.vendored.iter().map(|file| file.object.identity());
        if let Some(identity) = vendored.find(|identity| patch.target.matches(component, identity))
        {
            let what = "is a file of others, which is kept byte for byte";
            return Err(of_others(patch, &identity, what));
        }
    }
    match found.as_slice() {
        [(component, index, _)] => Ok(((*component).clone(), *index)),
        [] => Err(unmatched(patch, drafts)),
        several => Err(ambiguous(patch, several)),
    }
}

fn of_others(patch: &Patch, identity: &Identity, what: &str) -> Box<Diagnostic> {
    let message = format!(
        "the patch `{}` cannot change {identity}: it {what}",
        patch.name
    );
    Box::new(
        Diagnostic::error(codes::PATCH_REFUSED, message)
            .at(patch.span_of(&["target"]))
            .help("the CRDs of a module stay as upstream made them; without its component, your own may stand in `objects/`"),
    )
}

fn ambiguous(patch: &Patch, found: &[(&String, usize, Identity)]) -> Box<Diagnostic> {
    let all: Vec<String> = found
        .iter()
        .map(|(component, _, identity)| format!("{identity} of `{component}`"))
        .collect();
    let message = format!(
        "the patch `{}` means {} objects: {}",
        patch.name,
        all.len(),
        all.join(", ")
    );
    let values = |value: fn(&(&String, usize, Identity)) -> String| {
        let values: BTreeSet<String> = found.iter().map(value).collect();
        values.len() > 1
    };
    let more = [
        (
            "namespace",
            values(|(_, _, identity)| identity.namespace.clone().unwrap_or_default()),
        ),
        ("group", values(|(_, _, identity)| identity.group.clone())),
        (
            "component",
            values(|(component, _, _)| (*component).clone()),
        ),
    ];
    let more = more.iter().filter(|(_, differs)| *differs);
    let more: Vec<String> = more.map(|(key, _)| format!("`{key}`")).collect();
    Box::new(
        Diagnostic::error(codes::PATCH_UNMATCHED, message)
            .at(patch.span_of(&["target"]))
            .help(format!("add {} to its target", more.join(" or "))),
    )
}

/// Says what is nearest: the same name elsewhere, a name like it, a kind like it.
fn unmatched(patch: &Patch, drafts: &Drafts<'_>) -> Box<Diagnostic> {
    let target = &patch.target;
    let message = format!(
        "the patch `{}` means no object: there is no {target}",
        patch.name
    );
    let all: Vec<(&String, Identity)> = drafts
        .iter()
        .flat_map(|(component, draft)| {
            draft
                .identities()
                .map(move |identity| (component, identity))
        })
        .collect();
    let diagnostic = Diagnostic::error(codes::PATCH_UNMATCHED, message);
    let of_kind = || all.iter().filter(|(_, found)| found.kind == target.kind);
    let named: Vec<String> = of_kind()
        .filter(|(_, found)| found.name == target.name)
        .map(|(component, found)| format!("{found} of `{component}`"))
        .collect();
    let diagnostic = match (named.as_slice(), of_kind().next()) {
        ([_, ..], _) => {
            let key = wrong_key(patch, &all);
            diagnostic
                .at(patch.span_of(&["target", key]))
                .help(format!("there is {}", listed(&named)))
        }
        ([], Some(_)) => {
            let names: BTreeSet<String> = of_kind().map(|(_, found)| found.name.clone()).collect();
            let near = nearest(&target.name, names.iter().map(String::as_str));
            let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
            let names: Vec<String> = of_kind().map(|(_, found)| found.to_string()).collect();
            diagnostic
                .label(patch.span_of(&["target", "name"]), label)
                .help(format!("of this kind there is {}", listed(&names)))
        }
        ([], None) => {
            let kinds: BTreeSet<&str> = all.iter().map(|(_, found)| found.kind.as_str()).collect();
            let near = nearest(&target.kind, kinds.iter().copied());
            let label = near.map_or(String::new(), |near| format!("did you mean `{near}`?"));
            let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            diagnostic
                .label(patch.span_of(&["target", "kind"]), label)
                .help(format!("kinds that are rendered: {}", kinds.join(", ")))
        }
    };
    Box::new(match &patch.origin {
        Origin::Layer(_) => diagnostic.help(format!(
            "an environment that lacks the object drops the patch of the layer: `{}: null` in its patches.yaml",
            patch.name
        )),
        _ => diagnostic,
    })
}

/// The key of the target that keeps it from an object of this kind and name.
fn wrong_key(patch: &Patch, all: &[(&String, Identity)]) -> &'static str {
    let without = |key: &str| {
        let mut target = patch.target.clone();
        match key {
            "namespace" => target.namespace = None,
            "group" => target.group = None,
            _ => target.component = None,
        }
        all.iter()
            .any(|(component, identity)| target.matches(component, identity))
    };
    let keys = ["namespace", "component", "group"];
    keys.into_iter().find(|key| without(key)).unwrap_or("name")
}

fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(LISTED);
    let shown = names[..names.len() - more].join(", ");
    match more {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
