//! The file of `plan --out`: what apply compares, and the plan for whoever opens it.

use serde_json::json as value;

use crate::model::saved::{SavedPlan, Saving};
use crate::model::work::Decision;
use crate::yaml::Value;

pub fn saved(decision: &Decision, made: &Saving) -> Value {
    let saved = SavedPlan::of(decision, made.clone());
    let mut document = value!(saved);
    document["plan"] = super::json(&decision.plan);
    document
}
