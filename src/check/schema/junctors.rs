//! `allOf`, `anyOf`, `oneOf` and `not` of structural schemas: what must hold of several fields together.
//!
//! Schemas within them only narrow the values that the schema around them describes.

use super::values;
use crate::object::Path;
use crate::yaml::Value;

/// Why a value is refused, as [`values::refusals`] says it.
pub fn refusals(value: &Value, schema: &Value) -> Vec<String> {
    let mut refusals = Vec::new();
    if !list(schema, "allOf").all(|part| holds(value, part)) {
        refusals.push("a value that lacks a condition of its kind (`allOf`)".to_owned());
    }
    for (key, exactly_one) in [("anyOf", false), ("oneOf", true)] {
        let forms: Vec<&Value> = list(schema, key).collect();
        let fitting = forms.iter().filter(|form| holds(value, form)).count();
        match fitting {
            0 if !forms.is_empty() => refusals.push(none_fits(&forms, key)),
            2.. if exactly_one => refusals.push(several_fit(value, &forms, key)),
            _ => {}
        }
    }
    let refused = schema.get("not").is_some_and(|part| holds(value, part));
    if refused {
        refusals.push("a value that its kind excludes (`not`)".to_owned());
    }
    refusals
}

fn none_fits(forms: &[&Value], key: &str) -> String {
    match required(forms) {
        Some(fields) => format!("none of {}, and one is needed", quoted(&fields)),
        None => format!("a value that fits none of the forms that its kind takes (`{key}`)"),
    }
}

fn several_fit(value: &Value, forms: &[&Value], key: &str) -> String {
    let there = |fields: Vec<String>| -> Vec<String> {
        let given = |field: &String| value.get(field).is_some();
        fields.into_iter().filter(given).collect()
    };
    match required(forms).map(there) {
        Some(fields) => format!(
            "{} together, and only one of them may stand",
            quoted(&fields)
        ),
        None => format!("a value that fits several forms, of which just one may hold (`{key}`)"),
    }
}

/// The fields that the forms ask for, where each form is no more than one field that must be there.
fn required(forms: &[&Value]) -> Option<Vec<String>> {
    let one = |form: &&Value| {
        let form = form.as_object().filter(|form| form.len() == 1)?;
        match form.get("required")?.as_array()?.as_slice() {
            [field] => field.as_str().map(str::to_owned),
            _ => None,
        }
    };
    forms.iter().map(one).collect()
}

fn quoted(fields: &[String]) -> String {
    let quoted: Vec<String> = fields.iter().map(|field| format!("`{field}`")).collect();
    quoted.join(", ")
}

/// Whether a value fits a schema in all that such a schema may say.
fn holds(value: &Value, schema: &Value) -> bool {
    let field = |(name, inner): (&String, &Value)| {
        let given = value.get(name).filter(|value| !value.is_null());
        given.is_none_or(|given| holds(given, inner))
    };
    let has = |name: &str| value.get(name).is_some_and(|value| !value.is_null());
    let properties = schema.get("properties").and_then(Value::as_object);
    let items = schema.get("items");
    values::wrong_type(&Path::root(), value, schema).is_none()
        && values::refusals(value, schema).is_empty()
        && list(schema, "required").filter_map(Value::as_str).all(has)
        && properties.into_iter().flatten().all(field)
        && items.is_none_or(|schema| elements(value).all(|item| holds(item, schema)))
        && refusals(value, schema).is_empty()
}

fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn list<'v>(schema: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    schema.get(key).into_iter().flat_map(elements)
}

#[cfg(test)]
mod tests {
    use super::refusals;
    use serde_json::json;

    #[test]
    fn conditions_between_fields_hold_or_are_told() {
        let one = json!({"oneOf": [{"required": ["file"]}, {"required": ["url"]}]});
        let told = |value| refusals(&value, &one).join("; ");
        assert_eq!(told(json!({"file": "a"})), "");
        assert_eq!(told(json!({})), "none of `file`, `url`, and one is needed");
        assert_eq!(
            told(json!({"file": "a", "url": "b"})),
            "`file`, `url` together, and only one of them may stand"
        );
        let forms = json!({"anyOf": [
            {"properties": {"mode": {"enum": ["off"]}}},
            {"required": ["level"], "not": {"required": ["mode"]}},
        ]});
        assert!(refusals(&json!({"mode": "off"}), &forms).is_empty());
        assert!(refusals(&json!({"level": 1}), &forms).is_empty());
        assert_eq!(
            refusals(&json!({"mode": "on", "level": 1}), &forms).len(),
            1
        );
        let not = json!({"not": {"required": ["a", "b"]}});
        assert!(refusals(&json!({"a": 1}), &not).is_empty());
        assert_eq!(refusals(&json!({"a": 1, "b": 1}), &not).len(), 1);
    }
}
