//! Whether a text is in the notation that a knob asks for.
//!
//! Each check accepts what Kubernetes, Go or AWS accept in the field that such knobs end in, no
//! more: a typo is found here and not by a controller in the night.

use std::net::IpAddr;

use super::kind::Text;
use crate::model::version::{Range, Version};

impl Text {
    /// The reason why `value` is not in this notation, in words that follow "is not …: ".
    pub fn refuse(self, value: &str) -> Option<String> {
        match self {
            Self::Quantity => not(is_quantity(value)),
            Self::Duration => not(is_duration(value)),
            Self::Cidr => cidr(value),
            Self::Host => not(is_host(value)),
            Self::Cron => cron(value),
            Self::Image => not(is_image(value)),
            Self::Arn => not(is_arn(value)),
            Self::Url => not(is_url(value)),
            Self::Email => not(is_email(value)),
            Self::Version => not(Version::parse(value).is_some()),
            Self::Name => not(is_label(value)),
            Self::Range => not(Range::parse(value).is_some()),
            Self::Release => not(is_release(value)),
        }
    }
}

fn not(good: bool) -> Option<String> {
    (!good).then(String::new)
}

/// The pattern of the JSON Schema says the same.
fn is_release(value: &str) -> bool {
    let parts = value.split_once('/');
    parts.is_some_and(|(stack, release)| {
        let numbers: Vec<&str> = release.split('.').collect();
        let number = |part: &&str| !part.is_empty() && is_digits(part);
        is_label(stack) && (2..=3).contains(&numbers.len()) && numbers.iter().all(number)
    })
}

/// Kubernetes' quantity: a decimal number with a binary, decimal or exponent suffix.
fn is_quantity(value: &str) -> bool {
    let unsigned = value.strip_prefix(['+', '-']).unwrap_or(value);
    let digits = unsigned
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(digits);
    let numeric = number.chars().any(|c| c.is_ascii_digit()) && number.matches('.').count() <= 1;
    let exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|power| {
        let power = power.strip_prefix(['+', '-']).unwrap_or(power);
        !power.is_empty() && power.chars().all(|c| c.is_ascii_digit())
    });
    let known = [
        "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei",
    ];
    numeric && (known.contains(&suffix) || exponent)
}

/// Go's duration without fractions, with the days, weeks and years that Prometheus adds.
fn is_duration(value: &str) -> bool {
    let units = ["ms", "y", "w", "d", "h", "m", "s"];
    let mut rest = value;
    while !rest.is_empty() {
        let digits = rest.chars().take_while(char::is_ascii_digit).count();
        let after = &rest[digits..];
        let Some(unit) = units.iter().find(|unit| after.starts_with(**unit)) else {
            return value == "0";
        };
        if digits == 0 {
            return false;
        }
        rest = &after[unit.len()..];
    }
    !value.is_empty()
}

/// An address and a prefix length, with no bit set after the prefix.
fn cidr(value: &str) -> Option<String> {
    let parsed = value
        .split_once('/')
        .and_then(|(address, length)| Some((address.parse().ok()?, length.parse::<u32>().ok()?)));
    let Some((address, length)) = parsed else {
        return Some(String::new());
    };
    let (bits, width) = match address {
        IpAddr::V4(v4) => (u128::from(u32::from(v4)), 32),
        IpAddr::V6(v6) => (u128::from(v6), 128),
    };
    if length > width {
        return Some(format!("the prefix is longer than {width}"));
    }
    let host_bits = width - length;
    let mask = u128::MAX.checked_shl(host_bits).unwrap_or(0);
    if bits & !mask == 0 {
        return None;
    }
    let network = match address {
        IpAddr::V4(_) => IpAddr::V4(u32::try_from(bits & mask).unwrap_or_default().into()),
        IpAddr::V6(_) => IpAddr::V6((bits & mask).into()),
    };
    Some(format!(
        "bits are set after the prefix; the network is {network}/{length}"
    ))
}

/// A label of DNS: RFC 1123, as Kubernetes names are.
pub(super) fn is_label(value: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=63).contains(&value.len())
        && value.chars().all(inner)
        && !value.starts_with('-')
        && !value.ends_with('-')
}

fn is_host(value: &str) -> bool {
    let bare = value.strip_prefix("*.").unwrap_or(value);
    bare.len() <= 253 && bare.split('.').all(is_label)
}

/// Five fields of numbers, steps, ranges and lists, or one of cron's macros.
fn cron(value: &str) -> Option<String> {
    const MACROS: [&str; 7] = [
        "@yearly",
        "@annually",
        "@monthly",
        "@weekly",
        "@daily",
        "@midnight",
        "@hourly",
    ];
    if MACROS.contains(&value) {
        return None;
    }
    let fields: Vec<_> = value.split_whitespace().collect();
    let bounds = [
        ("minute", 0, 59),
        ("hour", 0, 23),
        ("day of month", 1, 31),
        ("month", 1, 12),
        ("day of week", 0, 7),
    ];
    if fields.len() != bounds.len() {
        return Some(format!("it has {} fields, not five", fields.len()));
    }
    let bad = fields.iter().zip(bounds).find(|(field, (_, low, high))| {
        !field.split(',').all(|part| is_cron_part(part, *low, *high))
    });
    bad.map(|(field, (name, low, high))| format!("`{field}` is no {name} from {low} to {high}"))
}

fn is_cron_part(part: &str, low: u32, high: u32) -> bool {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    let good_step = step.is_none_or(|step| step.parse::<u32>().is_ok_and(|step| step > 0));
    let number = |text: &str| cron_number(text).filter(|n| (low..=high).contains(n));
    let good_range = match range.split_once('-') {
        _ if range == "*" => true,
        Some((from, to)) => matches!((number(from), number(to)), (Some(a), Some(b)) if a <= b),
        None => number(range).is_some(),
    };
    good_step && good_range
}

/// A number, or the three letters of a month or a day.
fn cron_number(text: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    let lower = text.to_ascii_lowercase();
    let index = |names: &[&str]| names.iter().position(|name| *name == lower);
    text.parse()
        .ok()
        .or_else(|| index(&MONTHS).and_then(|i| u32::try_from(i + 1).ok()))
        .or_else(|| index(&DAYS).and_then(|i| u32::try_from(i).ok()))
}

/// A repository with a tag or a digest: an image without either floats.
fn is_image(value: &str) -> bool {
    let (rest, digest) = match value.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (value, None),
    };
    let good_digest = digest.is_none_or(|digest| {
        digest
            .strip_prefix("sha256:")
            .is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
    });
    let slash = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[slash..].find(':') {
        Some(colon) => (&rest[..slash + colon], Some(&rest[slash + colon + 1..])),
        None => (rest, None),
    };
    let tag_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let good_tag =
        tag.is_none_or(|tag| (1..=128).contains(&tag.len()) && tag.chars().all(tag_char));
    let name_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':');
    let good_name = !name.is_empty() && name.chars().all(name_char) && !name.starts_with('/');
    good_name && good_tag && good_digest && (tag.is_some() || digest.is_some())
}

fn is_arn(value: &str) -> bool {
    let parts: Vec<_> = value.splitn(6, ':').collect();
    let [arn, partition, service, _region, account, resource] = parts[..] else {
        return false;
    };
    let good_account =
        account.is_empty() || account == "aws" || (account.len() == 12 && is_digits(account));
    arn == "arn"
        && partition.starts_with("aws")
        && !service.is_empty()
        && good_account
        && !resource.is_empty()
}

fn is_digits(value: &str) -> bool {
    value.chars().all(|c| c.is_ascii_digit())
}

fn is_url(value: &str) -> bool {
    let Some((scheme, rest)) = value.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme_ok = !scheme.is_empty()
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '+');
    scheme_ok
        && !authority.is_empty()
        && !value.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn is_email(value: &str) -> bool {
    let Some((user, host)) = value.split_once('@') else {
        return false;
    };
    !user.is_empty()
        && !user.chars().any(char::is_whitespace)
        && host.contains('.')
        && is_host(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notation_takes_its_own_and_refuses_the_near_miss() {
        let cases = [
            (
                Text::Quantity,
                &["1", "100m", "2Gi", "1.5", "1e3", "-1"][..],
                &["2GB", "1 Gi", "", "."][..],
            ),
            (
                Text::Duration,
                &["30s", "1h30m", "10d", "0"],
                &["30", "1x", "", "s"],
            ),
            (
                Text::Cidr,
                &["10.0.0.0/8", "2001:db8::/32"],
                &["10.0.0.0", "10.0.0.1/8", "10.0.0.0/33"],
            ),
            (
                Text::Host,
                &["a.example.com", "*.example.com"],
                &["A.example.com", "a_b.c", "", "a..b"],
            ),
            (
                Text::Cron,
                &["0 3 * * *", "*/15 1-5 * jan mon-fri", "@daily"],
                &["* * * *", "60 * * * *", "0 3 * * 8"],
            ),
            (
                Text::Image,
                &[
                    "a/b:v1",
                    "localhost:5000/a@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
                ],
                &["a/b", "localhost:5000/a", "a:"],
            ),
            (
                Text::Arn,
                &["arn:aws:iam::123456789012:role/x", "arn:aws:s3:::bucket"],
                &["arn:aws:iam::12:role/x", "role/x"],
            ),
            (
                Text::Url,
                &["https://a.b/c"],
                &["a.b/c", "https://", "https://a b"],
            ),
            (Text::Email, &["a@b.example"], &["a@b", "a"]),
            (Text::Name, &["a-1"], &["-a", "A", ""]),
        ];
        for (notation, good, bad) in cases {
            for value in good {
                assert_eq!(notation.refuse(value), None, "{notation:?} {value}");
            }
            for value in bad {
                assert!(notation.refuse(value).is_some(), "{notation:?} {value}");
            }
        }
    }

    #[test]
    fn a_network_with_host_bits_is_told_its_network() {
        let reason = Text::Cidr.refuse("10.20.3.0/16").expect("refused");
        assert!(reason.ends_with("10.20.0.0/16"), "{reason}");
    }
}
