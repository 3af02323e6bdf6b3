//! Refusals of the server in words that hold no values of the object.
//!
//! The server's own texts quote what was sent: whole pod templates, environment variables, Go
//! structs. What is shown is the field and the end of the text behind the value, for texts whose
//! form is known; of any other, only its code. Policies and webhooks speak for themselves.

use crate::model::api::{ApiError, Cause};
use crate::model::live::Conflict;

/// The longest text of a policy or webhook that is shown.
const LONGEST: usize = 500;

/// Each reason once.
pub fn sentences(error: &ApiError) -> Vec<String> {
    let mut sentences: Vec<String> = Vec::new();
    let causes = error.causes.iter();
    let said = causes.filter_map(|cause| of_cause(error, cause));
    for sentence in said {
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    if sentences.is_empty() {
        sentences = of_message(error);
    }
    sentences
}

/// All reasons in one line.
pub fn sentence(error: &ApiError) -> String {
    sentences(error).join("; ")
}

fn of_cause(error: &ApiError, cause: &Cause) -> Option<String> {
    if let Some(conflict) = Conflict::of(cause) {
        let Conflict { field, manager, .. } = conflict;
        return Some(format!("{field}: owned by `{manager}`"));
    }
    // The server says `<nil>` and `[]` of what it cannot place; the other causes say it better.
    let field = match cause.field.as_str() {
        "<nil>" | "[]" => return None,
        field => field,
    };
    // Without a reason it repeats the whole message.
    let tail = match cause.reason.as_str() {
        "" => return None,
        reason => tail(reason, &cause.message),
    };
    let tail = match tail {
        Some(tail) => tail,
        None if error.code == 422 => "the value is not valid".to_owned(),
        None => return None,
    };
    // The schemas of CRDs speak of their field once more.
    let repeated = format!("{field} in body ");
    let tail = tail.strip_prefix(&repeated).unwrap_or(&tail);
    match field {
        "" => Some(tail.to_owned()),
        field => Some(format!("{field}: {tail}")),
    }
}

/// What a cause says behind the value that it quotes.
fn tail(reason: &str, message: &str) -> Option<String> {
    // Behind the first line stands a diff of Go values.
    let message = message.lines().next().unwrap_or_default();
    let behind = |prefix: &str| message.strip_prefix(prefix);
    match reason {
        "FieldValueForbidden" => behind("Forbidden: ").map(str::to_owned),
        "FieldValueRequired" => match behind("Required value: ") {
            Some(detail) => Some(format!("required: {detail}")),
            None => Some("required".to_owned()),
        },
        "FieldValueInvalid" | "FieldValueTypeInvalid" => behind_value(behind("Invalid value: ")?),
        "FieldValueNotSupported" => behind_value(behind("Unsupported value: ")?),
        "FieldValueDuplicate" => Some("the value is there twice".to_owned()),
        "FieldValueNotFound" => Some("the server does not find what it names".to_owned()),
        "FieldValueTooLong" => behind("Too long: ").map(|detail| format!("too long: {detail}")),
        "FieldValueTooMany" => Some("too many items".to_owned()),
        "NamespaceTerminating" => Some("the namespace is being deleted".to_owned()),
        _ => None,
    }
}

/// The rest of `VALUE: rest`, where the end of the value is certain.
fn behind_value(text: &str) -> Option<String> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<serde_json::Value>();
    let rest = match values.next() {
        Some(Ok(_)) => text[values.byte_offset()..].strip_prefix(": "),
        // A Go struct: nothing of it may be taken for the rest.
        _ => text
            .rsplit_once(": ")
            .map(|(_, rest)| rest)
            .filter(|rest| !rest.contains(['{', '}', '"', '[', ']', '\\'])),
    };
    rest.filter(|rest| !rest.is_empty()).map(str::to_owned)
}

fn of_message(error: &ApiError) -> Vec<String> {
    let message = error.message.as_str();
    if error.code == 0 {
        return vec![format!("the API server gives no answer: {message}")];
    }
    if let Some((_, rest)) = message.split_once("failed to create typed patch object (")
        && let Some((_, rest)) = rest.split_once("): ")
    {
        return typed(rest);
    }
    if let Some((_, rest)) = message.split_once("unable to convert unstructured object to ") {
        // Behind the kind: a Go error, which may quote the value.
        return vec![match rest.split_once(": ") {
            Some((_, why)) => format!("a value does not fit its field: {}", without_quotes(why)),
            None => "a value does not fit its field".to_owned(),
        }];
    }
    vec![one(error)]
}

/// Of a message of one known form.
fn one(error: &ApiError) -> String {
    let message = error.message.lines().next().unwrap_or_default();
    let code = error.code;
    let in_full = |text: &str| text.chars().take(LONGEST).collect::<String>();
    if let Some(sentence) = webhook(message) {
        return sentence;
    }
    if message.contains("admission webhook \"") && message.contains(" denied the request") {
        return in_full(message.trim_start_matches("Internal error occurred: "));
    }
    if let Some((_, rest)) = message.split_once(" is forbidden: ")
        && (code == 403 || rest.starts_with("ValidatingAdmissionPolicy"))
    {
        return in_full(rest);
    }
    if let Some((_, rest)) =
        message.split_once("request to convert CR to an invalid group/version: ")
    {
        return format!("managedFields names {rest}, a version that its CRD no longer has");
    }
    if let Some(rest) = message.strip_prefix("namespaces \"")
        && rest.ends_with("\" not found")
    {
        let name = rest.split('"').next().unwrap_or_default();
        return format!("the namespace `{name}` is not there");
    }
    if let Some((_, rest)) = message.split_once(" already set in map") {
        let key = message[..message.len() - rest.len()].rsplit_once("key \"");
        return match key {
            Some((_, key)) => format!("the key \"{key}"),
            None => "a key is there twice".to_owned(),
        };
    }
    match code {
        404 if error.reason.is_empty()
            || message.contains("could not find the requested resource") =>
        {
            "the server does not serve this kind".to_owned()
        }
        404 => "it is not there".to_owned(),
        409 if error.is_stale() => "it changed in the meantime".to_owned(),
        409 if error.reason == "AlreadyExists" => "it is there already".to_owned(),
        413 => "the object is too large for the server".to_owned(),
        429 | 503 | 504 => format!("the API server is busy ({code})"),
        403 => "the server forbids it".to_owned(),
        401 => "the server does not accept the credentials".to_owned(),
        code => format!("the server refuses it ({code} {})", error.reason).replace(" )", ")"),
    }
}

/// `failed calling webhook "NAME": failed to call webhook: Post "https://…": why`
fn webhook(message: &str) -> Option<String> {
    let (_, rest) = message
        .split_once("failed calling webhook \"")
        .or_else(|| message.split_once("failed calling admission webhook \""))?;
    let (name, why) = rest.split_once('"')?;
    let why = why.rsplit_once("\": ").map_or(why, |(_, why)| why);
    let why = why
        .trim_start_matches(": ")
        .trim_start_matches("failed to call webhook: ");
    Some(format!("webhook `{name}` does not answer: {why}"))
}

/// Errors of the schema: `.spec.replicass: field not declared in schema`, one or several lines.
fn typed(text: &str) -> Vec<String> {
    let lines = text.lines().map(str::trim);
    let lines = lines.filter(|line| !line.is_empty() && *line != "errors:");
    let sentences = lines.map(|line| {
        let line = line.strip_prefix('.').unwrap_or(line);
        match line.split_once(", got ") {
            // A Go value, or the name of a type.
            Some((expected, got)) if got.contains(['{', '&', '.', '"']) => expected.to_owned(),
            _ => line.to_owned(),
        }
    });
    sentences.collect()
}

/// The text with `…` for everything between double quotes.
fn without_quotes(text: &str) -> String {
    let mut parts = text.split('"');
    let mut out = parts.next().unwrap_or_default().to_owned();
    while parts.next().is_some() {
        out.push('…');
        match parts.next() {
            Some(part) => out.push_str(part),
            None => break,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{ApiError, Cause, sentences};

    fn cause(reason: &str, field: &str, message: &str) -> Cause {
        Cause {
            reason: reason.to_owned(),
            field: field.to_owned(),
            message: message.to_owned(),
        }
    }

    fn invalid(causes: Vec<Cause>) -> ApiError {
        ApiError {
            code: 422,
            reason: "Invalid".to_owned(),
            message: "Job \"x\" is invalid: hunter2".to_owned(),
            causes,
            retry_after: None,
        }
    }

    fn message(code: u16, reason: &str, message: &str) -> ApiError {
        ApiError {
            code,
            reason: reason.to_owned(),
            message: message.to_owned(),
            ..ApiError::default()
        }
    }

    #[test]
    fn causes_are_told_once_by_field_and_tail() {
        let secret = r#"Invalid value: {"env":[{"value":"hunter2: x"}]}: field is immutable"#;
        let error = invalid(vec![
            cause("FieldValueInvalid", "spec.template", secret),
            cause("FieldValueInvalid", "spec.template", secret),
            cause(
                "FieldValueInvalid",
                "roleRef",
                r#"Invalid value: "a: hunter2": cannot change roleRef"#,
            ),
            cause(
                "FieldValueInvalid",
                "spec.a",
                r#"Invalid value: core.Spec{Env:"hunter2: {x}"}: field is immutable"#,
            ),
            cause(
                "FieldValueInvalid",
                "spec.b",
                r#"Invalid value: core.Spec{Env:"hunter2: x"}"#,
            ),
            cause("FieldValueInvalid", "spec.c", r#"Invalid value: "hunter2""#),
            cause(
                "FieldValueForbidden",
                "spec",
                "Forbidden: spec is immutable\n- hunter2\n+ x",
            ),
            cause("FieldValueRequired", "spec.d", "Required value"),
            cause(
                "FieldValueNotSupported",
                "spec.e",
                r#"Unsupported value: "hunter2": supported values: "A", "B""#,
            ),
            cause(
                "FieldValueDuplicate",
                "spec.f",
                r#"Duplicate value: "hunter2""#,
            ),
            cause(
                "FieldValueInvalid",
                "spec.g",
                "Invalid value: 12: spec.g in body should be less than or equal to 9",
            ),
            cause(
                "FieldValueTypeInvalid",
                "<nil>",
                "Invalid value: \"\": hunter2",
            ),
        ]);
        assert_eq!(
            sentences(&error),
            [
                "spec.template: field is immutable",
                "roleRef: cannot change roleRef",
                "spec.a: field is immutable",
                "spec.b: the value is not valid",
                "spec.c: the value is not valid",
                "spec: spec is immutable",
                "spec.d: required",
                r#"spec.e: supported values: "A", "B""#,
                "spec.f: the value is there twice",
                "spec.g: should be less than or equal to 9",
            ]
        );
    }

    #[test]
    fn messages_without_causes_keep_what_is_no_value() {
        let cases = [
            (
                message(
                    500,
                    "",
                    "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.replicass: field not declared in schema",
                ),
                vec!["spec.replicass: field not declared in schema"],
            ),
            (
                message(
                    500,
                    "",
                    "failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): errors:\n  .spec.replicas: expected numeric (int or float), got string\n  .metadata.labels.a: expected string, got &value.valueUnstructured{Value:hunter2}",
                ),
                vec![
                    "spec.replicas: expected numeric (int or float), got string",
                    "metadata.labels.a: expected string",
                ],
            ),
            (
                message(
                    500,
                    "",
                    "failed to convert new object (a/b; /v1, Kind=Secret) to proper version: unable to convert unstructured object to /v1, Kind=Secret: illegal base64 data at input byte 4",
                ),
                vec!["a value does not fit its field: illegal base64 data at input byte 4"],
            ),
            (
                message(
                    500,
                    "",
                    "failed to convert new object (a/b; /v1, Kind=ConfigMap) to proper version: unable to convert unstructured object to /v1, Kind=ConfigMap: parsing time \"hunter2\" as \"2006\": cannot parse \"hunter2\"",
                ),
                vec!["a value does not fit its field: parsing time … as …: cannot parse …"],
            ),
            (
                message(
                    500,
                    "InternalError",
                    "Internal error occurred: failed calling webhook \"w.example.com\": failed to call webhook: Post \"https://w.a.svc:443/?timeout=2s\": context deadline exceeded",
                ),
                vec!["webhook `w.example.com` does not answer: context deadline exceeded"],
            ),
            (
                message(
                    400,
                    "",
                    "admission webhook \"w\" denied the request: no such team",
                ),
                vec!["admission webhook \"w\" denied the request: no such team"],
            ),
            (
                message(
                    422,
                    "Invalid",
                    "deployments.apps \"x\" is forbidden: ValidatingAdmissionPolicy 'P' with binding 'B' denied request: too many",
                ),
                vec!["ValidatingAdmissionPolicy 'P' with binding 'B' denied request: too many"],
            ),
            (
                message(
                    403,
                    "Forbidden",
                    "pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
                ),
                vec!["exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1"],
            ),
            (
                message(404, "", "404 page not found"),
                vec!["the server does not serve this kind"],
            ),
            (
                message(404, "NotFound", "namespaces \"a\" not found"),
                vec!["the namespace `a` is not there"],
            ),
            (
                message(
                    400,
                    "BadRequest",
                    "error strict decoding YAML: yaml: line 6: key \"replicas\" already set in map",
                ),
                vec!["the key \"replicas\" already set in map"],
            ),
            (
                message(400, "BadRequest", "something about hunter2"),
                vec!["the server refuses it (400 BadRequest)"],
            ),
            (
                message(500, "", "hunter2"),
                vec!["the server refuses it (500)"],
            ),
            (
                message(0, "", "connection refused"),
                vec!["the API server gives no answer: connection refused"],
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(sentences(&error), expected);
        }
    }
}
