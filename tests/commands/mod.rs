//! What each command does, seen from the outside.

mod usage;
