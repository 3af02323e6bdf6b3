//! Gateway API and Envoy Gateway: conditions per listener, per parent and per ancestor.

use super::conditions::{Conditions, Verdict};
use super::{Context, custom, in_progress, text};
use crate::object::Object;
use crate::yaml::Value;

pub(super) fn gateway_api(object: &Object, kind: &str, conditions: &Conditions<'_>) -> Verdict {
    match kind {
        "GatewayClass" => conditions.need(&["Accepted"]),
        "Gateway" | "ListenerSet" | "XListenerSet" => gateway(object, conditions),
        "BackendTLSPolicy" => ancestors(object),
        kind if kind.ends_with("Route") => route(object),
        _ => Ok(String::new()),
    }
}

/// The policies of Envoy Gateway say what became of them per Gateway; a Backend says it itself.
pub(super) fn envoy(object: &Object, conditions: &Conditions<'_>, context: &Context) -> Verdict {
    let is_policy = object.kind().ends_with("Policy");
    match object.get(&["status", "ancestors"]) {
        Some(_) => ancestors(object),
        None if is_policy => ancestors(object),
        None => custom::any(object, conditions, context),
    }
}

fn gateway(object: &Object, conditions: &Conditions<'_>) -> Verdict {
    conditions.need(&["Accepted"])?;
    // A listener tells more than the Gateway that it keeps from being programmed.
    let listeners = object
        .get(&["status", "listeners"])
        .and_then(Value::as_array);
    for listener in listeners.into_iter().flatten() {
        let name = listener.get("name").and_then(Value::as_str);
        let conditions = Conditions::among(object, listener.get("conditions"));
        let verdict = conditions.allow(&["Accepted", "ResolvedRefs", "Programmed"]);
        in_part(verdict, &format!("listener {}", name.unwrap_or_default()))?;
    }
    conditions.allow(&["ResolvedRefs"])?;
    conditions.need(&["Programmed"])
}

/// Each parent that the route names must take it. Parents of former versions may still stand in the
/// status.
fn route(object: &Object) -> Verdict {
    let parents = entries(object, "parents");
    let wanted = object
        .get(&["spec", "parentRefs"])
        .and_then(Value::as_array);
    let Some(wanted) = wanted.filter(|wanted| !wanted.is_empty()) else {
        // It hangs nowhere; or the manifest at hand has no spec, and the status must do.
        return match parents {
            [] => Ok(String::new()),
            parents => all(object, parents, "parentRef"),
        };
    };
    for parent in wanted {
        let same = |entry: &&Value| is_same_parent(object, &entry["parentRef"], parent);
        let found: Vec<_> = parents.iter().filter(same).cloned().collect();
        match found.as_slice() {
            [] => return in_progress(format!("waiting for {}", shown(parent))),
            found => all(object, found, "parentRef")?,
        };
    }
    Ok(String::new())
}

fn ancestors(object: &Object) -> Verdict {
    match entries(object, "ancestors") {
        [] => in_progress("waiting for what it targets"),
        ancestors => all(object, ancestors, "ancestorRef"),
    }
}

fn all(object: &Object, entries: &[Value], reference: &str) -> Verdict {
    for entry in entries {
        let conditions = Conditions::among(object, entry.get("conditions"));
        let verdict = conditions
            .allow(&["ResolvedRefs", "Programmed"])
            .and_then(|_| conditions.need(&["Accepted"]));
        in_part(verdict, &shown(&entry[reference]))?;
    }
    Ok(String::new())
}

fn entries<'o>(object: &'o Object, key: &str) -> &'o [Value] {
    let list = object.get(&["status", key]).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

/// A reference leaves out what is the usual: a Gateway, in the route's namespace.
fn is_same_parent(route: &Object, a: &Value, b: &Value) -> bool {
    let of = |reference: &Value, key: &str, usual: &str| {
        let value = reference.get(key).and_then(Value::as_str);
        value.unwrap_or(usual).to_owned()
    };
    let namespace = text(route, &["metadata", "namespace"]);
    let usual = [
        ("group", "gateway.networking.k8s.io"),
        ("kind", "Gateway"),
        ("namespace", namespace),
        ("name", ""),
        ("sectionName", ""),
    ];
    usual
        .iter()
        .all(|(key, usual)| of(a, key, usual) == of(b, key, usual))
        && a.get("port") == b.get("port")
}

/// `Gateway main`, `Gateway istio-ingress/main`.
fn shown(reference: &Value) -> String {
    let of = |key| reference.get(key).and_then(Value::as_str);
    let kind = of("kind").unwrap_or("Gateway");
    let name = of("name").unwrap_or_default();
    match of("namespace") {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

fn in_part(verdict: Verdict, part: &str) -> Verdict {
    verdict.map_err(|mut health| {
        health.message = format!("{part}: {}", health.message);
        health
    })
}
