//! The way of an upgrade: for people, for programs, and for a comment on a pull request.

mod hop;
mod json;
mod text;

pub use json::{FORMAT, json};
pub use text::{answer, edits, markdown, text};
