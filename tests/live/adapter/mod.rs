//! The adapter `kubernetes` against a real API server, through the library.

mod connecting;
mod follow;
mod lock;
mod objects;
mod recorded;
mod store;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use kops_stack::kubernetes::{Ambient, Cluster, Connection, Timeouts};
use kops_stack::model::api::Target;
use kops_stack::object::Object;
use serde_json::{Value, json};

use crate::support::control_plane::{ControlPlane, shared};

/// The context of the kubeconfig that a control plane writes.
pub const CONTEXT: &str = "test";

/// Runs `test` with the shared control plane and a cluster under an environment's name, in a
/// namespace of the same name that is made for it.
fn with_cluster<F: Future<Output = ()>>(environment: &str, test: impl FnOnce(Cluster) -> F) {
    let Some(plane) = shared() else { return };
    block_on(async {
        let cluster = cluster(plane, environment).await;
        apply(&cluster, &namespace(environment)).await;
        test(cluster).await;
    });
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime starts").block_on(work)
}

async fn cluster(plane: &ControlPlane, environment: &str) -> Cluster {
    let connection = connect(plane).await;
    let cluster = Cluster::new(connection, environment);
    cluster
        .learn_kinds()
        .await
        .expect("the server says what it serves");
    cluster
}

async fn connect(plane: &ControlPlane) -> Connection {
    connect_by(&plane.kubeconfig).await
}

async fn connect_by(kubeconfig: &Path) -> Connection {
    let ambient = Ambient {
        kubeconfig: vec![kubeconfig.to_owned()],
        ..Ambient::default()
    };
    let connection = Connection::open(&ambient, CONTEXT, Timeouts::default()).await;
    connection.unwrap_or_else(|diagnostic| panic!("{diagnostic:?}"))
}

/// Applies as a plan's step would, whatever is there.
async fn apply(cluster: &Cluster, payload: &Value) -> Object {
    use kops_stack::model::server::Server;
    use kops_stack::model::work::Revision;
    let at = target(payload);
    let live = cluster.get(&at).await.expect("it can be asked for");
    let current = live.as_ref().map(Revision::of);
    let result = cluster.apply(&at, payload, current.as_ref(), false).await;
    result.unwrap_or_else(|error| panic!("{payload}: {error}"))
}

fn target(payload: &Value) -> Target {
    Target::of(&Object::new(payload.clone()).expect("it is an object"))
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

fn config_map(namespace: &str, name: &str, data: Value) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    })
}

fn labelled(environment: &str, mut payload: Value) -> Value {
    payload["metadata"]["labels"]["kops-stack.io/environment"] = environment.into();
    payload
}

/// A kubeconfig for one test.
struct Kubeconfig {
    path: PathBuf,
}

impl Kubeconfig {
    fn with(text: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("kops-stack-adapter-{}-{number}.yaml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs_err::write(&path, text).expect("it can be written");
        Self { path }
    }
}

impl Drop for Kubeconfig {
    fn drop(&mut self) {
        let _ = fs_err::remove_file(&self.path);
    }
}
