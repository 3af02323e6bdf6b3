//! What the server says when it refuses or warns.

use std::time::Duration;

use http::HeaderMap;
use http::header::{RETRY_AFTER, WARNING};
use serde::Deserialize;

use crate::model::api::{ApiError, Cause};

/// The object in which the server says why it refuses.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Status {
    code: u16,
    reason: Option<String>,
    message: Option<String>,
    details: Option<Details>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Details {
    causes: Option<Vec<StatusCause>>,
    retry_after_seconds: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StatusCause {
    reason: Option<String>,
    message: Option<String>,
    field: Option<String>,
}

impl Status {
    pub(super) fn into_error(self, code: u16) -> ApiError {
        let details = self.details.unwrap_or_default();
        let seconds = details.retry_after_seconds;
        let cause = |cause: StatusCause| Cause {
            reason: cause.reason.unwrap_or_default(),
            field: cause.field.unwrap_or_default(),
            message: cause.message.unwrap_or_default(),
        };
        ApiError {
            code: if code == 0 { self.code } else { code },
            reason: self.reason.unwrap_or_default(),
            message: self.message.unwrap_or_default(),
            causes: details
                .causes
                .unwrap_or_default()
                .into_iter()
                .map(cause)
                .collect(),
            retry_after: (seconds > 0).then(|| Duration::from_secs(seconds)),
        }
    }
}

/// The error of an answer that is not a success. The body may be no Status: an unknown path and
/// throttling are plain text, and whatever stands between may answer in HTML.
pub(super) fn error(code: u16, headers: &HeaderMap, body: &[u8]) -> ApiError {
    let mut error = match serde_json::from_slice::<Status>(body) {
        Ok(status) => status.into_error(code),
        Err(_) => ApiError {
            code,
            message: first_line(body),
            ..ApiError::default()
        },
    };
    if error.message.is_empty() {
        error.message = format!("the server answered {code} and said no more");
    }
    let header = headers
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok());
    if let Some(seconds) = header.and_then(|text| text.trim().parse().ok()) {
        error.retry_after = Some(Duration::from_secs(seconds));
    }
    error
}

fn first_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or_default().chars().take(300).collect()
}

/// The texts of the `Warning` headers: `299 - "TEXT"`, several in one header or in several.
pub(super) fn warnings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all(WARNING).iter();
    let mut warnings = Vec::new();
    for value in values {
        let text = String::from_utf8_lossy(value.as_bytes());
        let mut rest = text.chars();
        while let Some(warning) = next_quoted(&mut rest) {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
    }
    warnings
}

/// The next text in quotes, without its escapes. A date in quotes may follow; the server sends none.
fn next_quoted(rest: &mut std::str::Chars<'_>) -> Option<String> {
    rest.find(|c| *c == '"')?;
    let mut text = String::new();
    loop {
        match rest.next()? {
            '"' => return Some(text),
            '\\' => text.push(rest.next()?),
            c => text.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_warnings_in_one_header_are_read() {
        let mut headers = HeaderMap::new();
        let first =
            r#"299 - "line 6: key \"replicas\" already set in map", 299 - "second, with a comma""#;
        headers.append(WARNING, first.parse().unwrap());
        headers.append(WARNING, "299 - \"third\"".parse().unwrap());
        headers.append(WARNING, "299 - \"third\"".parse().unwrap());
        let expected = [
            "line 6: key \"replicas\" already set in map",
            "second, with a comma",
            "third",
        ];
        assert_eq!(warnings(&headers), expected);
    }

    #[test]
    fn a_status_is_read_whole() {
        let body = br#"{"kind":"Status","status":"Failure","message":"Apply failed with 1 conflict","reason":"Conflict","details":{"causes":[{"reason":"FieldManagerConflict","message":"conflict with \"a\"","field":".spec.replicas"}]},"code":409}"#;
        let error = error(409, &HeaderMap::new(), body);
        assert_eq!(error.reason, "Conflict");
        assert_eq!(error.conflicts().count(), 1);
        assert!(!error.is_stale());
    }

    #[test]
    fn a_plain_answer_is_read_too() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, "1".parse().unwrap());
        let body = b"Too many requests, please try again later.\n";
        let error = error(429, &headers, body);
        assert_eq!(error.message, "Too many requests, please try again later.");
        assert_eq!(error.reason, "");
        assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
        let bare = super::error(404, &HeaderMap::new(), b"404 page not found\n");
        assert_eq!(bare.message, "404 page not found");
        assert!(bare.is_not_found());
    }

    #[test]
    fn causes_without_reason_or_field_are_kept() {
        let body = br#"{"kind":"Status","message":"denied","reason":"Invalid","details":{"causes":[{"message":"why"}]},"code":422}"#;
        let error = error(422, &HeaderMap::new(), body);
        assert_eq!(error.causes[0].message, "why");
        assert_eq!(error.causes[0].field, "");
    }
}
