//! What the commands that talk to a cluster share: what is desired, the way there, the plan.

mod assets;
mod coming;
mod desired;
mod examine;
mod itself;
mod leaving;
pub mod nodes;
mod planning;
mod preflight;
mod session;
mod standing;
pub mod turn;

pub use assets::assets;
pub use desired::{Desired, Place, Scope, committed_place, exactly, no_context, settings};
pub use examine::Examiner;
pub use itself::{Itself, coming, failed as provider_failed, first, folders, include, itself};
pub use leaving::{Leaving, NOTHING_DELETED, Outside, leaving, outside, words};
pub use planning::{Planned, plan, plan_part, read};
pub use session::{Ahead, Session, failed, runtime};
pub use standing::standing;
pub use turn::Purpose;
