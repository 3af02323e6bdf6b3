//! Amounts such as `100m` and `1.5Gi`, exactly.

use std::cmp::Ordering;

use crate::yaml::Value;

/// The value of a Kubernetes quantity, whatever way it was written.
///
/// Decimal digits with an exponent, without zeros at either end: quantities have more digits than
/// a float keeps. What the server does beyond reading, rounding up below a nano and capping at
/// 2^63-1, is left out.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Quantity {
    negative: bool,
    /// Most significant first; empty for zero.
    digits: Vec<u8>,
    /// The power of ten of the last digit.
    exponent: i64,
}

/// The grammar is that of `k8s.io/apimachinery/pkg/api/resource`: a signed decimal number and a
/// suffix, binary (`Ki`), decimal (`k`) or an exponent (`e3`).
impl Quantity {
    pub fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let end = unsigned.find(|c| !is_number(c)).unwrap_or(unsigned.len());
        let (number, suffix) = unsigned.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
            return None;
        }
        let (tens, kibis) = scale(suffix)?;
        let mut digits: Vec<u8> = whole
            .bytes()
            .chain(fraction.bytes())
            .map(|byte| byte - b'0')
            .collect();
        (0..kibis).for_each(|_| multiply(&mut digits, 1024));
        let exponent = tens.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        Some(
            Self {
                negative: text.starts_with('-'),
                digits,
                exponent,
            }
            .trimmed(),
        )
    }

    /// Reads a string or a number, as the server does.
    pub fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => Self::parse(&number.to_string()),
            _ => None,
        }
    }

    fn trimmed(mut self) -> Self {
        let leading = self.digits.iter().take_while(|digit| **digit == 0).count();
        self.digits.drain(..leading);
        while self.digits.pop_if(|digit| *digit == 0).is_some() {
            self.exponent += 1;
        }
        if self.digits.is_empty() {
            return Self {
                negative: false,
                digits: Vec::new(),
                exponent: 0,
            };
        }
        self
    }

    /// Orders by distance from zero: first by the place of the first digit.
    fn magnitude(&self, other: &Self) -> Ordering {
        let height = |quantity: &Self| match quantity.digits.len() {
            0 => i64::MIN,
            length => quantity
                .exponent
                .saturating_add(i64::try_from(length).unwrap_or(i64::MAX)),
        };
        height(self)
            .cmp(&height(other))
            .then_with(|| self.digits.cmp(&other.digits))
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude(other),
            (true, true) => other.magnitude(self),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

/// The power of ten and the power of 1024 that a suffix stands for.
fn scale(suffix: &str) -> Option<(i64, u32)> {
    let known = match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 1),
        "Mi" => (0, 2),
        "Gi" => (0, 3),
        "Ti" => (0, 4),
        "Pi" => (0, 5),
        "Ei" => (0, 6),
        exponent => (
            i64::from(exponent.strip_prefix(['e', 'E'])?.parse::<i32>().ok()?),
            0,
        ),
    };
    Some(known)
}

/// Long multiplication; a factor of 1024 carries at most four digits.
fn multiply(digits: &mut Vec<u8>, factor: u32) {
    let mut carry = 0;
    for digit in digits.iter_mut().rev() {
        carry += u32::from(*digit) * factor;
        *digit = last_digit(carry);
        carry /= 10;
    }
    while carry > 0 {
        digits.insert(0, last_digit(carry));
        carry /= 10;
    }
}

fn last_digit(number: u32) -> u8 {
    u8::try_from(number % 10).expect("a remainder of ten is below 256")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::Quantity;

    fn parse(text: &str) -> Quantity {
        Quantity::parse(text).unwrap_or_else(|| panic!("`{text}` is a quantity"))
    }

    #[test]
    fn one_value_has_many_spellings() {
        for (a, b) in [
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("0.1", "100m"),
            (".5", "500m"),
            ("1.", "1"),
            ("1e3", "1k"),
            ("1E3", "1k"),
            ("1E", "1000P"),
            ("1.5Gi", "1536Mi"),
            ("-0", "0"),
            ("+1", "1"),
            ("8Ei", "9223372036854775808"),
            ("0.000000001", "1n"),
            ("12e-3", "12m"),
        ] {
            assert_eq!(parse(a), parse(b), "{a} and {b}");
        }
        assert_ne!(parse("1Gi"), parse("1G"));
        assert_ne!(parse("9007199254740993"), parse("9007199254740992"));
        assert_eq!(Quantity::from_value(&json!(0.5)), Some(parse("500m")));
        assert_eq!(Quantity::from_value(&json!(10)), Some(parse("10")));
    }

    #[test]
    fn what_the_server_refuses_is_no_quantity() {
        for text in [
            "", ".", "1.2.3", "1 Gi", "1gi", "1K", "e3", "1e", "--1", "abc", "1mi", "٣",
        ] {
            assert_eq!(Quantity::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn order_is_that_of_numbers(a in -2_000_000_i64..2_000_000, b in -2_000_000_i64..2_000_000) {
            let (milli, whole) = (parse(&format!("{a}m")), parse(&format!("{b}")));
            prop_assert_eq!(milli.cmp(&whole), a.cmp(&(b * 1000)));
            prop_assert_eq!(milli.cmp(&parse(&format!("{b}m"))), a.cmp(&b));
        }
    }
}
