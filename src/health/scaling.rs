//! HorizontalPodAutoscaler.

use super::conditions::{Conditions, Verdict};
use super::in_progress;
use crate::object::Object;
use crate::yaml::Value;

/// Conditions, and the reasons with which they say that nothing is scaled. Metrics come late, so
/// they fail only when the time is up.
const BROKEN: [(&str, &[&str]); 2] = [
    ("AbleToScale", &["FailedGetScale", "FailedUpdateScale"]),
    (
        "ScalingActive",
        &[
            "FailedGetResourceMetric",
            "FailedGetObjectMetric",
            "FailedGetPodsMetric",
            "FailedGetExternalMetric",
            "FailedComputeMetricsReplicas",
            "InvalidSelector",
        ],
    ),
];

/// Where the first version of the API keeps the conditions.
const ANNOTATION: &str = "autoscaling.alpha.kubernetes.io/conditions";

pub(super) fn autoscaler(object: &Object) -> Verdict {
    let old = object
        .annotation(ANNOTATION)
        .filter(|_| object.version() == "v1");
    let old: Option<Value> = old.and_then(|text| serde_json::from_str(text).ok());
    let conditions = match &old {
        Some(list) => Conditions::among(object, Some(list)),
        None => Conditions::of(object, &["status", "conditions"]),
    };
    for (kind, reasons) in BROKEN {
        let broken = conditions
            .get(kind)
            .filter(|c| reasons.contains(&c.reason()));
        if let Some(condition) = broken {
            return in_progress(condition.said());
        }
    }
    match conditions.is_true("AbleToScale") || conditions.is_true("ScalingLimited") {
        true => Ok(String::new()),
        false => in_progress("its controller has not looked at the metrics yet"),
    }
}
