//! What happens on a real API server.

mod control_plane;
