//! Whose account the credentials belong to, asked before anything else is.

use std::time::Duration;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use http_body_util::BodyExt;
use object_store::aws::AwsAuthorizer;
use object_store::client::{HttpRequest, HttpRequestBody};

use super::ambient::Ambient;
use super::aws::{Chosen, domain};
use super::mask::{element, mask, root};
use super::state::store::Place;
use super::state::{StateError, failed};
use super::web::Web;

/// Who calls AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Twelve digits.
    pub account: String,
    /// The user or the role: `arn:aws:sts::210987654321:assumed-role/apply/ci`.
    pub arn: String,
}

const WHAT: &str = "say who calls";

/// Who calls with the credentials that the state store at `address` is used with; none where it
/// does not lie in AWS. Nothing is read or written but that.
pub async fn caller(
    address: &str,
    ambient: &Ambient,
    limit: Duration,
) -> Result<Option<Caller>, StateError> {
    match Place::parse(address)? {
        Place::S3 { .. } => {}
        Place::Gcs { .. } | Place::Folder { .. } => return Ok(None),
    }
    let place = "AWS STS".to_owned();
    let asked = tokio::time::timeout(limit, ask(ambient, &place)).await;
    let answer = asked.map_err(|_| StateError::Unreachable {
        what: "ask who calls at",
        place: place.clone(),
        reason: format!("no answer in {:.0} s", limit.as_secs_f32()),
    })?;
    answer.map(Some)
}

async fn ask(ambient: &Ambient, place: &str) -> Result<Caller, StateError> {
    let because = |error: &object_store::Error| failed("ask who calls at", place, error);
    let unreachable = |reason: String| StateError::Unreachable {
        what: "ask who calls at",
        place: place.to_owned(),
        reason,
    };
    let web = Web::new(ambient);
    let chosen = Chosen::of(ambient).map_err(|error| because(&error))?;
    let region = &chosen.region;
    // The builder knows every way to credentials; no bucket is asked.
    let builder = chosen.builder(ambient, &web).with_bucket_name("none");
    let store = builder.build().map_err(|error| because(&error))?;
    let credential = store.credentials().get_credential().await;
    let credential = credential.map_err(|error| because(&error))?;
    let endpoint = ambient.first(&["AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"]);
    let own = format!("https://sts.{region}.{}", domain(region));
    let endpoint = endpoint.unwrap_or(&own).trim_end_matches('/');
    let body = "Action=GetCallerIdentity&Version=2011-06-15".to_owned();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{endpoint}/"))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(ACCEPT, "text/xml");
    let request: Result<HttpRequest, _> = request.body(HttpRequestBody::from(body));
    let mut request = request.map_err(|error| unreachable(error.to_string()))?;
    AwsAuthorizer::new(&credential, "sts", region)
        .try_authorize(&mut request, None)
        .map_err(|error| because(&error))?;
    let answer = web.client().execute(request).await;
    let answer = answer.map_err(|error| unreachable(mask(&root(&error))))?;
    let status = answer.status();
    let text = answer.into_body().collect().await;
    let text = text.map_err(|error| unreachable(mask(&root(&error))))?;
    let text = String::from_utf8_lossy(&text.to_bytes()).into_owned();
    if status.is_success() {
        let found = (element(&text, "Account"), element(&text, "Arn"));
        return match found {
            (Some(account), Some(arn)) => Ok(Caller {
                account: account.to_owned(),
                arn: arn.to_owned(),
            }),
            _ => Err(unreachable("the answer names no account".to_owned())),
        };
    }
    let code = element(&text, "Code").unwrap_or_default();
    let message = element(&text, "Message").unwrap_or_default();
    let reason = mask(format!("{code}: {message}").trim_start_matches(": "));
    match status.as_u16() {
        400..=403 => Err(StateError::Denied {
            what: WHAT,
            place: place.to_owned(),
            reason,
            expired: super::state::is_expired(code),
        }),
        status => Err(unreachable(format!("{status} {reason}"))),
    }
}
