//! The file of `plan --out`: what apply compares, and the plan for whoever opens it.

use serde_json::json as value;

use crate::model::plan::Plan;
use crate::model::saved::{Moved, MovedFields, SavedPlan};
use crate::report::line::printable;
use crate::yaml::Value;

pub fn saved(plan: &Plan, saved: &SavedPlan) -> Value {
    let mut document = value!(saved);
    document["plan"] = super::json(plan);
    document
}

/// How an object moved since a plan was saved, by its fields.
pub fn moved(moved: &Moved) -> String {
    match moved {
        Moved::Settled { was, fields } => format!(
            "{was} was planned{}, and nothing is to be done now",
            within(fields)
        ),
        Moved::New { is, fields } => format!(
            "nothing was planned, and {is} is what would be done now{}",
            within(fields)
        ),
        Moved::Other { was, is, fields } if was == is => match differences(fields) {
            said if said.is_empty() => {
                format!("{is}, with other differences than those that were planned")
            }
            said => format!("{is}, otherwise than planned: {said}"),
        },
        Moved::Other { was, is, fields } => {
            let said = match differences(fields) {
                said if said.is_empty() => said,
                said => format!(" ({said})"),
            };
            format!("{was} was planned, and {is} is what would be done now{said}")
        }
    }
}

/// Fields that are named of one object; the rest is counted.
const NAMED: usize = 5;

fn within(fields: &[String]) -> String {
    match fields {
        [] => String::new(),
        fields => format!(" ({})", listed(fields)),
    }
}

fn differences(fields: &MovedFields) -> String {
    let all = [
        (&fields.more, "also"),
        (&fields.less, "no longer"),
        (&fields.other, "other values of"),
    ];
    let said = all.iter().filter(|(fields, _)| !fields.is_empty());
    let said = said.map(|(fields, how)| format!("{how} {}", listed(fields)));
    said.collect::<Vec<_>>().join("; ")
}

fn listed(fields: &[String]) -> String {
    let named = fields.iter().take(NAMED).map(|field| printable(field));
    let named = named.collect::<Vec<_>>().join(", ");
    match fields.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
