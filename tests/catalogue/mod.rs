//! The catalogue: every module, its cases, its versions, against the rules that hold for all.

mod case;
mod goldens;
mod images;
mod knobs;
mod labels;
mod module;
mod pods;
mod upstream;
