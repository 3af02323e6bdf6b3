use serde_json::{Value, json};

use crate::object::Path;
use crate::object::fields::{ManagedFields, Operation};

pub(super) fn deployment_with(entries: Value) -> Value {
    json!({"metadata": {"name": "web", "managedFields": entries}})
}

#[test]
fn entries_say_who_owns_a_field() {
    let replicas = json!({"f:spec": {"f:replicas": {}}});
    let object = deployment_with(json!([
        {"manager": "kops-stack", "operation": "Update", "apiVersion": "apps/v1", "time": "2026-11-24T10:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": replicas},
        {"manager": "kops-stack", "operation": "Apply", "apiVersion": "apps/v1", "fieldsType": "FieldsV1", "fieldsV1": {"f:spec": {"f:paused": {}}}},
        {"manager": "kube-controller-manager", "operation": "Update", "apiVersion": "apps/v1", "subresource": "scale", "fieldsType": "FieldsV1", "fieldsV1": replicas},
        {"manager": "kops-stack", "operation": "Apply", "apiVersion": "apps/v1", "subresource": "status", "fieldsType": "FieldsV1", "fieldsV1": {"f:status": {"f:x": {}}}},
        {},
    ]));
    let managed = ManagedFields::of(&object).expect("managedFields");
    assert_eq!(managed.entries.len(), 4, "an empty entry resets");
    let ours = managed.ours("kops-stack").expect("we applied");
    assert_eq!(ours.fields.members(), [Path::of_keys(&["spec", "paused"])]);
    assert_eq!(managed.ours("kubectl"), None);
    let of_replicas = Path::of_keys(&["spec", "replicas"]);
    let owners = managed.owners(&of_replicas);
    let owners: Vec<_> = owners
        .map(|entry| {
            (
                entry.manager.as_str(),
                entry.operation,
                entry.subresource.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        owners,
        [
            ("kops-stack", Operation::Update, None),
            ("kube-controller-manager", Operation::Update, Some("scale"))
        ]
    );
    assert!(managed.of_others("kops-stack").has_member(&of_replicas));
    assert!(
        !managed
            .of_others("kops-stack")
            .has_member(&Path::of_keys(&["spec", "paused"]))
    );
    let mut written = object["metadata"]["managedFields"].clone();
    written.as_array_mut().expect("a list").pop();
    assert_eq!(managed.to_value(), written);
    assert_eq!(ManagedFields::of(&json!({})), Ok(ManagedFields::default()));
}

#[test]
fn managed_fields_that_cannot_be_read_say_where() {
    let message = |entries: Value| {
        let error = ManagedFields::of(&deployment_with(entries));
        error.expect_err("malformed").to_string()
    };
    assert_eq!(message(json!({})), "metadata.managedFields is not a list");
    assert_eq!(
        message(json!([1])),
        "metadata.managedFields[0] is not an object"
    );
    assert_eq!(
        message(json!([{"manager": "m", "operation": "Delete"}])),
        "metadata.managedFields[0] of manager `m` has the operation `Delete`, neither Apply nor Update"
    );
    assert_eq!(
        message(json!([{"manager": "m", "operation": "Apply", "fieldsType": "FieldsV2"}])),
        "metadata.managedFields[0] of manager `m` has fields of the type `FieldsV2`, not FieldsV1"
    );
    assert_eq!(
        message(json!([{"manager": "m", "operation": "Apply", "fieldsV1": {"x": {}}}])),
        "metadata.managedFields[0] of manager `m`: fieldsV1 has the key `x`: it has no colon after its first letter"
    );
}
