//! Environments with all active modules of the newest release.

use kops_stack::model::tree::FileTree;
use kops_stack::yaml::{self, Value};
use serde_json::json;

const STACK: &str = "reference/2026.12";

/// Names of components, with the module where it is another.
const COMPONENTS: [(&str, Option<&str>); 11] = [
    ("cert-manager", None),
    ("cluster-autoscaler", None),
    ("envoy-gateway", None),
    ("external-dns", None),
    ("gateway-api-crds", None),
    ("istio-base", None),
    ("istio-ingress", Some("istio-gateway")),
    ("istiod", None),
    ("kube-prometheus", None),
    ("metrics-server", None),
    ("prometheus-operator-crds", None),
];

/// A repository over the built-in catalogue with `count` environments: in each, ten knobs of every
/// component are its own, or only the log level of one component.
pub fn tree(count: usize, ten_knobs: bool) -> FileTree {
    let mut fleet = FileTree::default();
    put(&mut fleet, "kops-stack.yaml", &json!({}));
    for index in 0..count {
        let folder = format!("environments/whole-{index}");
        let mut file = |name: &str, value: &Value| {
            put(&mut fleet, &format!("{folder}/{name}.yaml"), value);
        };
        let mut components = json!({});
        for (name, module) in COMPONENTS {
            components[name] = match module {
                Some(module) => json!({"module": module}),
                None => json!({}),
            };
        }
        let environment = json!({"stack": STACK, "crds": "stand-in", "components": components});
        file("environment", &environment);
        let host = format!("whole-{index}.example.com");
        let cluster = json!({
            "provider": "kops", "name": host, "kubernetes": "1.36.1",
            "state": "s3://state.example.com", "region": "eu-west-1",
            "zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
            "network": {"cidr": format!("10.{}.0.0/16", index % 256), "cni": "cilium"},
            "controlPlane": {"machine": "m6i.large"},
            "nodeGroups": {"general": {"machine": "m6i.large", "min": 1, "max": 5}},
        });
        file("cluster", &cluster);
        file("global", &json!({"domain": host}));
        match ten_knobs {
            true => {
                for (component, values) in knobs(index) {
                    file(component, &values);
                }
            }
            false => file("cert-manager", &json!({"logLevel": index % 7})),
        }
    }
    fleet
}

fn put(fleet: &mut FileTree, path: &str, value: &Value) {
    fleet.insert(path, yaml::emit(value).into_bytes());
}

/// The knobs of the modules that the three models have too, and those of the others.
fn knobs(index: usize) -> Vec<(&'static str, Value)> {
    let even = index.is_multiple_of(2);
    let text = format!("v{index}");
    let labels = json!({"fleet": text});
    let memory = format!("{}Mi", 128 + index);
    let cpu = format!("{}m", 50 + index);
    let resources = json!({"requests": {"cpu": cpu, "memory": memory}});
    let seconds = format!("{}s", 10 + index);
    let mut knobs = super::knobs(index);
    knobs.retain(|(component, _)| COMPONENTS.iter().any(|(name, _)| name == component));
    knobs.extend([
        (
            "external-dns",
            json!({
                "interval": seconds,
                "resources": resources,
                "podLabels": labels,
                "podAnnotations": labels,
                "nodeSelector": labels,
                "extraArgs": [format!("--fleet={index}")],
                "txtPrefix": text,
                "txtOwnerId": text,
                "watchEvents": even,
                "domainFilters": [format!("{text}.example.com")],
            }),
        ),
        (
            "istio-ingress",
            json!({
                "replicas": 1 + index % 4,
                "resources": resources,
                "labels": labels,
                "annotations": labels,
                "podAnnotations": labels,
                "terminationGracePeriod": 30 + index,
                "nodeSelector": labels,
                "env": {"FLEET": text},
                "minReadySeconds": index,
                "service": {"annotations": labels},
            }),
        ),
        (
            "istiod",
            json!({
                "replicas": 1 + index % 4,
                "resources": resources,
                "logAsJson": even,
                "keepaliveMaxServerConnectionAge": seconds,
                "analysis": even,
                "env": {"FLEET": text},
                "extraArgs": [format!("--fleet={index}")],
                "nodeSelector": labels,
                "meshId": text,
                "network": text,
            }),
        ),
        (
            "kube-prometheus",
            json!({
                "prometheus": {
                    "replicas": 1 + index % 3,
                    "retention": format!("{}d", 5 + index),
                    "resources": resources,
                    "nodeSelector": labels,
                },
                "alertmanager": {
                    "replicas": 1 + index % 3,
                    "resources": resources,
                    "retention": format!("{}h", 100 + index),
                },
                "grafana": {"replicas": 1 + index % 3, "resources": resources},
            }),
        ),
    ]);
    knobs
}
