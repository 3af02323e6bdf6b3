//! What apply tells.
use super::style::Style;
use crate::model::event::{Event, Happening, Outcome};
use crate::model::plan::Plan;
use crate::model::saved::Moved;
use crate::yaml::Value;
pub fn moved(moved: &Moved) -> String {
    match moved {
        Moved::Settled { was } => format!("{was} was planned, and nothing is to be done now"),
        Moved::New { is } => format!("nothing was planned, and {is} would be done now"),
        Moved::Other { was, is } if was == is => {
            format!("{is}, with other differences than those that were planned")
        }
        Moved::Other { was, is } => format!("{was} was planned, and {is} would be done now"),
    }
}
pub fn json(_plan: &Plan, event: &Event) -> Value {
    format!("{event:?}").into()
}
pub fn line(plan: &Plan, event: &Event, _style: Style) -> Option<String> {
    let s = match &event.what {
        Happening::Done { step, took } => format!("done {} {took:?}", plan.steps[*step].identity),
        Happening::Failed { step, failure } => {
            format!("failed {} {failure:?}", plan.steps[*step].identity)
        }
        Happening::Waiting { step, message } => {
            format!("waiting {} {message}", plan.steps[*step].identity)
        }
        other => format!("{other:?}"),
    };
    Some(s)
}
pub fn summary(_plan: &Plan, outcome: &Outcome, command: &str, _style: Style) -> String {
    format!("{outcome:?} {command}")
}
