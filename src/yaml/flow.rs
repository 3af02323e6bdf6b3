//! Values on one line, for where a person wrote a value on one line.

use super::Value;
use super::emit::write_scalar;
use super::text::{is_plain, write_quoted};

/// Writes a value in flow style, without a line feed.
pub(super) fn write_flow(output: &mut String, value: &Value) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let entries = map.iter();
            write_separated(output, ['{', '}'], entries, |output, (key, value)| {
                write_entry(output, key, value);
            });
        }
        Value::Array(items) if !items.is_empty() => {
            write_separated(output, ['[', ']'], items.iter(), write_flow);
        }
        Value::String(text) => write_flow_text(output, text),
        value => {
            write_scalar(output, value, None);
            output.pop();
        }
    }
}

/// Writes `key: value`.
pub(super) fn write_entry(output: &mut String, key: &str, value: &Value) {
    write_flow_text(output, key);
    output.push_str(": ");
    write_flow(output, value);
}

fn write_separated<T>(
    output: &mut String,
    [open, close]: [char; 2],
    items: impl Iterator<Item = T>,
    write: impl Fn(&mut String, T),
) {
    output.push(open);
    for (index, item) in items.enumerate() {
        if index > 0 {
            output.push_str(", ");
        }
        write(output, item);
    }
    output.push(close);
}

/// In flow style a comma ends a plain text, and readers differ about colons.
fn write_flow_text(output: &mut String, text: &str) {
    match is_plain(text) && !text.contains([',', ':', '?']) {
        true => output.push_str(text),
        false => write_quoted(output, text),
    }
}
