//! What happens on a real API server.

mod adapter;
mod control_plane;
mod environments;
mod health;
mod killed;
mod lifecycle;
mod plans;
mod purity;
mod refusals;
mod secrets;
mod standins;
