//! Job.

use super::conditions::{Conditions, Verdict};
use super::{count, failed, in_progress, number};
use crate::object::Object;

/// A Job is well when it has run: unlike kstatus, which is content when it runs.
pub(super) fn job(object: &Object, conditions: &Conditions<'_>) -> Verdict {
    if conditions.is_true("Complete") {
        return Ok("has run".to_owned());
    }
    if let Some(condition) = conditions.get("Failed").filter(|c| c.is_true()) {
        return failed(condition.said());
    }
    if object
        .get(&["spec", "suspend"])
        .is_some_and(|suspend| suspend == true)
    {
        return Ok("suspended".to_owned());
    }
    if object.get(&["status", "startTime"]).is_none() {
        return in_progress("its controller has not started it yet");
    }
    let wanted = number(object, &["spec", "completions"]).unwrap_or(1);
    let status = |key| count(object, &["status", key]);
    let mut message = format!("{} of {wanted} pods have run", status("succeeded"));
    if status("failed") > 0 {
        message.push_str(&format!(", {} failed", status("failed")));
    }
    in_progress(message)
}
