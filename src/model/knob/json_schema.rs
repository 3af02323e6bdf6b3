//! JSON Schemas for editors, made from the same types that the reader checks.

use serde_json::json;

use super::kind::{Fields, Knob, KnobType, Text};
use crate::yaml::{Map, Value};

/// A whole schema file for mappings of `fields`.
pub fn document(title: &str, fields: &Fields) -> Value {
    titled(title, object(fields))
}

/// A whole schema file for mappings of names to values of `kind`.
pub fn document_of_names(title: &str, kind: &KnobType) -> Value {
    let values = nullable(of(kind), true);
    titled(
        title,
        json!({"type": "object", "additionalProperties": values}),
    )
}

fn titled(title: &str, mut schema: Value) -> Value {
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    schema
}

/// The schema of values of `kind`, which may also be null or a fact.
pub fn of(kind: &KnobType) -> Value {
    if let Some(expanded) = kind.expanded() {
        return of(expanded);
    }
    match kind {
        KnobType::Boolean => json!({"type": "boolean"}),
        KnobType::Integer { minimum, maximum } => {
            bounds(json!({"type": "integer"}), minimum, maximum)
        }
        KnobType::Number { minimum, maximum } => {
            bounds(json!({"type": "number"}), minimum, maximum)
        }
        KnobType::Port => json!({"type": "integer", "minimum": 1, "maximum": 65_535}),
        KnobType::String {
            pattern,
            min_length,
            max_length,
        } => {
            let mut schema = json!({"type": "string"});
            put(
                &mut schema,
                "pattern",
                pattern.as_ref().map(|p| format!("^(?:{p})$")),
            );
            put(&mut schema, "minLength", *min_length);
            put(&mut schema, "maxLength", *max_length);
            schema
        }
        KnobType::Enum(values) => json!({"enum": values}),
        KnobType::Text(Text::Quantity) => json!({"type": ["string", "integer"]}),
        KnobType::Text(Text::Release) => json!({
            "type": "string",
            "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?/[0-9]+(\\.[0-9]+){1,2}$",
            "examples": [Text::Release.example()],
        }),
        KnobType::Text(text) => json!({"type": "string", "examples": [text.example()]}),
        KnobType::List {
            items,
            min_items,
            max_items,
            unique,
        } => {
            let mut schema = json!({"type": "array", "items": nullable(of(items), false)});
            put(&mut schema, "minItems", *min_items);
            put(&mut schema, "maxItems", *max_items);
            put(&mut schema, "uniqueItems", unique.then_some(true));
            schema
        }
        KnobType::Map(values) => {
            json!({"type": "object", "additionalProperties": nullable(of(values), true)})
        }
        KnobType::Object(fields) => object(fields),
        _ => json!({}),
    }
}

fn object(fields: &Fields) -> Value {
    let properties: Map<String, Value> = fields
        .iter()
        .map(|(name, knob)| (name.clone(), field(knob)))
        .collect();
    // What is required may come from another layer, so that no single file has to hold it.
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn field(knob: &Knob) -> Value {
    let mut schema = nullable(of(&knob.kind), true);
    schema["description"] = json!(knob.doc);
    if let Some(default) = &knob.default {
        schema["default"] = default.clone();
    }
    schema
}

/// Anything may be a fact; what is not a list item may be null, which returns to the default.
fn nullable(schema: Value, null: bool) -> Value {
    if schema.as_object().is_some_and(Map::is_empty) {
        return schema;
    }
    let fact = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["fact"],
        "properties": {"fact": {"type": "string", "description": "Name of a value in the environment's facts"}},
    });
    let mut choices = vec![schema, fact];
    if null {
        choices.push(json!({"type": "null"}));
    }
    json!({"anyOf": choices})
}

fn bounds<T: Copy + Into<Value>>(
    mut schema: Value,
    minimum: &Option<T>,
    maximum: &Option<T>,
) -> Value {
    put(&mut schema, "minimum", *minimum);
    put(&mut schema, "maximum", *maximum);
    schema
}

fn put(schema: &mut Value, key: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        schema[key] = value.into();
    }
}
