//! What these tests share: a runtime, holders, and a lock that lapses within seconds.

use std::path::Path;
use std::time::Duration;

use kops_stack::provider::ambient::Ambient;
use kops_stack::provider::state::{Claim, Holder, StateError, StateFolder, Terms, Turn};

pub const CLUSTER: &str = "prod.example.com";

/// Long enough for requests on a busy machine.
pub const LIMIT: Duration = Duration::from_secs(10);

pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime starts");
    runtime.block_on(work)
}

/// A lock that lapses soon.
pub fn brief(holds: Duration) -> Terms {
    Terms {
        holds,
        look: Duration::from_millis(50),
        ..Terms::default()
    }
}

/// A lock that does not lapse during a test.
pub fn long() -> Terms {
    brief(Duration::from_secs(60))
}

pub fn claim(user: &str, host: &str) -> Claim {
    Claim {
        holder: Holder {
            user: user.to_owned(),
            host: host.to_owned(),
            process: 7,
            link: String::new(),
        },
        operation: "apply".to_owned(),
        commit: "1a2b3c4".to_owned(),
        plan: "sha256:plan".to_owned(),
    }
}

/// The state of the cluster in a folder.
pub async fn folder(store: &Path) -> StateFolder {
    let store = store.display().to_string();
    let ambient = Ambient::default();
    let folder = StateFolder::open(&store, CLUSTER, &ambient, LIMIT).await;
    folder.expect("a folder can be opened")
}

pub async fn acquire(folder: &StateFolder, user: &str, terms: Terms) -> Result<Turn, StateError> {
    Turn::acquire(folder, &claim(user, "ci-1"), Duration::ZERO, terms).await
}
