//! One patch and one object to the patched object.

use json_patch::PatchErrorKind;

use super::Outcome;
use crate::diagnostic::{Diagnostic, codes};
use crate::model::patch::{Patch, PatchChange};
use crate::object::{MergeError, Object, Schema, merge};
use crate::yaml::Segment;

/// What a patch makes of an object.
pub fn patched(patch: &Patch, object: &Object) -> Outcome<Object> {
    let mut value = object.value().clone();
    match &patch.change {
        // The lists of custom resources are replaced, as kubectl does: a stand-in knows no keys, and
        // a patch must mean the same with the real CRD.
        PatchChange::Merge(part) => merge(&mut value, part, &Schema::of(object))
            .map_err(|problem| unfit(patch, object, problem))?,
        PatchChange::Json(operations) => json_patch::patch(&mut value, operations)
            .map_err(|error| failed(patch, object, error.operation, &error.kind))?,
    }
    Object::new(value).map_err(|error| {
        let message = format!(
            "the patch `{}` leaves no object of {}: {error}",
            patch.name,
            object.identity()
        );
        Box::new(Diagnostic::error(codes::PATCH_REFUSED, message).at(patch.span.clone()))
    })
}

fn unfit(patch: &Patch, object: &Object, (problem, place): MergeError) -> Box<Diagnostic> {
    let message = format!(
        "the patch `{}` does not fit {}: {problem}",
        patch.name,
        object.identity()
    );
    let within = [Segment::Key("merge".to_owned())];
    let place: Vec<Segment> = within.into_iter().chain(place).collect();
    let diagnostic = Diagnostic::error(codes::PATCH_FAILED, message).at(patch.nearest_span(&place));
    Box::new(hiding_secrets(diagnostic, object))
}

fn failed(
    patch: &Patch,
    object: &Object,
    operation: usize,
    kind: &PatchErrorKind,
) -> Box<Diagnostic> {
    let PatchChange::Json(operations) = &patch.change else {
        unreachable!("only operations fail one by one");
    };
    let failed = &operations[operation];
    let path = failed.path();
    let (member, what) = match kind {
        PatchErrorKind::TestFailed => ("value", format!("`{path}` is not what it tests for")),
        PatchErrorKind::InvalidFromPointer => ("from", "its `from` is not there".to_owned()),
        PatchErrorKind::CannotMoveInsideItself => {
            ("path", "nothing can move into itself".to_owned())
        }
        _ => ("path", format!("there is no place `{path}`")),
    };
    let message = format!(
        "the patch `{}` does not fit {}: {what}",
        patch.name,
        object.identity()
    );
    let place = [
        Segment::Key("json".to_owned()),
        Segment::Index(operation),
        Segment::Key(member.to_owned()),
    ];
    let diagnostic = Diagnostic::error(codes::PATCH_FAILED, message)
        .at(patch.nearest_span(&place))
        .help(
            "look at the object in the manifests; lists count from 0, and `-` is behind their end",
        );
    Box::new(hiding_secrets(diagnostic, object))
}

/// A patch of a Secret may hold one.
fn hiding_secrets(diagnostic: Diagnostic, object: &Object) -> Diagnostic {
    match object.is("", "Secret") {
        true => diagnostic.hiding_lines(),
        false => diagnostic,
    }
}
