//! What `check` found, for people, for programs, and as annotations of a pull request.

mod json;
mod sarif;
mod text;

pub use json::json;
pub use sarif::sarif;
pub use text::text;
