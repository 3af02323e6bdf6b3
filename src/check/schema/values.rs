//! Single values against a structural schema.

use regex_lite::Regex;

use super::type_name;
use crate::object::Path;
use crate::yaml::Value;

/// What is wrong with the type of a value, if anything.
pub fn wrong_type(at: &Path, value: &Value, schema: &Value) -> Option<String> {
    if schema.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        let fits = value.is_string() || value.is_i64() || value.is_u64();
        return (!fits).then(|| {
            format!(
                "has {} at `{at}`, which takes an integer or text",
                type_name(value)
            )
        });
    }
    let (fits, wanted) = match schema.get("type")?.as_str()? {
        "string" => (value.is_string(), "text"),
        "integer" => (is_integer(value), "an integer"),
        "number" => (value.is_number(), "a number"),
        "boolean" => (value.is_boolean(), "a boolean"),
        "array" => (value.is_array(), "a list"),
        "object" => (value.is_object(), "a mapping"),
        _ => return None,
    };
    (!fits).then(|| format!("has {} at `{at}`, which takes {wanted}", type_name(value)))
}

/// `1.0` is an integer to the server too.
fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

/// Why a value of the right type is refused: `a value …`, `3 items, …`.
pub fn refusals(value: &Value, schema: &Value) -> Vec<String> {
    let mut refusals = Vec::new();
    of_choice(value, schema, &mut refusals);
    match value {
        Value::String(text) => of_text(text, schema, &mut refusals),
        Value::Number(_) => of_number(value, schema, &mut refusals),
        Value::Array(items) => of_size(
            items.len(),
            schema,
            ["minItems", "maxItems"],
            "items",
            &mut refusals,
        ),
        Value::Object(map) => {
            let keys = ["minProperties", "maxProperties"];
            of_size(map.len(), schema, keys, "entries", &mut refusals);
        }
        _ => {}
    }
    refusals
}

fn of_choice(value: &Value, schema: &Value, refusals: &mut Vec<String>) {
    let Some(choices) = schema.get("enum").and_then(Value::as_array) else {
        return;
    };
    if !choices.contains(value) {
        let shown: Vec<String> = choices.iter().map(shown).collect();
        refusals.push(format!(
            "{}, which is none of {}",
            shown_value(value),
            shown.join(", ")
        ));
    }
}

fn of_text(text: &str, schema: &Value, refusals: &mut Vec<String>) {
    of_size(
        text.chars().count(),
        schema,
        ["minLength", "maxLength"],
        "characters",
        refusals,
    );
    let pattern = schema.get("pattern").and_then(Value::as_str);
    if let Some(pattern) = pattern.filter(|pattern| !matches(pattern, text)) {
        refusals.push(format!("a value that does not match `{pattern}`"));
    }
}

fn of_number(value: &Value, schema: &Value, refusals: &mut Vec<String>) {
    let number = |key: &str| schema.get(key).and_then(Value::as_f64);
    let excludes = |key: &str| schema.get(key) == Some(&Value::Bool(true));
    let Some(value) = value.as_f64() else { return };
    if let Some(least) = number("minimum")
        && (value < least || (value == least && excludes("exclusiveMinimum")))
    {
        refusals.push(format!("{value}, and the least is {least}"));
    }
    if let Some(most) = number("maximum")
        && (value > most || (value == most && excludes("exclusiveMaximum")))
    {
        refusals.push(format!("{value}, and the most is {most}"));
    }
}

fn of_size(
    size: usize,
    schema: &Value,
    [least, most]: [&str; 2],
    unit: &str,
    refusals: &mut Vec<String>,
) {
    let bound = |key: &str| {
        schema
            .get(key)?
            .as_u64()
            .and_then(|bound| usize::try_from(bound).ok())
    };
    if let Some(least) = bound(least).filter(|least| size < *least) {
        refusals.push(format!("{size} {unit}, and at least {least} are needed"));
    }
    if let Some(most) = bound(most).filter(|most| size > *most) {
        refusals.push(format!("{size} {unit}, and at most {most} are allowed"));
    }
}

/// Anywhere in the text, as Go's `MatchString` does. A pattern that this library does not know, as for
/// Unicode classes, counts as matched: only the server can tell.
fn matches(pattern: &str, text: &str) -> bool {
    Regex::new(pattern).map_or(true, |regex| regex.is_match(text))
}

fn shown(value: &Value) -> String {
    format!(
        "`{}`",
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    )
}

/// What a person wrote is repeated only where it is short.
fn shown_value(value: &Value) -> String {
    let text = shown(value);
    match text.chars().count() {
        0..=60 => text,
        _ => "a value".to_owned(),
    }
}
