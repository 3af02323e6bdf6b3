//! Rendering as a user meets it: which bytes are written, when, and what survives a kill.

mod bytes;
mod config_digests;
mod globals;
mod kill;
mod others;
mod strangers;
mod writes;
