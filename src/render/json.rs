//! How `{{ }}` writes a value: as JSON, which is YAML whatever the value holds.

use minijinja::value::{Serde, Value};
use minijinja::{Error, ErrorKind, Output, State};
use std::fmt::Write;

/// A value of templates from a plain one.
pub fn plain(value: impl serde::Serialize) -> Value {
    Value::from(Serde(value))
}

/// The formatter of all templates.
pub fn write(out: &mut Output<'_>, _state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    if value.is_undefined() {
        return Err(Error::from(ErrorKind::UndefinedError));
    }
    let text = serde_json::to_string(value)
        .map_err(|error| Error::new(ErrorKind::BadSerialization, error.to_string()))?;
    let written = match text.chars().any(is_odd) {
        false => out.write_str(&text),
        true => escaped(&text).and_then(|text| out.write_str(&text)),
    };
    written.map_err(|_| Error::new(ErrorKind::WriteFailure, "the output is full"))
}

/// Characters that JSON may hold raw and YAML readers trip over: DEL, C1 controls, the line breaks
/// of YAML 1.1 and the byte order mark.
fn is_odd(c: char) -> bool {
    matches!(
        c,
        '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Outside of strings JSON is ASCII, so that an odd character surely stands in a string.
fn escaped(text: &str) -> Result<String, std::fmt::Error> {
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_odd(c) {
            true => write!(out, "\\u{:04x}", u32::from(c))?,
            false => out.push(c),
        }
    }
    Ok(out)
}
