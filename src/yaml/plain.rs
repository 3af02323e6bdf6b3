//! What Go's YAML library, hence `kubectl`, takes a plain scalar for.
//!
//! Follows `resolve` of go.yaml.in/yaml/v2, which `sigs.k8s.io/yaml` uses, to the letter: YAML 1.1
//! without sexagesimals, plus `0o` octals and floats without a point.

use std::borrow::Cow;

/// What a plain scalar is read as.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    Integer(i64),
    /// Greater than `i64::MAX`.
    Unsigned(u64),
    /// Never infinite; see [`integral`] for whole ones.
    Float(f64),
    /// `.inf` and `.nan`, which JSON cannot hold.
    Infinite,
    Text,
}

pub(super) fn read(text: &str) -> Plain {
    match text.as_bytes().first() {
        None => Plain::Null,
        Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~') => {
            word(text)
        }
        Some(b'.') => infinite(text)
            .or_else(|| float(text))
            .unwrap_or(Plain::Text),
        Some(b'0'..=b'9' | b'+' | b'-') => infinite(text).unwrap_or_else(|| number(text)),
        Some(_) => Plain::Text,
    }
}

fn word(text: &str) -> Plain {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Plain::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Plain::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Plain::Null,
        _ => Plain::Text,
    }
}

fn infinite(text: &str) -> Option<Plain> {
    let known = matches!(text, ".nan" | ".NaN" | ".NAN")
        || matches!(
            text.trim_start_matches(['+', '-']),
            ".inf" | ".Inf" | ".INF"
        ) && text.len() <= 5;
    known.then_some(Plain::Infinite)
}

fn number(text: &str) -> Plain {
    let digits: Cow<'_, str> = match text.contains('_') {
        true => text.replace('_', "").into(),
        false => text.into(),
    };
    if let Some(integer) = integer(&digits) {
        return integer;
    }
    if is_float(&digits) {
        return float(&digits).unwrap_or(Plain::Text);
    }
    // Go tries `0b` once more, and takes a sign after it.
    let binary = digits
        .strip_prefix("0b")
        .and_then(|digits| i64::from_str_radix(digits, 2).ok());
    binary.map_or(Plain::Text, Plain::Integer)
}

/// As Go's `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn integer(text: &str) -> Option<Plain> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let bytes = unsigned.as_bytes();
    let (digits, radix) = match bytes {
        [b'0', b'x' | b'X', ..] => (&unsigned[2..], 16),
        [b'0', b'b' | b'B', ..] => (&unsigned[2..], 2),
        [b'0', b'o' | b'O', ..] => (&unsigned[2..], 8),
        [b'0', _, ..] => (&unsigned[1..], 8),
        _ => (unsigned, 10),
    };
    // Rust would accept a second sign.
    if !digits.as_bytes().first()?.is_ascii_alphanumeric() {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    let value = match text.starts_with('-') {
        true => 0_i64.checked_sub_unsigned(magnitude)?,
        false => match i64::try_from(magnitude) {
            Ok(value) => value,
            Err(_) if text.starts_with('+') => return None,
            Err(_) => return Some(Plain::Unsigned(magnitude)),
        },
    };
    Some(Plain::Integer(value))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (rest, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let exponent_fits = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    });
    digits(whole)
        && digits(fraction)
        && mantissa.len() > usize::from(whole.is_empty())
        && exponent_fits
}

/// As Go's `strconv.ParseFloat`: a number too large is none, an underscore stands between digits.
fn float(text: &str) -> Option<Plain> {
    let value = match text.contains('_') {
        true => without_underscores(text)?.parse(),
        false => text.parse(),
    };
    value
        .ok()
        .filter(|value: &f64| value.is_finite())
        .map(Plain::Float)
}

fn without_underscores(text: &str) -> Option<String> {
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let between_digits =
        |at: usize| at > 0 && is_digit(bytes.get(at - 1)) && is_digit(bytes.get(at + 1));
    let fits = text.match_indices('_').all(|(at, _)| between_digits(at));
    fits.then(|| text.replace('_', ""))
}

/// The integer that a whole float becomes on its way through JSON.
///
/// Printed and read again, not cast: Go prints the shortest digits, filled up with zeros.
pub(super) fn integral(value: f64) -> Option<i64> {
    let whole = value.fract() == 0.0 && value.abs() < 1e21;
    // Adding zero takes the sign from a negative one.
    whole
        .then(|| format!("{}", value + 0.0).parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::{Plain, integral, read};

    #[test]
    fn reads_the_table_as_kubectl_does() {
        for word in ["on", "yes", "y", "True", "YES"] {
            assert_eq!(read(word), Plain::Bool(true), "{word}");
        }
        for word in ["off", "no", "n", "NO", "False"] {
            assert_eq!(read(word), Plain::Bool(false), "{word}");
        }
        for (text, value) in [
            ("1_000", 1000),
            ("0644", 420),
            ("07", 7),
            ("08", 8),
            ("0o644", 420),
            ("0x1f", 31),
            ("0b11", 3),
            ("+1", 1),
            ("1.0", 1),
            ("1e3", 1000),
            ("1.", 1),
            ("12e03", 12000),
            ("9007199254740993", 9_007_199_254_740_993),
            ("-0", 0),
            ("-0.0", 0),
            ("0", 0),
            ("00", 0),
            ("-9223372036854775808", i64::MIN),
        ] {
            let whole = match read(text) {
                Plain::Integer(value) => Some(value),
                Plain::Float(value) => integral(value),
                _ => None,
            };
            assert_eq!(whole, Some(value), "{text}");
        }
        for (text, value) in [("1.10", 1.1), (".5", 0.5), ("-.5", -0.5), ("1e21", 1e21)] {
            assert_eq!(read(text), Plain::Float(value), "{text}");
        }
        for text in [
            "12:30",
            "2020-01-01",
            "=",
            "yEs",
            "0x",
            "1e400",
            "+",
            "-",
            ".",
            "--1",
            "1.2.3",
            "<<",
            "e3",
        ] {
            assert_eq!(read(text), Plain::Text, "{text}");
        }
        for text in [".inf", "-.INF", "+.Inf", ".nan"] {
            assert_eq!(read(text), Plain::Infinite, "{text}");
        }
        assert_eq!(read("~"), Plain::Null);
        assert_eq!(read(""), Plain::Null);
        assert_eq!(read("18446744073709551615"), Plain::Unsigned(u64::MAX));
    }
}
