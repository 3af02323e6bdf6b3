//! Numbers, so that every reader takes them for the same.

use std::fmt::Write;

use serde_json::Number;

/// Writes whole numbers without a point, as `kubectl` does, and the others as the shortest decimal
/// that is read as the same number.
pub(super) fn write(output: &mut String, number: &Number) {
    let written = match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(value), _, _) => write!(output, "{value}"),
        (_, Some(value), _) => write!(output, "{value}"),
        (_, _, Some(value)) => return write_float(output, value),
        // Only with serde_json's arbitrary precision, which nothing here asks for.
        _ => write!(output, "{number}"),
    };
    written.expect("a String takes everything");
}

fn write_float(output: &mut String, value: f64) {
    let size = value.abs();
    let written = if value == 0.0 {
        write!(output, "0")
    } else if (1e-6..1e21).contains(&size) {
        write!(output, "{value}")
    } else {
        write!(output, "{}", scientific(value))
    };
    written.expect("a String takes everything");
}

/// With a point and a signed exponent: without either, YAML 1.1 takes it for text.
fn scientific(value: f64) -> String {
    let shortest = format!("{value:e}");
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    format!("{mantissa}{point}e{sign}{exponent}")
}

#[cfg(test)]
mod tests {
    use serde_json::{Number, json};

    fn written(value: &serde_json::Value) -> String {
        let number: &Number = value.as_number().unwrap();
        let mut output = String::new();
        super::write(&mut output, number);
        output
    }

    #[test]
    fn numbers_are_written_in_one_way() {
        assert_eq!(written(&json!(1.0)), "1");
        assert_eq!(written(&json!(-0.0)), "0");
        assert_eq!(written(&json!(0.1)), "0.1");
        assert_eq!(written(&json!(1e21)), "1.0e+21");
        assert_eq!(written(&json!(1.5e-7)), "1.5e-7");
        assert_eq!(written(&json!(1e20)), "100000000000000000000");
        assert_eq!(written(&json!(u64::MAX)), "18446744073709551615");
        assert_eq!(written(&json!(i64::MIN)), "-9223372036854775808");
    }
}
