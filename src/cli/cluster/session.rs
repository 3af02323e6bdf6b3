//! A way to the cluster of an environment, after it was made sure that it is that one.

use std::path::{Path, PathBuf};

use tokio::runtime::Runtime;
use tokio::sync::oneshot;

use super::desired::{Desired, Scope, no_context, provided_name};
use crate::cli::exit::Failure;
use crate::cli::making;
use crate::cli::terminal::Terminal;
use crate::cli::workspace::Workspace;
use crate::diagnostic::{Diagnostic, codes};
use crate::kubernetes::{Ambient, Cluster, Connection, Timeouts};
use crate::model::api::ApiError;
use crate::model::live::ClusterId;
use crate::model::refusal;
use crate::resolve;

/// What is said when a command ends before it looked at the cluster.
const NOTHING_ASKED: &str = "nothing was asked of any cluster";

/// The way to a cluster that was made ready beside other work; none where it was not known yet.
pub type Ahead = Option<Result<Session, Failure>>;

/// The cluster of an environment.
pub struct Session {
    pub cluster: Cluster,
    pub id: ClusterId,
}

impl Session {
    /// The way to the cluster of an environment; `known` is who it is, where environment.yaml does not
    /// say it yet.
    pub async fn of(
        desired: &Desired,
        known: Option<&str>,
        ahead: Ahead,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let (context, pinned) = (desired.context.as_deref(), desired.pinned.as_deref());
        let pinned = pinned.or(known);
        match ahead {
            Some(session) => session?.checked(&desired.environment, pinned),
            None => Self::open(&desired.environment, context, pinned, terminal).await,
        }
    }

    /// Reads an environment and makes the way to its cluster ready meanwhile: credentials, a connection, who
    /// the cluster is, what it serves. The way is left alone where environment.yaml does not lead to the cluster
    /// for certain, where a provider is to be asked first, and as soon as the environment cannot be read.
    pub fn beside(
        runtime: &Runtime,
        workspace: &Workspace,
        environment: &str,
        scope: Scope<'_>,
        terminal: &Terminal,
    ) -> Result<(Desired, Ahead), Failure> {
        let read = || Desired::read(workspace, environment, scope, terminal);
        let Some(context) = sure_context(workspace, environment) else {
            return Ok((read()?, None));
        };
        let opening = async {
            let session = Self::unpinned(environment, Some(&context), terminal).await?;
            // Whoever needs them asks again, and says what is wrong.
            let _ = session.cluster.learn_kinds().await;
            Ok(session)
        };
        std::thread::scope(|threads| {
            let (wanted, unwanted) = oneshot::channel::<()>();
            let opening = threads.spawn(|| {
                runtime.block_on(async {
                    tokio::select! {
                        session = opening => Some(session),
                        _ = unwanted => None,
                    }
                })
            });
            let desired = read()?;
            let ahead = opening.join().ok().flatten();
            drop(wanted);
            Ok((desired, ahead))
        })
    }

    /// The same by the credentials that kops gave us, whatever contexts the user has.
    pub async fn admitted(
        environment: &str,
        kubeconfig: &Path,
        context: &str,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let ambient = Ambient {
            kubeconfig: vec![kubeconfig.to_owned()],
            ..ambient(terminal)
        };
        Self::connect(environment, context, &ambient).await
    }

    /// Connects, and refuses another cluster than the pinned one. A cluster that nobody pinned is
    /// refused too: a context may lead anywhere.
    pub async fn open(
        environment: &str,
        context: Option<&str>,
        pinned: Option<&str>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let session = Self::unpinned(environment, context, terminal).await?;
        session.checked(environment, pinned)
    }

    /// The session, if it leads to the pinned cluster.
    pub fn checked(self, environment: &str, pinned: Option<&str>) -> Result<Self, Failure> {
        let session = self;
        let file = format!("environments/{environment}/environment.yaml");
        let context = session.cluster.connection().context();
        let (message, help) = match pinned {
            Some(pinned) if pinned == session.id.id => return Ok(session),
            Some(pinned) => (
                format!(
                    "context `{context}` leads to the cluster {}, and {file} says {pinned}",
                    session.id.id
                ),
                format!(
                    "choose the context of the right cluster; if this is a new one for `{environment}`, run `kops-stack pin {environment}`"
                ),
            ),
            None => (
                format!("{file} does not say which cluster `{context}` must lead to"),
                format!(
                    "`kops-stack pin {environment}` writes `cluster: {}` after you have looked at it",
                    session.id.id
                ),
            ),
        };
        let diagnostic = Diagnostic::error(codes::CLUSTER_OTHER, message)
            .file(file)
            .help(help);
        Err(Failure::new(diagnostic.into(), "nothing was written"))
    }

    /// Connects to whatever cluster the context leads to.
    pub async fn unpinned(
        environment: &str,
        context: Option<&str>,
        terminal: &Terminal,
    ) -> Result<Self, Failure> {
        let context = context.ok_or_else(|| no_context(environment))?;
        let mut ambient = ambient(terminal);
        // What an apply left here is good for whoever has no other way; kops calls the context like
        // the cluster.
        let left = making::folder(context).map(|folder| folder.join(making::KUBECONFIG));
        if let Some(left) = left.ok().filter(|left| left.exists()) {
            ambient.offer(left);
        }
        Self::connect(environment, context, &ambient).await
    }

    async fn connect(environment: &str, context: &str, ambient: &Ambient) -> Result<Self, Failure> {
        let failed = |diagnostic: Diagnostic| Failure::new(diagnostic.into(), NOTHING_ASKED);
        let connection = Connection::open(ambient, context, Timeouts::default())
            .await
            .map_err(failed)?;
        let id = connection.cluster_id().await.map_err(failed)?;
        Ok(Self {
            cluster: Cluster::new(connection, environment),
            id,
        })
    }
}

/// The context of an environment that is pinned, and whose cluster no provider of ours makes.
fn sure_context(workspace: &Workspace, environment: &str) -> Option<String> {
    let (settings, _) = resolve::settings_alone(&workspace.repository, environment);
    let settings = settings.filter(|settings| settings.cluster.is_some())?;
    let provided = provided_name(workspace, environment).ok()?;
    settings.context.filter(|_| provided.is_none())
}

/// One thread is enough: the server works, we wait.
pub fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    Ok(runtime)
}

/// A request that failed for the whole command.
pub fn failed(what: &str, error: &ApiError) -> Failure {
    Failure::plain(
        codes::CLUSTER_UNREACHABLE,
        format!("{what}: {}", refusal::sentence(error)),
        "",
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "cli reads the process's environment"
)]
fn ambient(terminal: &Terminal) -> Ambient {
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let either = |upper: &str, lower: &str| text(upper).or_else(|| text(lower));
    let kubeconfig = std::env::var_os("KUBECONFIG");
    let paths = kubeconfig.iter().flat_map(std::env::split_paths);
    Ambient {
        kubeconfig: paths.filter(|path| !path.as_os_str().is_empty()).collect(),
        home: std::env::var_os("HOME").map(PathBuf::from),
        https_proxy: either("HTTPS_PROXY", "https_proxy"),
        no_proxy: either("NO_PROXY", "no_proxy"),
        interactive: terminal.watched,
    }
}
