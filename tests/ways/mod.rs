//! Ways out for what no knob covers: patches, and manifests of the user's own.

mod objects;
mod patches;
