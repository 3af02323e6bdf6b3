//! A Deployment that is to be recreated in place of rolled.
//!
//! The server refuses `rollingUpdate` beside `Recreate`, and an apply takes away only what is ours;
//! the server filled it in, and nobody owns it. So it becomes ours first, which changes no value,
//! and goes with the apply that follows. A dry run cannot do both, hence it is asked without the
//! change of strategy, and what it predicts is completed here.

use std::sync::Arc;

use crate::model::inventory::MANAGER;
use crate::object::{ManagedFields, Object, Path};
use crate::yaml::Value;

const STRATEGY: [&str; 2] = ["spec", "strategy"];

/// What nobody owns and must go with the strategy; nothing where the server does it in one step, or
/// where somebody else set a part of it.
pub fn in_the_way(payload: &Value, live: &Object, managers: &ManagedFields) -> Vec<Path> {
    let said = payload.pointer("/spec/strategy");
    let recreates = live.is("apps", "Deployment")
        && said
            .is_some_and(|said| said["type"] == "Recreate" && said.get("rollingUpdate").is_none());
    let rolls = live.get(&["spec", "strategy", "rollingUpdate"]);
    let Some(rolls) = rolls.and_then(Value::as_object).filter(|_| recreates) else {
        return Vec::new();
    };
    let strategy = Path::of_keys(&STRATEGY);
    let fields: Vec<Path> = rolls
        .keys()
        .map(|key| strategy.key("rollingUpdate").key(key))
        .collect();
    let of_others = |path: &Path| {
        let mut owners = managers.owners(path);
        owners.any(|owner| !owner.is_apply_of(MANAGER))
    };
    if of_others(&strategy.key("type")) || fields.iter().any(of_others) {
        return Vec::new();
    }
    let ours = managers.ours(MANAGER);
    let is_ours = |path: &Path| ours.is_some_and(|ours| ours.fields.has_member(path));
    fields.into_iter().filter(|path| !is_ours(path)).collect()
}

/// The payload with the strategy that is there.
pub fn without_change(payload: &Value, live: &Object) -> Arc<Value> {
    let mut asked = payload.clone();
    if let (Some(spec), Some(strategy)) = (asked.get_mut("spec"), live.get(&STRATEGY)) {
        spec["strategy"] = strategy.clone();
    }
    Arc::new(asked)
}

/// What was predicted for the payload without the change, with it.
pub fn completed(predicted: &Object, payload: &Value) -> Object {
    let mut predicted = predicted.clone();
    if let (Some(spec), Some(strategy)) = (
        predicted.value_mut().get_mut("spec"),
        payload.pointer("/spec/strategy"),
    ) {
        spec["strategy"] = strategy.clone();
    }
    predicted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{completed, in_the_way, without_change};
    use crate::object::{ManagedFields, Object};

    fn live(entries: serde_json::Value) -> Object {
        let value = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": "a", "namespace": "n", "managedFields": entries},
            "spec": {"replicas": 1, "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}},
        });
        Object::new(value).expect("an object")
    }

    fn entry(manager: &str, operation: &str, fields: &serde_json::Value) -> serde_json::Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "apps/v1",
            "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:strategy": fields}}})
    }

    fn found(entries: serde_json::Value, strategy: &serde_json::Value) -> Vec<String> {
        let live = live(entries);
        let managers = ManagedFields::of(live.value()).expect("they can be read");
        let payload = json!({"spec": {"strategy": strategy}});
        let paths = in_the_way(&payload, &live, &managers);
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_the_server_filled_in_becomes_ours_first() {
        let recreate = json!({"type": "Recreate"});
        let surge = "spec.strategy.rollingUpdate.maxSurge";
        let unavailable = "spec.strategy.rollingUpdate.maxUnavailable";
        assert_eq!(found(json!([]), &recreate), [surge, unavailable]);
        let ours = entry(
            "kops-stack",
            "Apply",
            &json!({"f:rollingUpdate": {"f:maxSurge": {}}}),
        );
        assert_eq!(found(json!([ours]), &recreate), [unavailable]);
    }

    #[test]
    fn what_others_set_and_other_changes_are_left_to_the_server() {
        let recreate = json!({"type": "Recreate"});
        for fields in [
            json!({"f:type": {}}),
            json!({"f:rollingUpdate": {"f:maxSurge": {}}}),
        ] {
            let theirs = entry("kubectl", "Update", &fields);
            assert!(found(json!([theirs]), &recreate).is_empty(), "{fields}");
        }
        assert!(found(json!([]), &json!({"type": "RollingUpdate"})).is_empty());
        assert!(found(json!([]), &serde_json::Value::Null).is_empty());
    }

    #[test]
    fn it_is_asked_without_the_change_and_completed() {
        let live = live(json!([]));
        let payload = json!({"spec": {"replicas": 2, "strategy": {"type": "Recreate"}}});
        let asked = without_change(&payload, &live);
        assert_eq!(asked["spec"]["replicas"], 2);
        assert_eq!(asked["spec"]["strategy"]["type"], "RollingUpdate");
        let predicted = completed(&live, &payload);
        let strategy = predicted.get(&["spec", "strategy"]);
        assert_eq!(strategy, Some(&json!({"type": "Recreate"})));
    }
}
