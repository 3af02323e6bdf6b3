//! Values that leave out what nobody said.

use crate::yaml::Value;

/// A mapping of the values that are there: no null, no empty text, list or mapping.
pub fn given<const N: usize>(entries: [(&str, Value); N]) -> Value {
    let said = entries.into_iter().filter(|(_, value)| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    });
    said.map(|(key, value)| (key.to_owned(), value)).collect()
}

/// The entries of both; the second's come later.
pub fn joined(mut first: Value, second: Value) -> Value {
    if let (Value::Object(map), Value::Object(more)) = (&mut first, second) {
        map.extend(more);
    }
    first
}
