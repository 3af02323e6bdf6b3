//! What happens on a real API server.

mod adapter;
mod control_plane;
mod credentials;
mod environments;
mod exposure;
mod health;
mod killed;
mod killed_between;
mod lifecycle;
mod plans;
mod properties;
mod purity;
mod refusals;
mod secrets;
mod standins;
