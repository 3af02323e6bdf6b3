//! Selectors and the labels that they mean: a patch must not part them.

use super::Outcome;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::patch::Patch;
use crate::object::{Object, Path, pod_labels, pod_template, workload_selects};
use crate::render::draft::Drafts;

const SELECTOR: &[&str] = &["spec", "selector"];
const LABELS: &[&str] = &["spec", "template", "metadata", "labels"];

/// Refuses a patch that changes the selector of a workload, which is immutable, or after which a
/// selector no longer means the pods that it meant.
pub fn refuse_parted(
    patch: &Patch,
    old: &Object,
    new: &Object,
    drafts: &Drafts<'_>,
) -> Outcome<()> {
    let selector = |object: &Object| object.get(&["spec", "selector"]).cloned();
    let makes_pods = pod_template(old).is_some();
    if makes_pods && selector(old) != selector(new) {
        let what = format!("change the selector of {}", old.identity());
        let help = "selectors are immutable: the object would have to be deleted and made anew";
        return Err(refused(patch, SELECTOR, &what, help));
    }
    let all = || {
        let drafts = drafts.values();
        drafts.flat_map(|draft| draft.objects.iter().map(|object| &**object))
    };
    if makes_pods && pod_labels(old) != pod_labels(new) {
        if workload_selects(old, old) && !workload_selects(new, new) {
            let what = format!("part {} from its own pods", old.identity());
            return Err(refused(
                patch,
                LABELS,
                &what,
                "its selector needs the labels of its pods",
            ));
        }
        let mut others = all().filter(|other| is_selecting(other));
        let parted =
            others.find(|other| workload_selects(other, old) && !workload_selects(other, new));
        if let Some(other) = parted {
            let what = format!("part {} from {}", other.identity(), old.identity());
            return Err(refused(
                patch,
                LABELS,
                &what,
                "it finds the pods by their labels",
            ));
        }
    }
    if is_selecting(old) && selector(old) != selector(new) {
        let workloads = || all().filter(|other| pod_template(other).is_some());
        let meant = workloads().find(|workload| workload_selects(old, workload));
        let means_any = workloads().any(|workload| workload_selects(new, workload));
        if let (Some(workload), false) = (meant, means_any) {
            let what = format!("part {} from {}", old.identity(), workload.identity());
            let help = "after it the selector means no pods that are rendered here";
            return Err(refused(patch, SELECTOR, &what, help));
        }
    }
    Ok(())
}

/// What finds pods by their labels, and does nothing where it finds none.
fn is_selecting(object: &Object) -> bool {
    object.is("", "Service") || object.is("policy", "PodDisruptionBudget")
}

fn refused(patch: &Patch, field: &[&str], what: &str, help: &str) -> Box<Diagnostic> {
    let message = format!("the patch `{}` would {what}", patch.name);
    Box::new(
        Diagnostic::error(codes::PATCH_REFUSED, message)
            .at(patch.place_of(&Path::of_keys(field)))
            .help(help),
    )
}
