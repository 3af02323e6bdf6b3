//! Custom resources: those of cert-manager and the Prometheus operator, and any other.

use std::time::Duration;

use super::conditions::{Conditions, Verdict, one_line};
use super::{Context, failed, in_progress, text};
use crate::object::Object;
use crate::yaml::Value;

/// How long a controller may take to write its first word.
const FIRST_WORD: Duration = Duration::from_secs(15);

/// Where a controller says in a field of its own what became of an object, and words for badly.
const STATES: [&str; 2] = ["phase", "state"];
const BAD: [&str; 5] = ["failed", "error", "degraded", "invalid", "rejected"];

/// `Ready` says it; where it is missing, the words that other controllers have for it. What has no
/// conditions is well, after a moment for its controller where its schema promises some, unless
/// its state is a word for badly.
pub(super) fn any(object: &Object, conditions: &Conditions<'_>, context: &Context) -> Verdict {
    if context.declares_conditions && conditions.is_empty() && context.age < FIRST_WORD {
        return in_progress("waiting for its controller");
    }
    match conditions.get("Ready") {
        Some(_) => conditions.need(&["Ready"]),
        None => {
            conditions.allow(&["Accepted", "Programmed", "Available"])?;
            bad_state(object)
        }
    }
}

fn bad_state(object: &Object) -> Verdict {
    for key in STATES {
        let state = text(object, &["status", key]);
        if BAD.contains(&state.to_lowercase().as_str()) {
            let message = one_line(text(object, &["status", "message"]));
            return in_progress(match message.as_str() {
                "" => format!("its {key} is {state}"),
                message => format!("its {key} is {state}: {message}"),
            });
        }
    }
    Ok(String::new())
}

pub(super) fn cert_manager(kind: &str, conditions: &Conditions<'_>) -> Verdict {
    if kind == "CertificateRequest" {
        for refused in ["Denied", "InvalidRequest"] {
            if let Some(condition) = conditions.get(refused).filter(|c| c.is_true()) {
                return failed(condition.said());
            }
        }
    }
    // A certificate that was issued once serves while the next one is on its way.
    let ready = conditions.need(&["Ready"]);
    let given_up = conditions
        .get("Issuing")
        .filter(|c| c.status() == "False" && c.reason() == "Failed" && !conditions.is_stale(*c));
    match (ready, given_up) {
        // It is tried again, but after an hour at the earliest.
        (Err(_), Some(condition)) => failed(condition.said()),
        (ready, _) => ready,
    }
}

pub(super) fn prometheus_operator(
    object: &Object,
    kind: &str,
    conditions: &Conditions<'_>,
) -> Verdict {
    match kind {
        "Prometheus" | "PrometheusAgent" | "Alertmanager" | "ThanosRuler" => {
            if object
                .get(&["spec", "paused"])
                .is_some_and(|paused| paused == true)
            {
                return Ok("paused".to_owned());
            }
            // Why nothing was made says more than that nothing is available.
            conditions.need(&["Reconciled", "Available"])
        }
        _ => taken_by_its_users(object),
    }
}

/// What a ServiceMonitor or a rule is to each Prometheus that selects it; nothing where the
/// operator does not tell.
fn taken_by_its_users(object: &Object) -> Verdict {
    let bindings = object
        .get(&["status", "bindings"])
        .and_then(Value::as_array);
    for binding in bindings.into_iter().flatten() {
        let conditions = Conditions::among(object, binding.get("conditions"));
        let refused = conditions.get("Accepted");
        let refused = refused.filter(|c| c.status() == "False" && !conditions.is_stale(*c));
        if let Some(condition) = refused {
            let of = |key| binding.get(key).and_then(Value::as_str).unwrap_or_default();
            let user = format!("{} {}/{}", of("resource"), of("namespace"), of("name"));
            return failed(format!("refused by {user}: {}", condition.said()));
        }
    }
    Ok(String::new())
}
