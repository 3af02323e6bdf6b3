//! Text that stays on its line and within its width.

use std::fmt::Write;

/// What is used of a terminal's width.
pub const WIDTH: usize = 120;

/// Writes out what is not to be printed: control characters, and marks that turn text around.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || is_invisible(c) => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{{{:x}}}", c as u32);
            }
            c => out.push(c),
        }
    }
    out
}

/// Bidirectional controls, zero-width characters and line separators: what a reader cannot see and
/// may be led astray by (CVE-2021-42574).
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

pub fn width(text: &str) -> usize {
    text.chars().count()
}

/// The text, or its beginning and end with `…` between, in at most `limit` characters.
pub fn shortened(text: &str, limit: usize) -> String {
    let length = width(text);
    if length <= limit {
        return text.to_owned();
    }
    let kept = limit.saturating_sub(1);
    let (head, tail) = (kept.div_ceil(2), kept / 2);
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    format!("{head}…{tail}")
}

/// The text with spaces behind it, up to a width.
pub fn padded(text: &str, to: usize) -> String {
    let missing = to.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// As many of the words as fit, with ` · ` between, and how many more there are.
pub fn joined_within(words: &[String], limit: usize) -> String {
    let mut line = String::new();
    for (index, word) in words.iter().enumerate() {
        let more = words.len() - index;
        let separator = if index == 0 { "" } else { " · " };
        let tail = if more > 1 { 14 } else { 0 };
        if index > 0 && width(&line) + width(separator) + width(word) + tail > limit {
            let _ = write!(line, " and {more} more");
            return line;
        }
        line.push_str(separator);
        line.push_str(&shortened(word, limit.saturating_sub(tail)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::{joined_within, padded, printable, shortened, width};

    #[test]
    fn what_cannot_be_seen_is_written_out() {
        assert_eq!(printable("a\nb\u{1b}[2J"), "a\\nb\\u{1b}[2J");
        assert_eq!(printable("a\u{202e}b\u{200b}é"), "a\\u{202e}b\\u{200b}é");
    }

    #[test]
    fn long_text_keeps_both_ends() {
        assert_eq!(shortened("abcdefghij", 5), "ab…ij");
        assert_eq!(shortened("abc", 3), "abc");
        assert_eq!(width(&shortened(&"é".repeat(300), 20)), 20);
        assert_eq!(padded("é", 3), "é  ");
    }

    #[test]
    fn words_that_do_not_fit_are_counted() {
        let words = ["one", "two", "three", "four"].map(str::to_owned);
        assert_eq!(joined_within(&words, 60), "one · two · three · four");
        assert_eq!(joined_within(&words, 24), "one · two and 2 more");
    }
}
