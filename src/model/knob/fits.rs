//! Whether a value fits its knob: its type, its bounds, its notation.

use super::kind::KnobType;
use crate::yaml::Value;

/// What a value of `kind` is, for messages.
pub(super) fn expected(kind: &KnobType) -> &'static str {
    match kind {
        KnobType::Boolean => "true or false",
        KnobType::Integer { .. } => "an integer",
        KnobType::Number { .. } => "a number",
        KnobType::Port => "a port number",
        KnobType::Text(notation) => notation.phrase(),
        KnobType::List { .. } => "a list",
        KnobType::Map(_) | KnobType::Object(_) => "a mapping",
        _ => "text",
    }
}

/// Why a value of the right type is refused.
pub(super) struct Refusal {
    pub message: String,
    pub help: Option<String>,
}

/// Looks at bounds, patterns and notations; the type has been looked at.
pub(super) fn refusal(kind: &KnobType, value: &Value) -> Option<Refusal> {
    let because = |message: String| {
        Some(Refusal {
            message,
            help: None,
        })
    };
    match (kind, value) {
        (KnobType::Integer { minimum, maximum }, Value::Number(number)) => {
            let number = number.as_i64()?;
            outside(number, *minimum, *maximum).and_then(because)
        }
        (KnobType::Number { minimum, maximum }, Value::Number(number)) => {
            let number = number.as_f64()?;
            outside(number, *minimum, *maximum).and_then(because)
        }
        (KnobType::Port, Value::Number(number)) => {
            outside(number.as_i64()?, Some(1), Some(65_535)).and_then(because)
        }
        (KnobType::Enum(values), Value::String(text)) if !values.contains(text) => Some(Refusal {
            message: format!("cannot be `{text}`"),
            help: Some(format!("it is one of {}", values.join(", "))),
        }),
        (KnobType::Text(notation), Value::String(text)) => {
            let reason = notation.refuse(text)?;
            let reason = match reason.as_str() {
                "" => String::new(),
                reason => format!(": {reason}"),
            };
            Some(Refusal {
                message: format!("takes {}, which `{text}` is not{reason}", notation.phrase()),
                help: Some(format!("write it like {}", notation.example())),
            })
        }
        (
            KnobType::String {
                pattern,
                min_length,
                max_length,
            },
            Value::String(text),
        ) => {
            let length = text.chars().count();
            if min_length.is_some_and(|least| length < least) {
                let least = min_length.unwrap_or_default();
                return because(format!("has at least {least} characters, not {length}"));
            }
            if max_length.is_some_and(|most| length > most) {
                let most = max_length.unwrap_or_default();
                return because(format!("has at most {most} characters, not {length}"));
            }
            let pattern = pattern.as_deref()?;
            let matches = regex_lite::Regex::new(&format!("^(?:{pattern})$"))
                .is_ok_and(|regex| regex.is_match(text));
            match matches {
                true => None,
                false => because(format!("must match `{pattern}`, which `{text}` does not")),
            }
        }
        (
            KnobType::List {
                min_items,
                max_items,
                unique,
                ..
            },
            Value::Array(items),
        ) => {
            let length = items.len();
            if min_items.is_some_and(|least| length < least) {
                let least = min_items.unwrap_or_default();
                return because(format!("has at least {least} items, not {length}"));
            }
            if max_items.is_some_and(|most| length > most) {
                let most = max_items.unwrap_or_default();
                return because(format!("has at most {most} items, not {length}"));
            }
            let twice = items
                .iter()
                .enumerate()
                .find(|(index, item)| items[..*index].contains(item));
            match twice.filter(|_| *unique) {
                Some((_, item)) => because(format!("holds {item} twice")),
                None => None,
            }
        }
        _ => None,
    }
}

fn outside<T: PartialOrd + std::fmt::Display>(
    value: T,
    minimum: Option<T>,
    maximum: Option<T>,
) -> Option<String> {
    match (minimum, maximum) {
        (Some(least), _) if value < least => Some(format!("is at least {least}, not {value}")),
        (_, Some(most)) if value > most => Some(format!("is at most {most}, not {value}")),
        _ => None,
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// Why a value that did not come from a node, such as a fact, is not of `kind`.
pub(super) fn mismatch(kind: &KnobType, value: &Value) -> Option<String> {
    if let Some(expanded) = kind.expanded() {
        return mismatch(expanded, value);
    }
    let fits = match (kind, value) {
        (KnobType::Any, _) | (KnobType::Boolean, Value::Bool(_)) => true,
        (KnobType::Integer { .. } | KnobType::Port, Value::Number(number)) => number.is_i64(),
        (KnobType::Number { .. }, Value::Number(_)) => true,
        (KnobType::String { .. } | KnobType::Enum(_) | KnobType::Text(_), Value::String(_)) => true,
        (KnobType::List { items, .. }, Value::Array(list)) => {
            return list
                .iter()
                .find_map(|item| mismatch(items, item))
                .or_else(|| refusal(kind, value).map(|refusal| refusal.message));
        }
        (KnobType::Map(values), Value::Object(map)) => {
            return map.values().find_map(|value| mismatch(values, value));
        }
        (KnobType::Object(fields), Value::Object(map)) => {
            return map.iter().find_map(|(name, value)| match fields.get(name) {
                Some(knob) => mismatch(&knob.kind, value),
                None => Some(format!("has `{name}`, which has no place there")),
            });
        }
        _ => false,
    };
    match fits {
        true => refusal(kind, value).map(|refusal| refusal.message),
        false => Some(format!("is {}, not {}", type_of(value), expected(kind))),
    }
}
