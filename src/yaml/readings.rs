//! What the two versions of YAML take a plain scalar for, by their own words.

use std::fmt;

/// A plain scalar's type and value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reading {
    Null,
    Bool(bool),
    Integer(i64),
    /// An integer that 64 bits do not hold.
    Huge,
    /// May be infinite.
    Float(f64),
    Time,
    /// `<<` and `=`.
    Sign,
    Text,
}

/// The core schema of YAML 1.2.
pub(super) fn core(text: &str) -> Reading {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Reading::Null,
        "true" | "True" | "TRUE" => Reading::Bool(true),
        "false" | "False" | "FALSE" => Reading::Bool(false),
        _ if !starts_as_number(text) => Reading::Text,
        _ => core_number(text)
            .or_else(|| infinite(text))
            .unwrap_or(Reading::Text),
    }
}

/// The type repository of YAML 1.1.
pub(super) fn legacy(text: &str) -> Reading {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Reading::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Reading::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Reading::Bool(false)
        }
        "<<" | "=" => Reading::Sign,
        _ if !starts_as_number(text) => Reading::Text,
        _ if is_time(text) => Reading::Time,
        _ => legacy_number(text)
            .or_else(|| infinite(text))
            .unwrap_or(Reading::Text),
    }
}

/// Most scalars are words: their first byte says that no number and no time can follow.
fn starts_as_number(text: &str) -> bool {
    text.starts_with(|first: char| matches!(first, '0'..='9' | '+' | '-' | '.'))
}

fn infinite(text: &str) -> Option<Reading> {
    let value = match text {
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => f64::INFINITY,
        "-.inf" | "-.Inf" | "-.INF" => f64::NEG_INFINITY,
        // Not NaN, which would differ from itself.
        ".nan" | ".NaN" | ".NAN" => f64::INFINITY,
        _ => return None,
    };
    Some(Reading::Float(value))
}

fn core_number(text: &str) -> Option<Reading> {
    if let Some(digits) = text.strip_prefix("0o") {
        return integer("", digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return integer("", digits, 16);
    }
    let (sign, digits) = signed(text);
    integer(sign, digits, 10).or_else(|| float(text, digits, false))
}

fn legacy_number(text: &str) -> Option<Reading> {
    let (sign, unsigned) = signed(text);
    if unsigned.contains(':') {
        return sexagesimal(sign, unsigned);
    }
    let bare = unsigned.replace('_', "");
    if bare.is_empty() || unsigned.starts_with('_') {
        return None;
    }
    match bare.as_bytes() {
        [b'0', b'b', ..] => integer(sign, &bare[2..], 2),
        [b'0', b'x', ..] => integer(sign, &bare[2..], 16),
        [b'0', _, ..] if !bare.contains('.') => integer(sign, &bare[1..], 8),
        _ => integer(sign, &bare, 10).or_else(|| float(&format!("{sign}{bare}"), &bare, true)),
    }
}

fn signed(text: &str) -> (&str, &str) {
    text.split_at(usize::from(text.starts_with(['+', '-'])))
}

/// Digits of base 60, as in `12:30`; `80:80` has a place that is too large.
fn sexagesimal(sign: &str, text: &str) -> Option<Reading> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let places: Vec<String> = whole
        .split(':')
        .map(|place| place.replace('_', ""))
        .collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let small = |place: &String| place.len() <= 2 && place.as_str() < "6" || place.len() == 1;
    if !places.iter().all(|place| digits(place)) || !places[1..].iter().all(small) {
        return None;
    }
    if !fraction.is_empty() || text.contains('.') {
        return Some(Reading::Float(f64::INFINITY));
    }
    let value = places.iter().try_fold(0_i64, |value, place| {
        value.checked_mul(60)?.checked_add(place.parse().ok()?)
    });
    let negative = if sign == "-" { -1 } else { 1 };
    Some(value.map_or(Reading::Huge, |value| Reading::Integer(value * negative)))
}

fn integer(sign: &str, digits: &str, radix: u32) -> Option<Reading> {
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let value = i64::from_str_radix(&format!("{sign}{digits}"), radix);
    Some(value.map_or(Reading::Huge, Reading::Integer))
}

/// In YAML 1.1 a float has a point, and its exponent a sign.
fn float(text: &str, unsigned: &str, legacy: bool) -> Option<Reading> {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let has_digits = !(whole.is_empty() && fraction.is_empty());
    if !has_digits || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    if legacy && !mantissa.contains('.') {
        return None;
    }
    if let Some(exponent) = exponent {
        let (sign, digits) = signed(exponent);
        if digits.is_empty() || !all_digits(digits) || legacy && sign.is_empty() {
            return None;
        }
    }
    text.parse().ok().map(Reading::Float)
}

/// A date, alone or with a time; digits need no check, since every reader that knows times wants them.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, least: usize, most: usize| {
        part.is_some_and(|part| {
            (least..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let date = digits(parts.next(), 4, 4) && digits(parts.next(), 1, 2);
    let day = parts
        .next()
        .map(|rest| rest.split(['T', 't', ' ', '\t']).next().unwrap_or(rest));
    date && digits(day, 1, 2)
}

impl Reading {
    /// How to write it so that all readers agree, if it is not text.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Reading::Null => Some("null".to_owned()),
            Reading::Bool(value) => Some(value.to_string()),
            Reading::Integer(value) => Some(value.to_string()),
            Reading::Float(value) if value.is_finite() => Some(value.to_string()),
            _ => None,
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reading::Null => f.write_str("null"),
            Reading::Bool(value) => write!(f, "the boolean {value}"),
            Reading::Integer(value) => write!(f, "the number {value}"),
            Reading::Huge => f.write_str("a number beyond 64 bits"),
            Reading::Float(value) if value.is_finite() => write!(f, "the number {value}"),
            Reading::Float(_) => f.write_str("a number that is not finite"),
            Reading::Time => f.write_str("a time"),
            Reading::Sign => f.write_str("a special sign"),
            Reading::Text => f.write_str("text"),
        }
    }
}
