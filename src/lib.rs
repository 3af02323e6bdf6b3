//! From knob files to committed manifests, plan and apply.
//!
//! ```text
//! load ──► resolve ──► render ──► check ──► manifests ──► plan ──► apply ──► report
//! ```
//!
//! Every arrow is a plain value. The stages are pure; reading and writing the outside world is in
//! a few adapters (`tree`, `manifests`, `kubernetes`, `provider`), and `cli` wires them.

pub mod apply;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod health;
pub mod import;
pub mod kubernetes;
pub mod load;
pub mod manifests;
pub mod model;
pub mod object;
pub mod order;
pub mod plan;
pub mod provider;
pub mod render;
pub mod report;
pub mod resolve;
#[cfg(test)]
mod testing;
pub mod tree;
pub mod upgrade;
pub mod yaml;
