//! How the API server in memory refuses: as apiserver.md has it of the real one.

use std::time::Duration;

use super::fake::Fake;
use crate::model::api::{ApiError, Cause, Target};
use crate::model::live::Conflict;
use crate::model::work::Revision;
use crate::object::{Identity, Object};

pub fn error(code: u16, reason: &str, message: &str) -> ApiError {
    ApiError {
        code,
        reason: reason.to_owned(),
        message: message.to_owned(),
        ..ApiError::default()
    }
}

fn with_cause(code: u16, outer: &str, reason: &str, field: &str, message: &str) -> ApiError {
    ApiError {
        causes: vec![Cause {
            reason: reason.to_owned(),
            field: field.to_owned(),
            message: message.to_owned(),
        }],
        ..error(code, outer, "refused")
    }
}

pub fn not_found() -> ApiError {
    error(404, "NotFound", "it is not found")
}

pub fn failed_test() -> ApiError {
    error(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )
}

pub fn stale() -> ApiError {
    error(
        409,
        "Conflict",
        "the object has been modified; please apply your changes to the latest version and try again",
    )
}

pub fn busy() -> ApiError {
    error(429, "", "Too many requests, please try again later.")
}

pub fn busy_for(wait: Duration) -> ApiError {
    ApiError {
        retry_after: Some(wait),
        ..busy()
    }
}

pub fn invalid() -> ApiError {
    with_cause(
        422,
        "Invalid",
        "FieldValueInvalid",
        "spec.value",
        "Invalid value: \"hunter2\": must be even",
    )
}

pub fn immutable() -> ApiError {
    with_cause(
        422,
        "Invalid",
        "FieldValueInvalid",
        "spec.immutable",
        "Invalid value: \"x\": field is immutable",
    )
}

pub fn conflict(conflicts: &[Conflict]) -> ApiError {
    let causes = conflicts.iter().map(|conflict| Cause {
        reason: "FieldManagerConflict".to_owned(),
        field: format!(".{}", conflict.field),
        message: format!("conflict with \"{}\" using v1", conflict.manager),
    });
    ApiError {
        causes: causes.collect(),
        ..error(409, "Conflict", "Apply failed with conflicts")
    }
}

/// What stands in the way of a server-side apply.
pub fn of_apply(
    fake: &Fake,
    target: &Target,
    live: Option<&Object>,
    current: Option<&Revision>,
) -> Option<ApiError> {
    let state = fake.state.borrow();
    let identity = &target.identity;
    if identity.group == "example.com" {
        let crd = state.objects.values().find(|object| {
            object.kind() == "CustomResourceDefinition"
                && object
                    .get(&["spec", "names", "kind"])
                    .and_then(|kind| kind.as_str())
                    == Some(&identity.kind)
        });
        let served = crd.is_some_and(|crd| crd.get(&["status", "healthy"]) == Some(&true.into()));
        if !served {
            return Some(error(404, "", "404 page not found"));
        }
    }
    if let Some(namespace) = &identity.namespace {
        let home = Identity {
            namespace: None,
            kind: "Namespace".to_owned(),
            group: String::new(),
            name: namespace.clone(),
        };
        if !state.objects.contains_key(&home) {
            let message = format!("namespaces \"{namespace}\" not found");
            return Some(error(404, "NotFound", &message));
        }
    }
    let Some(current) = current else {
        return live.map(|_| stale());
    };
    let Some(live) = live.map(Revision::of) else {
        return Some(error(
            409,
            "Conflict",
            "uid mismatch: no existing object was found",
        ));
    };
    if live.uid != current.uid {
        return Some(with_cause(
            422,
            "Invalid",
            "FieldValueInvalid",
            "metadata.uid",
            "Invalid value: \"x\": field is immutable",
        ));
    }
    (live.resource_version != current.resource_version).then(stale)
}

pub fn of_delete(live: Option<&Object>, current: &Revision) -> Result<(), ApiError> {
    let live = live.map(Revision::of).ok_or_else(not_found)?;
    if live.uid != current.uid {
        let message = "the UID in the precondition (A) does not match the UID in record (B)";
        return Err(error(409, "Conflict", message));
    }
    let version = &current.resource_version;
    if !version.is_empty() && *version != live.resource_version {
        let message = "the ResourceVersion in the precondition (1) does not match";
        return Err(error(409, "Conflict", message));
    }
    Ok(())
}
