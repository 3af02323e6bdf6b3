//! How pods are reached from outside: ports of nodes and fields of Services that the API server
//! refuses beside one another, though each is right alone.

use super::deprecated::template;
use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::object::Path;
use crate::yaml::Value;

/// Fields of a Service that only a load balancer has.
const OF_BALANCERS: [&str; 3] = [
    "allocateLoadBalancerNodePorts",
    "loadBalancerClass",
    "loadBalancerSourceRanges",
];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        let root = Place::root(fact.value());
        if let Some(pods) = template(fact.object, &root).and_then(|pods| pods.at(&["spec"])) {
            problems.extend(of_pods(node, &pods));
        }
        if fact.is("", "Service") {
            problems.extend(of_service(node, fact));
        }
    }
    problems
}

fn refused(node: usize, at: &Path, message: impl Into<String>, help: &str) -> Problem {
    Problem::error(codes::FIELD_INVALID, node, at, message).help(help)
}

/// Ports of the node: each once, and in the node's own network those of the containers.
fn of_pods(node: usize, pods: &Place<'_>) -> Vec<Problem> {
    let on_the_node = pods.is_true(&["hostNetwork"]);
    let mut taken: Vec<(u64, &str, &str)> = Vec::new();
    let mut problems = Vec::new();
    for port in pods
        .list(&["containers"])
        .iter()
        .flat_map(|container| container.list(&["ports"]))
    {
        let number = |key: &str| port.get(&[key]).and_then(Value::as_u64).unwrap_or_default();
        let (own, host) = (number("containerPort"), number("hostPort"));
        let on_host = match (host, on_the_node) {
            (0, true) => own,
            (host, _) => host,
        };
        if on_host == 0 {
            continue;
        }
        if on_the_node && on_host != own {
            problems.push(refused(
                node,
                &port.path.key("hostPort"),
                format!("takes port {host} of the node for port {own} with `hostNetwork: true`, where both are one"),
                "let the container listen on that port, and say it as `containerPort` too",
            ));
        }
        let text = |key: &str, default| port.text(&[key]).unwrap_or(default);
        let key = (on_host, text("protocol", "TCP"), text("hostIP", ""));
        if taken.contains(&key) {
            problems.push(refused(
                node,
                &port.path,
                format!("takes port {on_host} of the node twice"),
                "give each port of the pod another number",
            ));
        }
        taken.push(key);
    }
    problems
}

/// Fields that only some types of Services have.
fn of_service(node: usize, fact: &Fact<'_>) -> Vec<Problem> {
    let root = Place::root(fact.value());
    let Some(spec) = root.at(&["spec"]) else {
        return Vec::new();
    };
    let kind = spec.text(&["type"]).unwrap_or("ClusterIP");
    let balances = kind == "LoadBalancer";
    let is_set = |key: &str| spec.at(&[key]).filter(|place| !is_empty(place.value));
    let mut problems = Vec::new();
    for key in OF_BALANCERS {
        if let Some(place) = is_set(key).filter(|_| !balances) {
            let message = format!("sets `{key}`, which is for the type LoadBalancer, not {kind}");
            let help = "say `type: LoadBalancer`, or leave it out";
            problems.push(refused(node, &place.path, message, help));
        }
    }
    let from_outside = balances || kind == "NodePort" || is_set("externalIPs").is_some();
    if let Some(place) = is_set("externalTrafficPolicy").filter(|_| !from_outside) {
        let message = format!("sets `externalTrafficPolicy`, and the type {kind} lets nobody in");
        let help = "it is for LoadBalancer, NodePort and `externalIPs`; leave it out";
        problems.push(refused(node, &place.path, message, help));
    }
    let local = spec.text(&["externalTrafficPolicy"]) == Some("Local");
    if let Some(place) = is_set("healthCheckNodePort").filter(|_| !(balances && local)) {
        let message = "sets `healthCheckNodePort`, which is for load balancers with `externalTrafficPolicy: Local`";
        problems.push(refused(
            node,
            &place.path,
            message,
            "say both, or leave it out",
        ));
    }
    let ports = spec.list(&["ports"]);
    let of_nodes = ports.iter().filter_map(|port| port.at(&["nodePort"]));
    for place in of_nodes.filter(|place| kind == "ClusterIP" && !is_empty(place.value)) {
        let message = "sets `nodePort`, which the type ClusterIP does not have";
        let help = "say `type: NodePort` or `LoadBalancer`, or leave it out";
        problems.push(refused(node, &place.path, message, help));
    }
    problems
}

/// What the server takes for not said.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Number(number) => number.as_u64() == Some(0),
        _ => false,
    }
}
