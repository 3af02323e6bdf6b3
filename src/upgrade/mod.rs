//! From an environment and a target to the hops that lead there.
//!
//! Pure: what a hop makes of the environment is resolved, rendered and checked by whoever asks, one
//! hop after the other, and handed in. Here is decided which hops there are, what moves before and
//! what after the control plane, which files change and what stands in the way.

mod components;
mod edits;
mod live;
mod notes;
mod obstacles;
mod route;
mod target;

pub use components::moves;
pub use edits::{edits, pins};
pub use live::{held_up, of_budgets, of_objects};
pub use notes::{Sides, notes};
pub use obstacles::{of_diagnostics, of_findings};
pub use route::{Leg, Route, route};
pub use target::parse as parse_target;
