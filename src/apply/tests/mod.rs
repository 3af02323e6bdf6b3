//! Applies against an API server in memory, on a clock that jumps.

mod fake;
mod graphs;
mod refusals;
mod stopping;
mod walking;
mod world;
mod writing;

/// Runs a test on one thread, on a clock that jumps to the next thing that is due.
fn on_paused_time<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(test)
}
