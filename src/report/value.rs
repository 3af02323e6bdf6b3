//! Values on one line.

use super::line::{printable, shortened, width};
use crate::yaml::Value;

/// Text bare where it cannot be taken for anything else, everything else as JSON.
pub fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => printable(text),
        other => printable(&other.to_string()),
    }
}

fn is_plain(text: &str) -> bool {
    let other = serde_json::from_str::<Value>(text).is_ok();
    !text.is_empty() && !other && text.trim() == text && !text.contains(['"', '\\', '\n'])
}

/// `old → new`, without what both have in common at their beginning where they would not fit.
pub fn pair(old: &str, new: &str, room: usize) -> String {
    if width(old) + width(new) + 3 <= room {
        return format!("{old} → {new}");
    }
    match common_words(old, new) {
        // A few characters are not worth the `…` in their place.
        0..4 => halves(old, new, room),
        common => halves(&rest(old, common), &rest(new, common), room),
    }
}

/// How many characters both begin with, up to where a word begins, so that `:v1.2` stays whole.
fn common_words(old: &str, new: &str) -> usize {
    let both = old.chars().zip(new.chars()).take_while(|(a, b)| a == b);
    let ends = both
        .enumerate()
        .filter(|(_, (c, _))| !c.is_alphanumeric() && *c != '.');
    ends.map(|(index, _)| index).last().unwrap_or(0)
}

fn rest(text: &str, skipped: usize) -> String {
    format!("…{}", text.chars().skip(skipped).collect::<String>())
}

/// Shortens both; what one does not need, the other may have.
fn halves(old: &str, new: &str, room: usize) -> String {
    let room = room.saturating_sub(3);
    let for_old = (room / 2).max(room.saturating_sub(width(new)));
    let for_new = room.saturating_sub(for_old.min(width(old)));
    format!("{} → {}", shortened(old, for_old), shortened(new, for_new))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{pair, shown};

    #[test]
    fn text_is_bare_unless_it_reads_like_something_else() {
        let cases = [
            (json!("web"), "web"),
            (json!("1"), "\"1\""),
            (json!(1), "1"),
            (json!(""), "\"\""),
            (json!("a b"), "a b"),
            (json!(" a"), "\" a\""),
            (json!("a\nb"), "\"a\\nb\""),
            (json!({"a": [1]}), "{\"a\":[1]}"),
            (json!("a\u{202e}b"), "a\\u{202e}b"),
        ];
        for (value, text) in cases {
            assert_eq!(shown(&value), text);
        }
    }

    #[test]
    fn what_both_begin_with_gives_way_first() {
        let (old, new) = (
            "quay.io/jetstack/controller:v1.20.3",
            "quay.io/jetstack/controller:v1.21.1",
        );
        assert_eq!(pair(old, new, 100), format!("{old} → {new}"));
        assert_eq!(pair(old, new, 40), "…:v1.20.3 → …:v1.21.1");
        assert_eq!(
            pair(&"a".repeat(50), &"b".repeat(50), 23),
            "aaaaa…aaaa → bbbbb…bbbb"
        );
        assert_eq!(pair("a", &"b".repeat(50), 20), "a → bbbbbbbb…bbbbbbb");
    }
}
