//! What happens on a real API server.

mod adapter;
mod control_plane;
mod environments;
mod plans;
mod standins;
