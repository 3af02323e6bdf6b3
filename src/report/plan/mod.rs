//! A plan for a terminal, a machine and a pull request.

mod json;
mod saved;
#[cfg(test)]
mod tests;
mod text;

pub use json::json;
pub(in crate::report) use json::{
    against, change as json_change, component, counts as json_counts, patches as json_patches,
    step as json_step,
};
pub use saved::{moved, saved};
pub use text::{text, text_with_cost};

use super::words;
use crate::model::plan::Plan;

/// `Plan: 3 to create, 5 to update, …`: the line that ends the text, and may stand alone.
pub fn counts(plan: &Plan) -> String {
    format!("Plan: {}{}", words::counts(plan), words::digest(plan))
}

/// The plan as a comment on a pull request. `whole` is the command that shows all of it.
pub fn markdown(plan: &Plan, whole: &str) -> String {
    super::markdown::markdown("Plan", plan, whole)
}

/// The plans of several environments as one comment.
pub fn comment(plans: &[Plan], whole: impl Fn(&Plan) -> String) -> String {
    super::markdown::comment("Plan", plans, whole)
}
