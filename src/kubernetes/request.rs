//! One request and its answer, and asking again where nothing can be broken by it.

use std::error::Error;
use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, Method};
use kube::client::Body;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::answer;
use super::connect::Connection;
use super::failure;
use crate::model::api::ApiError;
use crate::object::Object;

/// How often a read or a dry run is tried.
const TRIES: u32 = 8;

/// The longest wait between two tries; the shortest doubles up to it.
const LONGEST: Duration = Duration::from_secs(8);
const SHORTEST: Duration = Duration::from_millis(250);

const JSON: &str = "application/json";

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: Method,
    path: String,
    accept: &'static str,
    content: &'static str,
    body: Vec<u8>,
}

impl Request {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            accept: JSON,
            content: "",
            body: Vec::new(),
        }
    }

    pub(super) fn post(path: impl Into<String>, body: &Value) -> Self {
        Self::with(Method::POST, path, JSON, body)
    }

    pub(super) fn put(path: impl Into<String>, body: &Value) -> Self {
        Self::with(Method::PUT, path, JSON, body)
    }

    pub(super) fn delete(path: impl Into<String>, options: &Value) -> Self {
        Self::with(Method::DELETE, path, JSON, options)
    }

    /// A server-side apply; JSON is YAML.
    pub(super) fn apply(path: impl Into<String>, body: &Value) -> Self {
        Self::with(Method::PATCH, path, "application/apply-patch+yaml", body)
    }

    pub(super) fn json_patch(path: impl Into<String>, operations: &Value) -> Self {
        Self::with(
            Method::PATCH,
            path,
            "application/json-patch+json",
            operations,
        )
    }

    fn with(method: Method, path: impl Into<String>, content: &'static str, body: &Value) -> Self {
        Self {
            method,
            content,
            body: body.to_string().into_bytes(),
            ..Self::get(path)
        }
    }

    pub(super) fn accept(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    pub(super) fn http<B: From<Vec<u8>>>(&self) -> Result<http::Request<B>, ApiError> {
        let mut request = http::Request::builder()
            .method(self.method.clone())
            .uri(&self.path)
            .header(ACCEPT, self.accept);
        if !self.content.is_empty() {
            request = request.header(CONTENT_TYPE, self.content);
        }
        request
            .body(B::from(self.body.clone()))
            .map_err(|error| ApiError::transport(format!("{}: {error}", self.path)))
    }
}

/// A successful answer.
pub(super) struct Reply {
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub(super) fn warnings(&self) -> Vec<String> {
        answer::warnings(&self.headers)
    }

    /// The media type with its parameters.
    pub(super) fn content_type(&self) -> &str {
        let value = self.headers.get(CONTENT_TYPE);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        serde_json::from_slice(&self.body).map_err(|error| unreadable(&error))
    }

    pub(super) fn object(&self) -> Result<Object, ApiError> {
        let object = Object::new(self.read()?);
        object.map_err(|error| ApiError::transport(format!("the answer is no object: {error}")))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The error names no part of the answer, which may be secret.
pub(super) fn unreadable(error: &serde_json::Error) -> ApiError {
    ApiError::transport(format!(
        "the answer is not the JSON that was asked for ({:?} at byte {})",
        error.classify(),
        error.column()
    ))
}

impl Connection {
    /// Asks once. Up to [`super::connect::IN_FLIGHT`] requests are under way at a time.
    pub(super) async fn send(&self, request: &Request) -> Result<Reply, ApiError> {
        let _place = self.places.acquire().await;
        self.sent.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let limit = self.timeouts.request;
        match tokio::time::timeout(limit, self.exchange(request)).await {
            Ok(result) => result,
            Err(_) => Err(ApiError::transport(format!(
                "{} within {} s",
                failure::NO_ANSWER,
                limit.as_secs_f32()
            ))),
        }
    }

    async fn exchange(&self, request: &Request) -> Result<Reply, ApiError> {
        let request = request.http::<Body>()?;
        let response = self.client.send(request).await.map_err(|e| transport(&e))?;
        let (parts, body) = response.into_parts();
        let body = body.collect_bytes().await.map_err(|e| transport(&e))?;
        if parts.status.is_success() {
            return Ok(Reply {
                headers: parts.headers,
                body: body.into(),
            });
        }
        Err(answer::error(parts.status.as_u16(), &parts.headers, &body))
    }

    /// Asks again while the server is busy or not quite there. For reads and dry runs only.
    pub(super) async fn ask(&self, request: &Request) -> Result<Reply, ApiError> {
        let mut tries = 1;
        loop {
            match self.send(request).await {
                Err(error) if tries < TRIES && may_pass(&error, tries) => {
                    tokio::time::sleep(pause(tries, error.retry_after)).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }
}

/// Whether the same request may succeed a little later.
fn may_pass(error: &ApiError, tries: u32) -> bool {
    match error.code {
        429 | 503 | 504 => true,
        500 => error.message.contains("etcdserver:"),
        // A connection that broke is tried anew; one that cannot be made stays so.
        0 => tries < 3 && failure::broke_off(&error.message),
        _ => false,
    }
}

/// The server's wish counts, up to a limit; nobody comes back at the same moment as the others.
fn pause(tries: u32, wish: Option<Duration>) -> Duration {
    let doubled = SHORTEST.saturating_mul(1 << tries.min(10).saturating_sub(1));
    let least = wish.unwrap_or_default().max(doubled).min(LONGEST);
    let [jitter, ..] = uuid::Uuid::new_v4().into_bytes();
    least + least.mul_f32(f32::from(jitter) / 1024.0)
}

/// An error of the transport with all its reasons, in one line.
pub(super) fn transport(error: &kube::Error) -> ApiError {
    ApiError::transport(reasons(error))
}

/// What went wrong at the bottom, and on the way up to it.
pub(super) fn reasons(error: &(dyn Error + 'static)) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    if next.is_none() {
        return error.to_string();
    }
    while let Some(reason) = next {
        let text = reason.to_string();
        let hollow = text.starts_with("client error (");
        // Many say again what the next says.
        if !hollow && !texts.last().is_some_and(|last| last.contains(&text)) {
            texts.push(text);
        }
        next = reason.source();
    }
    texts.join(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_have_an_end() {
        assert!(pause(1, None) >= SHORTEST);
        assert!(pause(1, None) < SHORTEST * 2);
        assert!(pause(1, Some(Duration::from_secs(2))) >= Duration::from_secs(2));
        assert!(pause(9, Some(Duration::from_secs(3600))) < LONGEST * 2);
    }

    #[test]
    fn only_what_may_pass_is_asked_again() {
        let error = |code, message: &str| ApiError {
            code,
            message: message.to_owned(),
            ..ApiError::default()
        };
        assert!(may_pass(&error(429, "Too many requests"), 1));
        assert!(may_pass(&error(500, "etcdserver: leader changed"), 1));
        assert!(!may_pass(
            &error(500, "failed to create typed patch object"),
            1
        ));
        assert!(!may_pass(&error(404, "404 page not found"), 1));
        assert!(!may_pass(&error(0, "dns error: no such host"), 1));
        assert!(may_pass(
            &error(0, "connection closed before message completed"),
            1
        ));
    }
}
