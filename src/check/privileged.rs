//! Pods that ask for more than the Pod Security Standard `baseline` allows.
//!
//! The controls are those of <https://kubernetes.io/docs/concepts/security/pod-security-standards/>.

use super::deprecated::template;
use super::facts::{Fact, Facts};
use super::place::Place;
use super::problem::Problem;
use crate::diagnostic::codes;

/// What `baseline` lets containers add.
const CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "NET_RAW",
];

pub fn check(facts: &Facts<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (node, fact) in facts.looked_into() {
        if facts
            .of_component(fact)
            .is_some_and(|component| component.privileged)
        {
            continue;
        }
        for (place, what) in asked(fact) {
            let message =
                format!("asks for {what}, and its module does not say `privileged: true`");
            let problem = Problem::error(codes::POD_PRIVILEGED, node, &place.path, message);
            problems.push(
                problem.help("take it away, or accept it by an entry of `ignore` with the reason"),
            );
        }
    }
    problems
}

type Asked<'a> = Vec<(Place<'a>, String)>;

fn asked<'f>(fact: &'f Fact<'_>) -> Asked<'f> {
    let root = Place::root(fact.value());
    let Some(spec) = template(fact.object, &root).and_then(|template| template.at(&["spec"]))
    else {
        return Asked::new();
    };
    let mut asked = of_pod(&spec);
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        let containers = spec.list(&[list]);
        asked.extend(containers.iter().flat_map(of_container));
    }
    asked
}

fn of_pod<'a>(spec: &Place<'a>) -> Asked<'a> {
    let mut asked = Asked::new();
    for (field, what) in [
        ("hostNetwork", "the node's network"),
        ("hostPID", "the node's processes"),
        ("hostIPC", "the node's shared memory"),
    ] {
        if spec.is_true(&[field]) {
            asked.extend(spec.at(&[field]).map(|place| (place, what.to_owned())));
        }
    }
    for volume in spec.list(&["volumes"]) {
        if let Some(place) = volume.at(&["hostPath"]) {
            let path = place.text(&["path"]).unwrap_or_default();
            let what = format!("the node's files in `{path}`");
            asked.push((place, what));
        }
    }
    asked.extend(unconfined(spec));
    asked
}

fn of_container<'a>(container: &Place<'a>) -> Asked<'a> {
    let mut asked = Asked::new();
    if container.is_true(&["securityContext", "privileged"]) {
        let place = container.at(&["securityContext", "privileged"]);
        asked.extend(place.map(|place| (place, "a privileged container".to_owned())));
    }
    let added = container.list(&["securityContext", "capabilities", "add"]);
    asked.extend(added.into_iter().filter_map(|place| {
        let name = place
            .value
            .as_str()
            .filter(|name| !CAPABILITIES.contains(name))?;
        let what = format!("the capability {name}");
        Some((place, what))
    }));
    let ports = container.list(&["ports"]);
    asked.extend(ports.iter().filter_map(|port| {
        let place = port.at(&["hostPort"])?;
        let number = place.value.as_u64().filter(|number| *number > 0)?;
        Some((place, format!("port {number} of the node")))
    }));
    asked.extend(unconfined(container));
    asked
}

fn unconfined<'a>(holder: &Place<'a>) -> Option<(Place<'a>, String)> {
    let place = holder.at(&["securityContext", "seccompProfile", "type"])?;
    (place.value == "Unconfined").then(|| (place, "all system calls".to_owned()))
}
