//! Fields, labels and annotations that the API server warns about (apiserver.md, section 15).

use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;
use crate::object::{Object, Path, pod_template};

/// Annotations that have a successor, by prefix.
const ANNOTATIONS: [(&str, &str); 5] = [
    ("kubernetes.io/ingress.class", "use `spec.ingressClassName`"),
    (
        "seccomp.security.alpha.kubernetes.io/",
        "use `securityContext.seccompProfile`",
    ),
    (
        "container.apparmor.security.beta.kubernetes.io/",
        "use `securityContext.appArmorProfile`",
    ),
    (
        "scheduler.alpha.kubernetes.io/critical-pod",
        "use `priorityClassName`",
    ),
    (
        "service.kubernetes.io/topology-aware-hints",
        "use `spec.trafficDistribution`",
    ),
];

/// Labels of nodes that have a successor.
const NODE_LABELS: [(&str, &str); 5] = [
    ("beta.kubernetes.io/os", "kubernetes.io/os"),
    ("beta.kubernetes.io/arch", "kubernetes.io/arch"),
    (
        "beta.kubernetes.io/instance-type",
        "node.kubernetes.io/instance-type",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "topology.kubernetes.io/zone",
    ),
    (
        "failure-domain.beta.kubernetes.io/region",
        "topology.kubernetes.io/region",
    ),
];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        let warn = |place: &Place<'_>, help: &str| {
            let message = format!("has `{}`, which is deprecated", place.path);
            let help = help.to_owned();
            Problem::warning(codes::FIELD_DEPRECATED, node, &place.path, message).help(help)
        };
        let found = found(fact);
        problems.extend(found.iter().map(|(place, help)| warn(place, help)));
        problems.extend(endpoints(node, fact));
    }
    problems
}

/// Deprecated since 1.33, and not to be removed: no table of removals has it.
fn endpoints(node: usize, fact: &Fact<'_>) -> Option<Problem> {
    fact.is("", "Endpoints").then(|| {
        let place = Path::of_keys(&["apiVersion"]);
        let message = "uses v1 Endpoints, which Kubernetes calls deprecated";
        Problem::warning(codes::API_DEPRECATED, node, &place, message).help(
            "use discovery.k8s.io/v1 EndpointSlice, unless what reads it knows Endpoints alone",
        )
    })
}

type Found<'a> = Vec<(Place<'a>, String)>;

fn found<'a>(fact: &'a Fact<'_>) -> Found<'a> {
    let object: &Object = fact.object;
    let root = Place::root(object.value());
    let mut found = annotations(root.at(&["metadata", "annotations"]));
    let template = template(object, &root);
    if let Some(template) = template {
        if !fact.is("", "Pod") {
            found.extend(annotations(template.at(&["metadata", "annotations"])));
        }
        if let Some(spec) = template.at(&["spec"]) {
            found.extend(of_pod(&spec));
        }
    }
    if fact.is("", "Service") {
        let ips = root.at(&["spec", "externalIPs"]);
        let help = "use a load balancer; with this field anybody can take over an address";
        found.extend(ips.map(|place| (place, help.to_owned())));
    }
    found
}

/// The pod template of a workload, with its path.
pub fn template<'a>(object: &Object, root: &Place<'a>) -> Option<Place<'a>> {
    pod_template(object)?;
    let keys: [&[&str]; 3] = [
        &["spec", "jobTemplate", "spec", "template"],
        &["spec", "template"],
        &["template"],
    ];
    match object.kind() {
        "Pod" => Some(root.clone()),
        _ => keys.iter().find_map(|keys| root.at(keys)),
    }
}

fn annotations(annotations: Option<Place<'_>>) -> Found<'_> {
    let entries = annotations.map(|place| place.entries()).unwrap_or_default();
    let known = |key: &str| {
        let mut known = ANNOTATIONS.iter();
        known
            .find(|(prefix, _)| key.starts_with(prefix))
            .map(|(_, help)| (*help).to_owned())
    };
    entries
        .into_iter()
        .filter_map(|(key, place)| Some((place, known(key)?)))
        .collect()
}

fn of_pod<'a>(spec: &Place<'a>) -> Found<'a> {
    let mut found = Found::new();
    let nodes = spec
        .at(&["nodeSelector"])
        .map(|place| place.entries())
        .unwrap_or_default();
    found.extend(
        nodes
            .into_iter()
            .filter_map(|(key, place)| Some((place, successor(key)?))),
    );
    for constraint in spec.list(&["topologySpreadConstraints"]) {
        let key = constraint.at(&["topologyKey"]);
        found
            .extend(key.and_then(|place| Some((place.clone(), successor(place.value.as_str()?)?))));
    }
    for volume in spec.list(&["volumes"]) {
        for kind in ["gitRepo", "glusterfs"] {
            let place = volume.at(&[kind]);
            found.extend(
                place.map(|place| (place, "the volume type is no longer supported".to_owned())),
            );
        }
    }
    found
}

fn successor(label: &str) -> Option<String> {
    let mut known = NODE_LABELS.iter();
    let (_, successor) = known.find(|(old, _)| *old == label)?;
    Some(format!("use `{successor}`"))
}
