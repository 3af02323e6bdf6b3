//! Pods: as little power as the "restricted" Pod Security Standard allows.

use std::collections::BTreeSet;

use kops_stack::object::{Object, pod_spec};
use serde_json::Value;

use super::case::rendered_everywhere;

/// What a program of somebody else cannot do without: module, version (any when empty), container,
/// rule. Each is what upstream's own chart sets.
const EXCEPTIONS: [(&str, &str, &str, &str); 3] = [
    // Before 1.9 it writes Wasm modules to its root file system.
    (
        "envoy-gateway",
        "1.8.3",
        "envoy-gateway",
        "readOnlyRootFilesystem: true",
    ),
    // NGINX listens on ports below 1024, and writes its configuration beside the program.
    ("ingress-nginx", "", "controller", "add nothing"),
    (
        "ingress-nginx",
        "",
        "controller",
        "readOnlyRootFilesystem: true",
    ),
];

#[test]
fn containers_are_restricted_unless_the_module_says_privileged() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    let mut excepted = BTreeSet::new();
    for (case, version, objects) in rendered_everywhere() {
        if case.module.privileged {
            continue;
        }
        for object in objects.iter().map(|rendered| &*rendered.object) {
            let Some(pod) = pod_spec(object) else {
                continue;
            };
            for container in containers(object) {
                if is_brought(container["image"].as_str().unwrap_or_default()) {
                    continue;
                }
                seen += 1;
                for rule in missing(pod, container) {
                    let name = container["name"].as_str().unwrap_or_default();
                    let known = EXCEPTIONS.into_iter().find(|(module, at, of, excepted)| {
                        let version = at.is_empty() || *at == version.as_str();
                        version && case.module.name == *module && name == *of && rule == *excepted
                    });
                    if let Some(exception) = known {
                        excepted.insert(exception);
                        continue;
                    }
                    let (title, identity) = (case.title(), object.identity());
                    wrong.push(format!("{title} at {version}: {identity}: {name}: {rule}"));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} containers were seen");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(
        excepted.len(),
        EXCEPTIONS.len(),
        "only {excepted:?} is needed"
    );
}

/// Whether an image comes with a container that the knobs of a case bring: no module lists it, and who
/// brings it says what it may do.
pub fn is_brought(image: &str) -> bool {
    image.starts_with("registry.example.com/")
}

/// What a container lacks of the standard, its pod's context taken into account.
fn missing(pod: &Value, container: &Value) -> Vec<&'static str> {
    let own = &container["securityContext"];
    let of_pod = &pod["securityContext"];
    let either = |field: &str, wanted: &Value| {
        let value = match &own[field] {
            Value::Null => &of_pod[field],
            value => value,
        };
        value == wanted
    };
    let drops = own["capabilities"]["drop"].as_array();
    let rules = [
        (
            "allowPrivilegeEscalation: false",
            own["allowPrivilegeEscalation"] == false,
        ),
        (
            "drop ALL",
            drops.is_some_and(|drops| drops.contains(&"ALL".into())),
        ),
        ("add nothing", own["capabilities"]["add"].is_null()),
        ("not privileged", own["privileged"] != true),
        (
            "readOnlyRootFilesystem: true",
            own["readOnlyRootFilesystem"] == true,
        ),
        ("runAsNonRoot: true", either("runAsNonRoot", &true.into())),
        (
            "seccompProfile RuntimeDefault",
            either(
                "seccompProfile",
                &serde_json::json!({"type": "RuntimeDefault"}),
            ),
        ),
        (
            "no host process id",
            pod["hostPID"] != true && pod["hostIPC"] != true,
        ),
    ];
    rules
        .into_iter()
        .filter(|(_, holds)| !holds)
        .map(|(rule, _)| rule)
        .collect()
}

/// All containers of a workload's pods, those that run first included.
pub fn containers(object: &Object) -> Vec<&Value> {
    let Some(pod) = pod_spec(object) else {
        return Vec::new();
    };
    let lists = ["initContainers", "containers"].iter();
    lists
        .filter_map(|list| pod[*list].as_array())
        .flatten()
        .collect()
}

#[test]
fn what_a_container_lacks_is_seen() {
    let bare = serde_json::json!({"name": "a", "image": "b"});
    assert_eq!(missing(&Value::Null, &bare).len(), 5);
}
