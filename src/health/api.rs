//! What extends the API itself: Namespace, CRD, APIService, webhooks, admission policies.

use std::collections::BTreeSet;

use super::conditions::{Conditions, Verdict, one_line};
use super::{Context, failed, in_progress, text};
use crate::object::Object;
use crate::yaml::Value;

pub(super) fn namespace(object: &Object) -> Verdict {
    match text(object, &["status", "phase"]) {
        "Active" => Ok(String::new()),
        _ => in_progress("it is not active yet"),
    }
}

pub(super) fn crd(conditions: &Conditions<'_>) -> Verdict {
    if let Some(names) = conditions
        .get("NamesAccepted")
        .filter(|c| c.status() == "False")
    {
        return failed(names.said());
    }
    match conditions.get("Established") {
        Some(condition) if condition.is_true() => Ok(String::new()),
        Some(condition) if condition.status() == "False" && condition.reason() != "Installing" => {
            failed(condition.said())
        }
        _ => in_progress("waiting for the API server to serve it"),
    }
}

pub(super) fn api_service(conditions: &Conditions<'_>) -> Verdict {
    match conditions.get("Available") {
        Some(condition) if condition.is_true() => Ok(String::new()),
        Some(condition) => in_progress(condition.said()),
        None => in_progress("waiting for the API server to reach it"),
    }
}

/// The Services that a webhook configuration calls and that must answer, by namespace and name.
pub fn services(object: &Object) -> BTreeSet<(String, String)> {
    let named = webhook_services(object).map(|(_, service)| service);
    named.collect()
}

/// A webhook that nobody answers refuses what it is asked about, so it waits for its server; one whose
/// failures are ignored does no harm.
pub(super) fn webhooks(object: &Object, context: &Context) -> Verdict {
    for (webhook, service) in webhook_services(object) {
        let ready = context.ready_addresses.get(&service).copied();
        if ready.unwrap_or_default() == 0 {
            let (namespace, name) = service;
            return in_progress(format!(
                "no pod behind Service {namespace}/{name} is ready to answer {webhook}"
            ));
        }
    }
    Ok(String::new())
}

fn webhook_services(object: &Object) -> impl Iterator<Item = (&str, (String, String))> {
    let webhooks = object.get(&["webhooks"]).and_then(Value::as_array);
    let webhooks = webhooks.into_iter().flatten();
    let must_answer = |webhook: &&Value| webhook.get("failurePolicy") != Some(&"Ignore".into());
    webhooks.filter(must_answer).filter_map(|webhook| {
        let name = webhook.get("name").and_then(Value::as_str);
        let service = webhook.pointer("/clientConfig/service")?;
        let of_service = |key| service.get(key)?.as_str().map(str::to_owned);
        let service = (of_service("namespace")?, of_service("name")?);
        Some((name.unwrap_or_default(), service))
    })
}

/// A policy with an expression that does not fit its types works, and denies or allows wrongly.
pub(super) fn policy(object: &Object) -> Verdict {
    let warnings = object.get(&["status", "typeChecking", "expressionWarnings"]);
    let first = warnings.and_then(|list| list.get(0));
    let said = |key| first.and_then(|first| first.get(key)?.as_str());
    Ok(match (said("fieldRef"), said("warning")) {
        (Some(place), Some(warning)) => format!("{place}: {}", one_line(warning)),
        _ => String::new(),
    })
}
