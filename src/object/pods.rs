//! Where an object holds its pod.

use std::collections::BTreeMap;

use crate::yaml::Value;

use super::Object;

/// The keys from the root of a workload to its pod template; none for a Pod, which is its own.
pub(super) fn template_keys(object: &Object) -> Option<&'static [&'static str]> {
    match (object.group(), object.kind()) {
        ("", "Pod") => Some(&[]),
        ("", "PodTemplate") => Some(&["template"]),
        ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet")
        | ("batch", "Job")
        | ("", "ReplicationController") => Some(&["spec", "template"]),
        ("batch", "CronJob") => Some(&["spec", "jobTemplate", "spec", "template"]),
        _ => None,
    }
}

/// The metadata and spec that the pods of a workload are made from.
pub fn pod_template(object: &Object) -> Option<&Value> {
    object.get(template_keys(object)?)
}

pub fn pod_template_mut(object: &mut Object) -> Option<&mut Value> {
    let keys = template_keys(object)?;
    keys.iter()
        .try_fold(object.value_mut(), |value, key| value.get_mut(key))
}

pub fn pod_spec(object: &Object) -> Option<&Value> {
    pod_template(object)?.get("spec")
}

pub fn pod_spec_mut(object: &mut Object) -> Option<&mut Value> {
    pod_template_mut(object)?.get_mut("spec")
}

/// The labels that the pods of a workload carry.
pub fn pod_labels(object: &Object) -> BTreeMap<&str, &str> {
    let labels = pod_template(object).and_then(|template| template.pointer("/metadata/labels"));
    let entries = labels.and_then(Value::as_object).into_iter().flatten();
    entries
        .filter_map(|(key, value)| Some((key.as_str(), value.as_str()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{pod_labels, pod_spec, pod_spec_mut, pod_template};
    use crate::object::Object;

    fn object(api_version: &str, kind: &str, spec: &Value) -> Object {
        let metadata = json!({"name": "a", "labels": {"own": "yes"}});
        Object::new(
            json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec}),
        )
        .expect("an object")
    }

    #[test]
    fn each_workload_has_its_template() {
        let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": {"containers": []}});
        let deployment = object("apps/v1", "Deployment", &json!({"template": template}));
        assert_eq!(pod_template(&deployment), Some(&template));
        assert_eq!(
            pod_labels(&deployment).into_iter().collect::<Vec<_>>(),
            [("app", "a")]
        );
        let cron = json!({"jobTemplate": {"spec": {"template": template}}});
        assert_eq!(
            pod_spec(&object("batch/v1", "CronJob", &cron)),
            template.get("spec")
        );
        let pod = object("v1", "Pod", &json!({"containers": []}));
        assert_eq!(pod_spec(&pod), Some(&json!({"containers": []})));
        assert_eq!(pod_labels(&pod).get("own"), Some(&"yes"));
        assert_eq!(
            pod_template(&object(
                "example.com/v1",
                "Deployment",
                &json!({"template": {}})
            )),
            None
        );
    }

    #[test]
    fn a_spec_can_be_changed_in_place() {
        let mut deployment = object("apps/v1", "Deployment", &json!({"template": {"spec": {}}}));
        pod_spec_mut(&mut deployment).expect("has a spec")["hostNetwork"] = json!(true);
        assert_eq!(pod_spec(&deployment), Some(&json!({"hostNetwork": true})));
    }
}
