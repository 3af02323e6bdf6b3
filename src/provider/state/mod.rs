//! Lock and journal beside kops' state store: one writer at a time before there is a cluster, and a
//! run that another machine can go on with.
//!
//! Below `<state store>/kops-stack/<cluster>/` lies a log: `00000001.json`, `00000002.json`, and so
//! on, each created once and never changed. Taking the lock, renewing it, each step of a run and its
//! end are entries of it, so that whoever holds a stale idea of the log cannot write to it.
//!
//! [`StateFolder`] reads and never writes; [`Turn`] is the lock while it is held, and writes.
//!
//! ```no_run
//! use std::time::Duration;
//! use kops_stack::provider::ambient::Ambient;
//! use kops_stack::provider::state::{
//!     Claim, Outcome, StateError, StateFolder, StepState, Terms, Turn,
//! };
//!
//! async fn apply(ambient: &Ambient, claim: &Claim) -> Result<(), StateError> {
//!     let limit = Duration::from_secs(30);
//!     let store = "s3://kops-state.example.com";
//!     let folder = StateFolder::open(store, "prod.example.com", ambient, limit).await?;
//!     let turn = Turn::acquire(&folder, claim, Duration::ZERO, Terms::default()).await?;
//!     let before = turn.before().filter(|before| before.is_of(claim)).cloned();
//!     for (number, words) in [(1, "create prod.example.com"), (2, "validate it")] {
//!         if before.as_ref().is_some_and(|before| before.has_finished(number)) {
//!             continue;
//!         }
//!         turn.step(number, words, StepState::Started, Default::default()).await?;
//!         tokio::select! {
//!             () = work(number) => {}
//!             lost = turn.lost() => return Err(lost), // and the work is dropped
//!         }
//!         turn.step(number, words, StepState::Finished, Default::default()).await?;
//!     }
//!     turn.release(Outcome::Done, "").await
//! }
//! # async fn work(_: u32) {}
//! ```

mod entry;
mod error;
mod folder;
mod keep;
mod log;
mod mine;
mod run;
pub(super) mod store;
mod turn;

pub use entry::{Claim, Holder, Outcome, Record, Step, StepState, Unfinished};
pub use error::StateError;
pub(super) use error::{failed, is_expired};
pub use folder::{Held, LockState, State, StateFolder};
pub use keep::Keep;
pub use run::{End, Run};
pub use turn::{Terms, Turn, break_lock};
