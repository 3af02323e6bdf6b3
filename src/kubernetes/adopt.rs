//! Taking over what another tool put there.
//!
//! The entries of that tool in managedFields become ours, so that a field which it set and we do
//! not is really gone after our next apply, instead of staying for ever.

use serde_json::{Map, Value, json};

use super::cluster::Cluster;
use super::request::Request;
use crate::model::api::{ApiError, Target};
use crate::model::inventory::MANAGER;
use crate::object::{FieldSet, Object, Path};

/// kubectl's own copy of what was applied; stale as soon as somebody else applies.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

impl Cluster {
    pub(super) async fn take_over(
        &self,
        target: &Target,
        current: &Object,
        managers: &[String],
        fields: &[Path],
    ) -> Result<Object, ApiError> {
        let path = format!("{}?fieldManager={MANAGER}", self.path(target)?);
        let patch = patch(current, &target.kind().api_version(), managers, fields);
        let reply = self
            .connection
            .send(&Request::json_patch(path, &patch))
            .await;
        reply.map_err(stale)?.object()
    }
}

/// A failed test of a JSON patch comes as 422 with this text alone.
fn stale(error: ApiError) -> ApiError {
    if error.code != 422 || !error.message.starts_with("the server rejected our request") {
        return error;
    }
    ApiError {
        code: 409,
        reason: "Conflict".to_owned(),
        message: "the object has been modified".to_owned(),
        ..ApiError::default()
    }
}

fn patch(current: &Object, api_version: &str, managers: &[String], fields: &[Path]) -> Value {
    let metadata = |key: &str| current.get(&["metadata", key]).cloned().unwrap_or_default();
    let mut operations = vec![
        json!({"op": "test", "path": "/metadata/uid", "value": metadata("uid")}),
        json!({"op": "test", "path": "/metadata/resourceVersion", "value": metadata("resourceVersion")}),
    ];
    let entries = metadata("managedFields");
    let entries = entries.as_array().map(Vec::as_slice).unwrap_or_default();
    let ours = taken(entries, api_version, managers, fields);
    operations.push(json!({"op": "add", "path": "/metadata/managedFields", "value": ours}));
    if current.annotation(LAST_APPLIED).is_some() {
        let path = format!("/metadata/annotations/{}", LAST_APPLIED.replace('/', "~1"));
        operations.push(json!({"op": "remove", "path": path}));
    }
    Value::Array(operations)
}

/// The entries as they should be. All get the version that is applied: one that names a version
/// which the kind has lost, whoever's it is, makes every later apply fail.
fn taken(
    entries: &[Value],
    api_version: &str,
    managers: &[String],
    unowned: &[Path],
) -> Vec<Value> {
    let mut kept = Vec::new();
    let mut fields = Map::new();
    union(&mut fields, &FieldSet::from_iter(unowned).to_value());
    let mut time = "";
    for entry in entries {
        let text = |key: &str| entry[key].as_str().unwrap_or_default();
        // What was written through a subresource is its controller's.
        let whole = text("subresource").is_empty();
        let own = text("manager") == MANAGER && text("operation") == "Apply";
        let adopted = managers.iter().any(|manager| manager == text("manager"));
        if whole && (own || adopted) {
            union(&mut fields, &entry["fieldsV1"]);
            time = time.max(text("time"));
        } else {
            let mut entry = entry.clone();
            entry["apiVersion"] = api_version.into();
            kept.push(entry);
        }
    }
    forget_last_applied(&mut fields);
    if !fields.is_empty() {
        let mut entry = json!({
            "manager": MANAGER,
            "operation": "Apply",
            "apiVersion": api_version,
            "fieldsType": "FieldsV1",
            "fieldsV1": fields,
        });
        if !time.is_empty() {
            entry["time"] = time.into();
        }
        kept.insert(0, entry);
    }
    kept
}

/// A set of fields is a tree of maps.
fn union(into: &mut Map<String, Value>, fields: &Value) {
    for (key, below) in fields.as_object().into_iter().flatten() {
        match into.get_mut(key) {
            Some(Value::Object(known)) => union(known, below),
            _ => {
                into.insert(key.clone(), below.clone());
            }
        }
    }
}

fn forget_last_applied(fields: &mut Map<String, Value>) {
    let annotations = fields
        .get_mut("f:metadata")
        .and_then(|metadata| metadata.get_mut("f:annotations"))
        .and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.remove(&format!("f:{LAST_APPLIED}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, subresource: &str, fields: Value) -> Value {
        let mut entry = json!({
            "manager": manager, "operation": operation, "apiVersion": "apps/v1beta1",
            "time": "2026-01-01T00:00:00Z", "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        if !subresource.is_empty() {
            entry["subresource"] = subresource.into();
        }
        entry
    }

    #[test]
    fn entries_become_one_of_ours_and_all_get_the_version() {
        let entries = [
            entry("kops-stack", "Apply", "", json!({"f:spec": {"f:a": {}}})),
            entry(
                "helm",
                "Update",
                "",
                json!({"f:spec": {"f:b": {}}, "f:metadata": {"f:annotations": {".": {}, format!("f:{LAST_APPLIED}"): {}}}}),
            ),
            entry("helm", "Update", "status", json!({"f:status": {}})),
            entry("other", "Update", "", json!({"f:spec": {"f:c": {}}})),
        ];
        let taken = taken(&entries, "apps/v1", &["helm".to_owned()], &[]);
        assert_eq!(taken.len(), 3);
        assert_eq!(taken[0]["manager"], "kops-stack");
        assert_eq!(taken[0]["operation"], "Apply");
        assert_eq!(
            taken[0]["fieldsV1"],
            json!({"f:spec": {"f:a": {}, "f:b": {}}, "f:metadata": {"f:annotations": {".": {}}}})
        );
        assert_eq!(taken[1]["subresource"], "status");
        assert_eq!(taken[2]["manager"], "other");
        assert!(taken.iter().all(|entry| entry["apiVersion"] == "apps/v1"));
    }

    #[test]
    fn fields_that_nobody_owns_become_ours_beside_what_is() {
        let ours = entry(
            "kops-stack",
            "Apply",
            "",
            json!({"f:spec": {"f:strategy": {"f:type": {}}}}),
        );
        let field = Path::of_keys(&["spec", "strategy", "rollingUpdate", "maxSurge"]);
        let taken = taken(&[ours], "apps/v1", &[], &[field]);
        let strategy = json!({"f:type": {}, "f:rollingUpdate": {"f:maxSurge": {}}});
        assert_eq!(
            taken[0]["fieldsV1"],
            json!({"f:spec": {"f:strategy": strategy}})
        );
        assert_eq!(taken[0]["time"], "2026-01-01T00:00:00Z");
    }

    #[test]
    fn the_patch_holds_for_the_object_that_was_seen_only() {
        let object = Object::new(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "a", "uid": "u", "resourceVersion": "7", "annotations": {LAST_APPLIED: "{}"}},
        }));
        let patch = patch(&object.unwrap(), "v1", &[], &[]);
        assert_eq!(patch[0]["value"], "u");
        assert_eq!(patch[1]["value"], "7");
        assert_eq!(
            patch[3]["path"],
            "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration"
        );
    }
}
