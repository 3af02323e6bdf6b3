//! Connecting to the cluster of an environment.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::header::USER_AGENT;
use http::{HeaderValue, Uri};
use kube::{Client, Config};
use serde::Deserialize;
use tokio::sync::Semaphore;

use super::failure;
use super::request::Request;
use super::{kubeconfig, proxy};
use crate::diagnostic::Diagnostic;
use crate::model::live::ClusterId;

/// The context that means the credentials of the pod in which this runs.
pub const IN_CLUSTER: &str = "in-cluster";

/// Requests under way at a time: the server's processors are the limit well before.
pub(super) const IN_FLIGHT: usize = 24;

/// What the process was given; `cli` reads it, so that nothing ambient enters unseen.
#[derive(Debug, Clone, Default)]
pub struct Ambient {
    /// The paths in `KUBECONFIG`.
    pub kubeconfig: Vec<PathBuf>,
    pub home: Option<PathBuf>,
    /// `HTTPS_PROXY`, where the kubeconfig names no proxy.
    pub https_proxy: Option<String>,
    /// `NO_PROXY`: hosts that are reached without.
    pub no_proxy: Option<String>,
    /// Somebody sits before the terminal and may be asked by a credential plugin.
    pub interactive: bool,
}

impl Ambient {
    /// One more kubeconfig, for contexts that no other has.
    pub fn offer(&mut self, kubeconfig: PathBuf) {
        if self.kubeconfig.is_empty() {
            let own = self.home.iter().map(|home| home.join(".kube/config"));
            self.kubeconfig.extend(own);
        }
        self.kubeconfig.push(kubeconfig);
    }
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    pub connect: Duration,
    /// From the first byte sent to the last received.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            request: Duration::from_secs(60),
        }
    }
}

/// A way to one API server. Cloning it is cheap, and the clones share connections.
#[derive(Clone)]
pub struct Connection {
    pub(super) client: Client,
    pub(super) places: Arc<Semaphore>,
    pub(super) timeouts: Timeouts,
    /// Requests that were sent, of all clones.
    pub(super) sent: Arc<AtomicU64>,
    /// For messages.
    context: String,
    server: Uri,
    proxy: Option<String>,
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "gitVersion")]
    git_version: String,
}

impl Connection {
    /// Makes ready to talk to the cluster that `context` leads to; credential plugins run here.
    ///
    /// The context is always named: the kubeconfig's own `current-context` may be any cluster.
    /// Needs a tokio runtime around it.
    pub async fn open(
        ambient: &Ambient,
        context: &str,
        timeouts: Timeouts,
    ) -> Result<Self, Diagnostic> {
        let mut config = match context {
            IN_CLUSTER => Config::incluster().map_err(|error| kubeconfig::no_pod(&error))?,
            context => kubeconfig::read(ambient, context).await?,
        };
        config.default_retry = false;
        config.connect_timeout = Some(timeouts.connect);
        // A watch is silent for minutes; each request has its own limit.
        config.read_timeout = None;
        config.headers.push((
            USER_AGENT,
            HeaderValue::from_static(concat!("kops-stack/", env!("CARGO_PKG_VERSION"))),
        ));
        let server = config.cluster_url.clone();
        let proxy = config.proxy_url.as_ref().map(proxy::shown);
        if kubeconfig::token_is_broken(&config.auth_info) {
            return Err(failure::broken_token(context));
        }
        let plugin = config.auth_info.exec.as_ref();
        let plugin = plugin.and_then(|exec| exec.command.clone());
        // A token with a line end, from a plugin, makes the library panic.
        let client = catch_unwind(AssertUnwindSafe(|| Client::try_from(config)));
        let client = client
            .map_err(|_| failure::broken_token(context))?
            .map_err(|error| failure::credentials(&error, context, plugin.as_deref()))?;
        Ok(Self {
            client,
            places: Arc::new(Semaphore::new(IN_FLIGHT)),
            timeouts,
            sent: Arc::default(),
            context: context.to_owned(),
            server,
            proxy,
        })
    }

    /// How many requests were sent.
    pub fn requests(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// The address of the server, for people.
    pub fn server(&self) -> String {
        self.server.to_string().trim_end_matches('/').to_owned()
    }

    pub fn context(&self) -> &str {
        &self.context
    }

    pub(super) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// Who the cluster is. The first requests: whatever is wrong with the way there shows here.
    pub async fn cluster_id(&self) -> Result<ClusterId, Diagnostic> {
        let version = async {
            let reply = self.ask(&Request::get("/version")).await;
            let reply = reply.map_err(|error| failure::unreachable(self, &error))?;
            let version = reply.read::<Version>();
            version.map_err(|_| failure::no_api_server(self))
        };
        let namespace = async {
            let path = "/api/v1/namespaces/kube-system";
            let reply = self.ask(&Request::get(path)).await;
            reply.map_err(|error| failure::unidentified(self, &error))
        };
        let (version, namespace) = futures::join!(version, namespace);
        // Where both fail, the first says it better.
        let version = version?.git_version;
        let namespace: serde_json::Value = namespace?
            .read()
            .map_err(|_| failure::no_api_server(self))?;
        let id = namespace["metadata"]["uid"].as_str().unwrap_or_default();
        if id.is_empty() {
            return Err(failure::no_api_server(self));
        }
        Ok(ClusterId {
            id: id.to_owned(),
            version,
        })
    }
}
