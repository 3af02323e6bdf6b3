//! The catalogue: every module, its cases, its versions, against the rules that hold for all.

pub mod case;
pub mod goldens;
mod images;
mod knobs;
mod labels;
mod module;
mod permissions;
mod pods;
mod pulled;
