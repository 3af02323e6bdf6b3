//! The catalogue: every module, its cases, its versions, against the rules that hold for all.

pub mod case;
mod goldens;
mod images;
mod labels;
mod module;
mod permissions;
mod pods;
mod pulled;
