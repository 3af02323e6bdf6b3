//! PersistentVolumeClaim and PersistentVolume.

use super::conditions::{Verdict, one_line};
use super::{Context, failed, in_progress, text};
use crate::object::Object;

/// Whether an object is a claim whose class, one of `classes`, waits for the first pod that uses it.
/// The server writes the name of the default class into a claim that names none.
pub fn binds_late(object: &Object, classes: &[Object]) -> bool {
    let wanted = text(object, &["spec", "storageClassName"]);
    object.is("", "PersistentVolumeClaim")
        && classes.iter().any(|class| {
            class.name() == wanted && text(class, &["volumeBindingMode"]) == "WaitForFirstConsumer"
        })
}

pub(super) fn claim(object: &Object, context: &Context) -> Verdict {
    match text(object, &["status", "phase"]) {
        "Bound" => Ok(String::new()),
        "Lost" => failed("its volume is lost"),
        _ if context.binds_late => Ok("waiting for the first pod that uses it".to_owned()),
        _ => in_progress("waiting for a volume"),
    }
}

pub(super) fn volume(object: &Object) -> Verdict {
    let message = one_line(text(object, &["status", "message"]));
    let said = |what: &str| match message.as_str() {
        "" => what.to_owned(),
        message => format!("{what}: {message}"),
    };
    match text(object, &["status", "phase"]) {
        "Available" | "Bound" => Ok(String::new()),
        "Failed" => failed(said("its reclamation failed")),
        "Released" => in_progress(said("released, and bound to a claim that is gone")),
        _ => in_progress("waiting for its controller"),
    }
}
