//! An aggregated API that nobody verifies any more.
//!
//! The server refuses `insecureSkipTLSVerify` beside a `caBundle`, and an apply takes away only what
//! is ours; an injector wrote the bundle, as an annotation of ours asked it to. So the apply that
//! drops the annotation sends the bundle as null, which takes it away whoever owns it, and the next
//! one lets go of it: the manifest never set it.

use std::sync::Arc;

use crate::model::inventory::MANAGER;
use crate::model::live::Conflict;
use crate::model::ownership::{Keep, Ownership};
use crate::object::{ManagedFields, Object, Path};
use crate::yaml::Value;

const BUNDLE: [&str; 2] = ["spec", "caBundle"];

/// What cert-manager's injector calls itself, in all its versions.
const INJECTOR: &str = "cainjector";

/// What is sent first, where a bundle of others stands in the way.
pub fn without_bundle(
    payload: &Value,
    live: &Object,
    managers: &ManagedFields,
    rules: &[Ownership],
) -> Option<Arc<Value>> {
    let spec = payload.get("spec")?;
    let unverified = live.is("apiregistration.k8s.io", "APIService")
        && spec.get("insecureSkipTLSVerify") == Some(&true.into())
        && spec.get("caBundle").is_none();
    let path = Path::of_keys(&BUNDLE);
    let bundle = live.get(&BUNDLE).and_then(Value::as_str);
    let mut owners = managers.owners(&path);
    let of_others = owners.any(|owner| !owner.is_apply_of(MANAGER));
    if !unverified || !of_others || bundle.is_none_or(str::is_empty) {
        return None;
    }
    let name = live.identity().to_string();
    let is_left = rules.iter().any(|rule| {
        rule.keep == Keep::Theirs && rule.object == name && rule.field == path.to_string()
    });
    if is_left {
        return None;
    }
    let mut sent = payload.clone();
    sent["spec"]["caBundle"] = Value::Null;
    Some(Arc::new(sent))
}

/// Whether the field is the injector's, who writes it only where it is asked to.
pub fn is_of_injector(conflict: &Conflict) -> bool {
    conflict.field == BUNDLE.join(".") && conflict.manager.contains(INJECTOR)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::without_bundle;
    use crate::model::ownership::{Keep, Ownership};
    use crate::object::{ManagedFields, Object};

    fn sent(manager: &str, spec: &serde_json::Value, rules: &[Ownership]) -> Option<String> {
        let operation = if manager == "kops-stack" {
            "Apply"
        } else {
            "Update"
        };
        let live = Object::new(json!({
            "apiVersion": "apiregistration.k8s.io/v1", "kind": "APIService",
            "metadata": {"name": "v1.a", "managedFields": [
                {"manager": manager, "operation": operation, "apiVersion": "apiregistration.k8s.io/v1",
                 "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:caBundle": {}}}},
            ]},
            "spec": {"group": "a", "version": "v1", "caBundle": "QQ=="},
        }));
        let live = live.expect("an object");
        let managers = ManagedFields::of(live.value()).expect("they can be read");
        let payload = json!({"spec": spec});
        let sent = without_bundle(&payload, &live, &managers, rules)?;
        Some(sent["spec"].to_string())
    }

    #[test]
    fn a_bundle_of_others_goes_with_what_it_is_for() {
        let insecure = json!({"insecureSkipTLSVerify": true});
        let expected = "{\"caBundle\":null,\"insecureSkipTLSVerify\":true}";
        let sent_first = sent("cert-manager-cainjector", &insecure, &[]);
        assert_eq!(sent_first.as_deref(), Some(expected));
    }

    #[test]
    fn a_bundle_stays_that_is_ours_or_set_or_left_to_others() {
        let insecure = json!({"insecureSkipTLSVerify": true});
        assert_eq!(
            sent("kops-stack", &insecure, &[]),
            None,
            "it goes by itself"
        );
        let both = json!({"insecureSkipTLSVerify": true, "caBundle": "QQ=="});
        for spec in [json!({}), both] {
            assert_eq!(sent("cainjector", &spec, &[]), None, "{spec}");
        }
        let rule = Ownership {
            object: "APIService v1.a".to_owned(),
            field: "spec.caBundle".to_owned(),
            keep: Keep::Theirs,
            reason: "a test".to_owned(),
        };
        assert_eq!(sent("cainjector", &insecure, &[rule]), None);
    }
}
