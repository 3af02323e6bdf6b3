//! What the families share: a sandbox that runs the built program as a person would.

pub mod bucket;
pub mod catalogue;
pub mod control_plane;
pub mod fake_kops;
pub mod fixtures;
pub mod oracle;
pub mod proxy;
mod run;
mod sandbox;

pub use run::{Ran, Run};
pub use sandbox::Sandbox;

/// The root of this repository.
pub const ROOT: &str = env!("CARGO_MANIFEST_DIR");
