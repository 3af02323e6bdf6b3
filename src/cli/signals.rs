//! Being told to stop: once, and once more.

use std::future::Future;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// Two futures: the first resolves at the first SIGINT or SIGTERM, to the reason; the other at the
/// second one, when whoever waits for the first to take effect has waited enough.
pub fn twice() -> (impl Future<Output = String>, impl Future<Output = ()>) {
    let (first, again) = oneshot::channel();
    let stop = async move {
        let reason = signalled().await;
        // Nobody else listens where the run is over.
        let _ = first.send(());
        format!("{reason} (once more ends it at once)")
    };
    let at_once = async move {
        match again.await {
            Ok(()) => drop(signalled().await),
            Err(_) => std::future::pending().await,
        }
    };
    (stop, at_once)
}

async fn signalled() -> &'static str {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => "interrupted",
        _ = terminate.recv() => "told to end (SIGTERM)",
    }
}
