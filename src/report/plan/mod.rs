//! A plan for a terminal, a machine and a pull request.

mod danger;
mod json;
#[cfg(test)]
mod tests;
mod text;

pub use json::json;
pub use text::text;

use super::words;
use crate::model::plan::Plan;

/// `Plan: 3 to create, 5 to update, …`: the line that ends the text, and may stand alone.
pub fn counts(plan: &Plan) -> String {
    format!("Plan: {}", words::counts(plan))
}
