//! The file of `plan --out`: what apply compares, and the plan for whoever opens it.

use serde_json::json as value;

use crate::model::saved::{Moved, SavedPlan, Saving};
use crate::model::work::Decision;
use crate::yaml::Value;

pub fn saved(decision: &Decision, made: &Saving) -> Value {
    let saved = SavedPlan::of(decision, made.clone());
    let mut document = value!(saved);
    document["plan"] = super::json(&decision.plan);
    document
}

/// How an object moved since a plan was saved.
pub fn moved(moved: &Moved) -> String {
    match moved {
        Moved::Settled { was } => format!("{was} was planned, and nothing is to be done now"),
        Moved::New { is } => format!("nothing was planned, and {is} is what would be done now"),
        Moved::Other { was, is } if was == is => {
            format!("{is}, with other differences than those that were planned")
        }
        Moved::Other { was, is } => {
            format!("{was} was planned, and {is} is what would be done now")
        }
    }
}
