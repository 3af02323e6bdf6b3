//! What the commands that talk to a cluster share: what is desired, the way there, the plan.

pub mod ages;
mod coming;
mod desired;
mod examine;
mod itself;
mod planning;
mod preflight;
mod session;
pub mod turn;

pub use desired::{Desired, Place, Scope, committed_place, no_context, settings};
pub use examine::Examiner;
pub use itself::{Itself, coming, failed as provider_failed, folders, include, itself};
pub use planning::{Planned, inventory, plan, read};
pub use session::{Session, failed, runtime};
