//! Values that do not fit their field, where the server names no field: it answers with the error of a
//! Go conversion, which may quote the value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::model::api::ApiError;
use crate::object::{Path, Quantity, Segment};
use crate::yaml::Value;

/// Fields whose values are quantities, by name.
const QUANTITIES: [&str; 12] = [
    "allocatable",
    "capacity",
    "default",
    "defaultRequest",
    "hard",
    "limits",
    "max",
    "maxLimitRequestRatio",
    "min",
    "overhead",
    "podFixed",
    "requests",
];

/// The fields of the payload that may have caused the refusal, in words; none where none is found.
pub fn sentences(error: &ApiError, payload: &Value) -> Vec<String> {
    let conversion = "unable to convert unstructured object to ";
    if error.code != 500 || !error.message.contains(conversion) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if error.message.contains("quantities must match") {
        quantities(payload, &mut Path::root(), &mut found);
    }
    if error.message.contains("illegal base64 data") {
        for field in ["data", "binaryData"] {
            bytes(payload, field, &mut found);
        }
    }
    found
}

fn quantities(value: &Value, path: &mut Path, found: &mut Vec<String>) {
    match value {
        Value::Object(entries) => {
            for (key, below) in entries {
                let amounts = QUANTITIES.contains(&key.as_str());
                path.push(Segment::Key(key.clone()));
                match below {
                    Value::Object(amounts_by_name) if amounts => {
                        amounts_within(amounts_by_name, path, found);
                    }
                    below => quantities(below, path, found),
                }
                path.pop();
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push(Segment::Index(index));
                quantities(item, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn amounts_within(amounts: &crate::yaml::Map<String, Value>, path: &Path, found: &mut Vec<String>) {
    let wrong = amounts.iter().filter(|(_, amount)| {
        let scalar = amount.is_string() || amount.is_number();
        scalar && Quantity::from_value(amount).is_none()
    });
    found.extend(wrong.map(|(name, _)| {
        format!(
            "{}: not a quantity, which is a number with a unit such as 500m, 1.5 or 2Gi",
            path.key(name)
        )
    }));
}

fn bytes(payload: &Value, field: &str, found: &mut Vec<String>) {
    let entries = payload.get(field).and_then(Value::as_object);
    let wrong = entries.into_iter().flatten().filter(|(_, value)| {
        let text = value.as_str().unwrap_or_default();
        let text: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
        STANDARD.decode(text).is_err()
    });
    found.extend(wrong.map(|(name, _)| {
        format!(
            "{}: not base64; a text may stand in the clear under stringData",
            Path::of_keys(&[field, name])
        )
    }));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::sentences;
    use crate::model::api::ApiError;

    fn conversion(why: &str) -> ApiError {
        ApiError {
            code: 500,
            message: format!(
                "failed to convert new object (n/a; apps/v1, Kind=Deployment) to proper version: unable to convert unstructured object to apps/v1, Kind=Deployment: {why}"
            ),
            ..ApiError::default()
        }
    }

    #[test]
    fn every_amount_that_is_none_is_named() {
        let payload = json!({"spec": {"template": {"spec": {"containers": [
            {"name": "a", "resources": {"limits": {"cpu": "1.5", "memory": "2 Gi"}, "requests": {"cpu": 1}}},
            {"name": "b", "resources": {"requests": {"cpu": "hunter2"}}},
        ]}}}});
        let error = conversion("quantities must match the regular expression");
        let found = sentences(&error, &payload);
        let amount = "not a quantity, which is a number with a unit such as 500m, 1.5 or 2Gi";
        assert_eq!(
            found,
            [
                format!("spec.template.spec.containers[0].resources.limits.memory: {amount}"),
                format!("spec.template.spec.containers[1].resources.requests.cpu: {amount}"),
            ]
        );
    }

    #[test]
    fn data_that_is_no_base64_is_named_without_its_value() {
        let payload = json!({"data": {"good": "Zw==", "lines": "Y\ng==", "bad": "hunter2!"}});
        let error = conversion("illegal base64 data at input byte 7");
        let found = sentences(&error, &payload);
        assert_eq!(
            found,
            ["data.bad: not base64; a text may stand in the clear under stringData"]
        );
    }

    #[test]
    fn another_refusal_is_none_of_ours() {
        let payload = json!({"data": {"bad": "hunter2!"}});
        let error = ApiError {
            code: 500,
            message: "illegal base64 data".to_owned(),
            ..ApiError::default()
        };
        assert!(sentences(&error, &payload).is_empty());
    }
}
