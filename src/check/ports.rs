//! Ports that are named and not there.

use super::deprecated::template;
use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use super::selectors::selected;
use crate::diagnostic::codes;
use crate::object::{Object, Path};
use crate::yaml::Value;

/// The port of a webhook, aggregated API or converter that names none.
const DEFAULT: u64 = 443;

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        problems.extend(of_containers(node, fact));
        problems.extend(of_service(facts, node, fact));
        problems.extend(of_callers(facts, node, fact));
    }
    problems
}

fn missing(node: usize, at: &Path, message: String) -> Problem {
    Problem::error(codes::PORT_MISSING, node, at, message)
}

/// Probes and hooks that name a port of their container.
fn of_containers(node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    let root = Place::root(fact.value());
    let spec = template(fact.object, &root).and_then(|template| template.at(&["spec"]));
    let lists = ["containers", "initContainers"].into_iter();
    let containers = lists.flat_map(|list| spec.iter().flat_map(move |spec| spec.list(&[list])));
    containers
        .flat_map(|container| of_container(node, &container))
        .collect()
}

fn of_container(node: usize, container: &Place<'_>) -> Vec<Problem> {
    const CALLS: [&[&str]; 5] = [
        &["livenessProbe"],
        &["readinessProbe"],
        &["startupProbe"],
        &["lifecycle", "postStart"],
        &["lifecycle", "preStop"],
    ];
    let ports = container.list(&["ports"]);
    let known = |name: &str| ports.iter().any(|port| port.text(&["name"]) == Some(name));
    let calls = CALLS.iter().filter_map(|keys| container.at(keys));
    let named = calls.flat_map(|call| {
        let ports = [["httpGet", "port"], ["tcpSocket", "port"]];
        ports.into_iter().filter_map(move |keys| call.at(&keys))
    });
    named
        .filter_map(|port| {
            let name = port.value.as_str().filter(|name| !known(name))?;
            let message = format!("asks at a port `{name}`, which the container does not have");
            Some(missing(node, &port.path, message))
        })
        .collect()
}

/// Target ports by name, which some container of the selected pods must have.
fn of_service(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    if !fact.is("", "Service") {
        return Vec::new();
    }
    let sets: Vec<_> = selected(facts, fact).collect();
    let known = |name: &str| {
        let mut sets = sets.iter();
        // What an operator makes has ports that no manifest shows.
        sets.any(|set| {
            set.ports
                .as_ref()
                .is_none_or(|ports| ports.iter().any(|port| port == name))
        })
    };
    let ports = Place::root(fact.value()).list(&["spec", "ports"]);
    let targets = ports.iter().filter_map(|port| port.at(&["targetPort"]));
    let lacking = targets.filter_map(|target| {
        let name = target
            .value
            .as_str()
            .filter(|name| !sets.is_empty() && !known(name))?;
        let message = format!("leads to a port `{name}`, which no container of its pods has");
        Some(missing(node, &target.path, message))
    });
    lacking.collect()
}

/// Whoever names a Service names a port of it: webhooks, aggregated APIs, Ingresses, routes.
fn of_callers(facts: &Facts<'_>, node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    let services = fact
        .references
        .iter()
        .filter(|reference| reference.to.kind == "Service" && reference.to.group.is_empty());
    let calls = services.filter_map(|reference| {
        let service = facts.find(&reference.to)?;
        let caller = reference.at.parent()?;
        let port = caller.get(fact.value())?.get("port");
        let wanted = wanted(fact.object, port)?;
        (!has_port(service.object, &wanted)).then(|| {
            let message = format!(
                "calls port {} of {}, which it does not have",
                shown(&wanted),
                reference.to
            );
            let at = match port {
                Some(_) => caller.key("port"),
                None => reference.at.clone(),
            };
            missing(node, &at, message).help(format!("it has {}", ports_of(service.object)))
        })
    });
    calls.collect()
}

/// The number or name that a caller asks for; none where it does not say.
fn wanted(caller: &Object, port: Option<&Value>) -> Option<Value> {
    let has_default = matches!(
        caller.group(),
        "admissionregistration.k8s.io" | "apiregistration.k8s.io" | "apiextensions.k8s.io"
    );
    match port {
        Some(Value::Object(port)) => port.get("number").or(port.get("name")).cloned(),
        Some(port @ (Value::Number(_) | Value::String(_))) => Some(port.clone()),
        _ => has_default.then(|| DEFAULT.into()),
    }
}

fn has_port(service: &Object, wanted: &Value) -> bool {
    let key = match wanted {
        Value::String(_) => "name",
        _ => "port",
    };
    // To an ExternalName, every port is that of another host.
    let elsewhere = service
        .get(&["spec", "type"])
        .is_some_and(|kind| kind == "ExternalName");
    elsewhere || ports(service).any(|port| port.get(key) == Some(wanted))
}

fn ports(service: &Object) -> impl Iterator<Item = &Value> {
    let ports = service.get(&["spec", "ports"]).and_then(Value::as_array);
    ports.into_iter().flatten()
}

fn ports_of(service: &Object) -> String {
    let shown = ports(service).map(|port| match (port.get("port"), port.get("name")) {
        (Some(number), Some(name)) => format!("{number} ({})", name.as_str().unwrap_or_default()),
        (number, _) => number.map(Value::to_string).unwrap_or_default(),
    });
    let shown: Vec<String> = shown.collect();
    shown.join(", ")
}

fn shown(port: &Value) -> String {
    port.as_str()
        .map_or_else(|| port.to_string(), |name| format!("`{name}`"))
}
