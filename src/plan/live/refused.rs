//! What a refusal of a dry run means.

use crate::model::api::{ApiError, Cause};

/// What to make of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Every cause is a field that cannot change; another object in its place is a way.
    Immutable,
    /// The server could not judge: a webhook does not answer, or we may not ask.
    Unknown(String),
    Invalid,
}

/// Ends of messages of fields that cannot change, after the value. Exact, since a value of the
/// user's may hold any text (seen on Kubernetes 1.36.3).
const TAILS: [&str; 5] = [
    "field is immutable",
    "may not change once set",
    "cannot change roleRef",
    "may not be changed in an update.",
    "field is immutable when `immutable` is set",
];

/// Begins of messages that end with a difference or a list.
const BEGINS: [&str; 5] = [
    "updates to statefulset spec for fields other than ",
    "spec is immutable after creation except resources.requests and volumeAttributesClassName",
    "spec.persistentvolumesource is immutable after creation",
    "updates to parameters are forbidden.",
    "pod updates may not change fields other than ",
];

pub fn refusal(error: &ApiError) -> Refusal {
    if error.code == 500 && error.message.contains("failed calling webhook") {
        let name = error.message.split('"').nth(1).unwrap_or("?");
        return Refusal::Unknown(format!("webhook {name} does not answer"));
    }
    if error.code == 0 || matches!(error.code, 429 | 503 | 504) {
        return Refusal::Unknown("the server did not answer the dry run".to_owned());
    }
    if error.is_forbidden() && error.message.contains(" cannot ") {
        return Refusal::Unknown("no permission to ask for it".to_owned());
    }
    let immutable = error.code == 422
        && error.reason == "Invalid"
        && !error.causes.is_empty()
        && error.causes.iter().all(is_immutable);
    match immutable {
        true => Refusal::Immutable,
        false => Refusal::Invalid,
    }
}

fn is_immutable(cause: &Cause) -> bool {
    if cause.field == "metadata.uid" {
        return false;
    }
    match cause.reason.as_str() {
        "FieldValueInvalid" => {
            let tail = cause.message.rsplit(": ").next().unwrap_or_default();
            TAILS.contains(&tail)
        }
        "FieldValueForbidden" => {
            let text = cause.message.strip_prefix("Forbidden: ");
            let text = text.unwrap_or(&cause.message);
            TAILS.contains(&text) || BEGINS.iter().any(|begin| text.starts_with(begin))
        }
        _ => false,
    }
}

/// Whether an object would be refused that was tried under another name, in another namespace, while the one
/// that it replaces is there: what lies in name and place, and what that one holds still, counts for nothing.
pub fn is_refused_anew(error: &ApiError) -> bool {
    let counts = |cause: &Cause| {
        cause.field != "metadata.name"
            && cause.reason != "FieldValueDuplicate"
            && !cause.message.ends_with("is already allocated")
    };
    let is_invalid = error.code == 422 && error.reason == "Invalid";
    is_invalid && !error.causes.is_empty() && error.causes.iter().all(counts)
}

#[cfg(test)]
mod tests {
    use super::{Refusal, is_refused_anew, refusal};
    use crate::model::api::{ApiError, Cause};

    fn invalid(causes: &[(&str, &str, &str)]) -> Refusal {
        refusal(&error(causes))
    }

    fn error(causes: &[(&str, &str, &str)]) -> ApiError {
        let causes = causes.iter().map(|(reason, field, message)| Cause {
            reason: (*reason).to_owned(),
            field: (*field).to_owned(),
            message: (*message).to_owned(),
        });
        ApiError {
            code: 422,
            reason: "Invalid".to_owned(),
            causes: causes.collect(),
            ..ApiError::default()
        }
    }

    #[test]
    fn fields_that_cannot_change_are_known_by_the_end_of_the_message() {
        let selector = (
            "FieldValueInvalid",
            "spec.selector",
            "Invalid value: {\"matchLabels\":{\"a\":\"b: c\"}}: field is immutable",
        );
        assert_eq!(invalid(&[selector]), Refusal::Immutable);
        let set = (
            "FieldValueForbidden",
            "spec",
            "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
        );
        assert_eq!(invalid(&[set]), Refusal::Immutable);
    }

    #[test]
    fn what_only_looks_so_is_invalid() {
        let value = (
            "FieldValueInvalid",
            "data[is immutable]",
            "Invalid value: \"field is immutable\": a valid config key must consist of",
        );
        let uid = (
            "FieldValueInvalid",
            "metadata.uid",
            "Invalid value: \"x\": field is immutable",
        );
        let labels = (
            "FieldValueInvalid",
            "spec.template.metadata.labels",
            "Invalid value: {}: `selector` does not match template `labels`",
        );
        let selector = (
            "FieldValueInvalid",
            "spec.selector",
            "Invalid value: {}: field is immutable",
        );
        for causes in [&[value][..], &[uid], &[labels, selector], &[]] {
            assert_eq!(invalid(causes), Refusal::Invalid, "{causes:?}");
        }
    }

    #[test]
    fn a_replacement_is_refused_for_what_it_says_and_not_for_where_it_was_tried() {
        let of = |causes: &[(&str, &str, &str)]| is_refused_anew(&error(causes));
        let range = (
            "FieldValueInvalid",
            "spec.clusterIPs",
            "Invalid value: [\"10.1.0.2\"]: failed to allocate IP 10.1.0.2: the provided network does not match the current range",
        );
        let held = (
            "FieldValueInvalid",
            "spec.ports[0].nodePort",
            "Invalid value: 30080: provided port is already allocated",
        );
        let name = ("FieldValueInvalid", "metadata.name", "Invalid value: \"x\"");
        assert!(of(&[range]));
        for causes in [&[held][..], &[name], &[range, name], &[]] {
            assert!(!of(causes), "{causes:?}");
        }
    }

    #[test]
    fn a_webhook_that_does_not_answer_is_no_verdict() {
        let error = ApiError {
            code: 500,
            reason: "InternalError".to_owned(),
            message: "Internal error occurred: failed calling webhook \"a.b.c\": failed to call"
                .to_owned(),
            ..ApiError::default()
        };
        assert_eq!(
            refusal(&error),
            Refusal::Unknown("webhook a.b.c does not answer".to_owned())
        );
    }
}
