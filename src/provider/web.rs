//! HTTP for the clouds, over the TLS that the rest of the program has: rustls with ring, and the
//! certificates that the machine trusts.

use std::error::Error;
use std::time::Duration;

use async_trait::async_trait;
use http::header::{HeaderValue, USER_AGENT};
use http::uri::Scheme;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::client::proxy::matcher::Matcher;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse,
    HttpResponseBody, HttpService,
};

use super::ambient::Ambient;

/// For one request, from connecting to the head of its answer.
const LIMIT: Duration = Duration::from_secs(20);

/// A machine that has no credentials of its own mostly has nothing at their address.
const METADATA_LIMIT: Duration = Duration::from_secs(2);

const CONNECT: Duration = Duration::from_secs(5);

type Direct = Client<HttpsConnector<HttpConnector>, HttpRequestBody>;
type Proxied = Client<HttpsConnector<Tunnel<HttpConnector>>, HttpRequestBody>;

/// A client; clones share its connections. It knows no redirects: a signature is for one address.
#[derive(Debug, Clone)]
pub(super) struct Web {
    /// None where the machine's certificates cannot be read.
    direct: Result<Direct, String>,
    proxied: Option<Proxied>,
    /// Which hosts are reached through the proxy.
    proxy: std::sync::Arc<Matcher>,
}

impl Web {
    pub fn new(ambient: &Ambient) -> Self {
        let proxy = ambient.get("HTTPS_PROXY").unwrap_or_default();
        let except = ambient.get("NO_PROXY").unwrap_or_default();
        let matcher = Matcher::builder().https(proxy).no(except).build();
        let through = http::Uri::from_static("https://proxy.invalid/");
        let proxied = matcher.intercept(&through).and_then(|proxy| {
            let mut tunnel = Tunnel::new(proxy.uri().clone(), connector());
            if let Some(word) = proxy.basic_auth() {
                tunnel = tunnel.with_auth(word.clone());
            }
            let roots = HttpsConnectorBuilder::new().with_native_roots().ok()?;
            let secure = roots.https_only().enable_http1().wrap_connector(tunnel);
            Some(client().build(secure))
        });
        let direct = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| format!("no certificate is trusted here: {error}"))
            .map(|roots| {
                let secure = roots.https_or_http().enable_http1();
                client().build(secure.wrap_connector(connector()))
            });
        Self {
            direct,
            proxied,
            proxy: std::sync::Arc::new(matcher),
        }
    }

    /// For requests that the library does not make itself.
    pub fn client(&self) -> HttpClient {
        HttpClient::new(self.clone())
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let uri = request.uri();
        if uri.scheme() != Some(&Scheme::HTTPS) && !is_near(uri.host()) {
            let host = uri.host().unwrap_or_default().to_owned();
            return Err(refused(format!(
                "http://{host} is not https: only loopback may be asked without"
            )));
        }
        let through = self.proxy.intercept(uri).is_some();
        let sent = match (&self.proxied, &self.direct) {
            (Some(proxied), _) if through => proxied.request(request).await,
            (_, Ok(direct)) => direct.request(request).await,
            (_, Err(reason)) => return Err(refused(reason.clone())),
        };
        let answer = sent.map_err(|error| {
            let kind = match error.is_connect() {
                true => HttpErrorKind::Connect,
                false => kind(&error),
            };
            HttpError::new(kind, error)
        })?;
        let body = |body: hyper::body::Incoming| {
            HttpResponseBody::new(body.map_err(|error| HttpError::new(kind(&error), error)))
        };
        Ok(answer.map(body))
    }
}

#[async_trait]
impl HttpService for Web {
    async fn call(&self, mut request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let agent = HeaderValue::from_static(concat!("kops-stack/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().insert(USER_AGENT, agent);
        let limit = match is_metadata(request.uri().host().unwrap_or_default()) {
            true => METADATA_LIMIT,
            false => LIMIT,
        };
        match tokio::time::timeout(limit, self.send(request)).await {
            Ok(answer) => answer,
            Err(error) => Err(HttpError::new(HttpErrorKind::Timeout, error)),
        }
    }
}

impl object_store::client::HttpConnector for Web {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(self.client())
    }
}

fn connector() -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT));
    connector.set_nodelay(true);
    connector
}

fn client() -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(60));
    builder
}

/// Whether what is sent stays on this machine.
fn is_near(host: Option<&str>) -> bool {
    let host = host.unwrap_or_default();
    matches!(host, "127.0.0.1" | "localhost" | "[::1]") || is_metadata(host)
}

/// Where a machine in a cloud finds credentials of its own.
fn is_metadata(host: &str) -> bool {
    let addresses = ["[fd00:ec2::254]", "[fd00:ec2::23]"];
    host.starts_with("169.254.")
        || addresses.contains(&host)
        || matches!(host, "metadata" | "metadata.google.internal")
}

fn refused(reason: String) -> HttpError {
    HttpError::new(HttpErrorKind::Unknown, std::io::Error::other(reason))
}

/// Whether another try may do better: a connection that broke says nothing of the request.
fn kind(error: &(dyn Error + 'static)) -> HttpErrorKind {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            if error.is_incomplete_message() || error.is_closed() || error.is_body_write_aborted() {
                return HttpErrorKind::Request;
            }
            if error.is_timeout() {
                return HttpErrorKind::Timeout;
            }
        }
        at = error.source();
    }
    HttpErrorKind::Interrupted
}
