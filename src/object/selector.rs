//! Which labels a selector means.

use std::collections::BTreeMap;

use crate::yaml::{Map, Value};

use super::Object;
use super::pods::pod_labels;

type Labels<'a> = BTreeMap<&'a str, &'a str>;

/// Whether a LabelSelector (`matchLabels` and `matchExpressions`) means these labels. An empty
/// one means everything, `null` nothing. What cannot be understood means nothing.
pub fn selector_matches(selector: &Value, labels: &Labels<'_>) -> bool {
    let Some(selector) = selector.as_object() else {
        return false;
    };
    let by_labels = match selector.get("matchLabels") {
        None | Some(Value::Null) => true,
        Some(wanted) => wanted
            .as_object()
            .is_some_and(|wanted| all_match(wanted, labels)),
    };
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    by_labels
        && expressions
            .into_iter()
            .flatten()
            .all(|expression| expression_matches(expression, labels))
}

/// Whether an object that selects pods, such as a Service, a NetworkPolicy, a PodDisruptionBudget
/// or a workload itself, means pods with these labels in its namespace.
pub fn selects(object: &Object, labels: &Labels<'_>) -> bool {
    match (object.group(), object.kind()) {
        // Plain maps, of which an empty one means nothing.
        ("", "Service" | "ReplicationController") => {
            let wanted = object.get(&["spec", "selector"]).and_then(Value::as_object);
            wanted.is_some_and(|wanted| !wanted.is_empty() && all_match(wanted, labels))
        }
        ("networking.k8s.io", "NetworkPolicy") => {
            // Required, and left out by nobody but those who mean all pods.
            object
                .get(&["spec", "podSelector"])
                .is_none_or(|selector| selector_matches(selector, labels))
        }
        _ => object
            .get(&["spec", "selector"])
            .is_some_and(|selector| selector_matches(selector, labels)),
    }
}

/// Whether `selecting` means the pods that `workload` makes: they are in one namespace, and its
/// selector matches the labels of the pod template.
pub fn workload_selects(selecting: &Object, workload: &Object) -> bool {
    selecting.namespace() == workload.namespace() && selects(selecting, &pod_labels(workload))
}

fn all_match(wanted: &Map<String, Value>, labels: &Labels<'_>) -> bool {
    wanted.iter().all(|(key, value)| {
        value
            .as_str()
            .is_some_and(|value| labels.get(key.as_str()) == Some(&value))
    })
}

fn expression_matches(expression: &Value, labels: &Labels<'_>) -> bool {
    let text = |key: &str| expression.get(key).and_then(Value::as_str);
    let (Some(key), Some(operator)) = (text("key"), text("operator")) else {
        return false;
    };
    let values = expression.get("values").and_then(Value::as_array);
    let is_listed = |label: &&str| {
        values
            .into_iter()
            .flatten()
            .any(|value| value.as_str() == Some(label))
    };
    let label = labels.get(key);
    match operator {
        "In" => label.is_some_and(is_listed),
        "NotIn" => !label.is_some_and(is_listed),
        "Exists" => label.is_some(),
        "DoesNotExist" => label.is_none(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{selector_matches, workload_selects};
    use crate::object::Object;

    fn matches(selector: &Value) -> bool {
        selector_matches(selector, &[("app", "web"), ("tier", "front")].into())
    }

    #[test]
    fn every_part_must_match() {
        assert!(matches(&json!({})));
        assert!(!matches(&json!(null)));
        assert!(matches(&json!({"matchLabels": {"app": "web"}})));
        assert!(!matches(
            &json!({"matchLabels": {"app": "web", "tier": "back"}})
        ));
        let expression = |key: &str, operator: &str, values: &[&str]| {
            matches(
                &json!({"matchExpressions": [{"key": key, "operator": operator, "values": values}]}),
            )
        };
        assert!(expression("app", "In", &["api", "web"]));
        assert!(!expression("app", "NotIn", &["web"]));
        assert!(expression("none", "NotIn", &["web"]));
        assert!(expression("app", "Exists", &[]));
        assert!(expression("none", "DoesNotExist", &[]));
        assert!(!expression("app", "Near", &["web"]));
    }

    fn object(api_version: &str, kind: &str, namespace: &str, spec: &Value) -> Object {
        let metadata = json!({"name": "a", "namespace": namespace});
        Object::new(
            json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}),
        )
        .expect("an object")
    }

    #[test]
    fn services_select_pods_of_their_namespace() {
        let template = json!({"template": {"metadata": {"labels": {"app": "web"}}}});
        let workload = object("apps/v1", "Deployment", "shop", &template);
        let service = |namespace, spec| object("v1", "Service", namespace, &spec);
        assert!(workload_selects(
            &service("shop", json!({"selector": {"app": "web"}})),
            &workload
        ));
        assert!(!workload_selects(
            &service("other", json!({"selector": {"app": "web"}})),
            &workload
        ));
        assert!(!workload_selects(
            &service("shop", json!({"selector": {}})),
            &workload
        ));
        assert!(!workload_selects(&service("shop", json!({})), &workload));
        let policy = object(
            "networking.k8s.io/v1",
            "NetworkPolicy",
            "shop",
            &json!({"podSelector": {}}),
        );
        assert!(workload_selects(&policy, &workload));
    }
}
