//! Texts: plain where every reader agrees, literal blocks for many lines, double quotes otherwise.

use std::fmt::Write;

use super::emit::push_indent;
use super::readings::{Reading, core, legacy};

/// Readers give up on a key whose colon does not come within 1,024 characters.
const LONGEST_SIMPLE_KEY: usize = 1000;

/// Writes a key and its colon.
pub(super) fn write_key(output: &mut String, key: &str, indent: usize) {
    let start = output.len();
    if is_plain(key) {
        output.push_str(key);
    } else {
        write_quoted(output, key);
    }
    if output.len() - start > LONGEST_SIMPLE_KEY {
        output.insert_str(start, "? ");
        output.push('\n');
        push_indent(output, indent);
    }
    output.push(':');
}

/// Writes a text as a value, and the line feed after it.
pub(super) fn write_text(output: &mut String, text: &str, block: Option<usize>) {
    match block {
        Some(indent) if is_block(text) => return write_block(output, text, indent),
        _ if is_plain(text) => output.push_str(text),
        _ => write_quoted(output, text),
    }
    output.push('\n');
}

/// Whether a text of many lines can be written as a literal block.
///
/// Not when it begins with a blank line or a tab, or ends with a line of spaces: readers differ.
pub(super) fn is_block(text: &str) -> bool {
    if !text.contains('\n') || text.starts_with(['\n', '\t']) {
        return false;
    }
    let first = text.split('\n').next().unwrap_or_default();
    let last = text
        .trim_end_matches('\n')
        .rsplit('\n')
        .next()
        .unwrap_or_default();
    !is_blank(first)
        && !is_blank(last)
        && text
            .chars()
            .all(|c| matches!(c, '\n' | '\t') || is_printable(c))
}

fn is_blank(line: &str) -> bool {
    line.bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

fn write_block(output: &mut String, text: &str, indent: usize) {
    output.push('|');
    if text.starts_with(' ') {
        // Without it the spaces would be taken for indentation.
        output.push('2');
    }
    let content = text.strip_suffix('\n');
    match content {
        None => output.push('-'),
        Some(content) if content.ends_with('\n') => output.push('+'),
        Some(_) => {}
    }
    output.push('\n');
    for line in content.unwrap_or(text).split('\n') {
        if !line.is_empty() {
            push_indent(output, indent);
            output.push_str(line);
        }
        output.push('\n');
    }
}

/// Whether every reader of YAML 1.1 and 1.2 takes the bare text for the same text.
pub(super) fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else {
        return false;
    };
    let starts = match first {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'/' | b'(' | b'$' | b'^' | b';' => true,
        b'0'..=b'9' | b'.' | b'+' => true,
        // Not a list item, nor a separator of documents.
        b'-' => bytes.len() > 1 && bytes[1] > b' ' && !text.starts_with("---"),
        _ => first >= 0x80,
    };
    starts && last != b' ' && last != b':' && has_plain_characters(text) && !is_special(text)
}

fn has_plain_characters(text: &str) -> bool {
    let mut previous = b' ';
    for &byte in text.as_bytes() {
        match byte {
            b' ' if previous == b':' => return false,
            b'#' if previous == b' ' => return false,
            // In flow collections, where a person may copy it to, brackets and commas would end it.
            b'[' | b']' | b'{' | b'}' => return false,
            b' '..=b'~' => {}
            0x80.. => {
                return text.chars().all(is_plain_character)
                    && !text.contains(": ")
                    && !text.contains(" #");
            }
            _ => return false,
        }
        previous = byte;
    }
    true
}

fn is_plain_character(c: char) -> bool {
    match c {
        '[' | ']' | '{' | '}' => false,
        ' '..='~' => true,
        _ => is_printable(c) && !c.is_whitespace(),
    }
}

/// Whether some reader takes it for something else than text.
fn is_special(text: &str) -> bool {
    match text.as_bytes()[0] {
        b'0'..=b'9' | b'.' | b'+' | b'-' => looks_like_number(text),
        // The YAML 1.1 of the npm package `yaml` takes `e0` for a number.
        b'e' | b'E' => text.len() > 1 && is_exponent(&text[1..]),
        _ => text.len() <= 5 && is_word(text),
    }
}

fn is_exponent(text: &str) -> bool {
    text.bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'_'))
}

/// In any case: some readers know more spellings than they should.
fn is_word(text: &str) -> bool {
    const WORDS: [&str; 9] = ["y", "yes", "on", "true", "n", "no", "off", "false", "null"];
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Anything that a reader could take for a number or a time, and some more.
fn looks_like_number(text: &str) -> bool {
    let unsigned = text.trim_start_matches(['+', '-', '.']);
    let bytes = unsigned.as_bytes();
    let radix = matches!(bytes, [b'0', b'x' | b'X' | b'o' | b'O' | b'b' | b'B', ..]);
    let word = matches!(bytes.first(), None | Some(b'i' | b'I' | b'n' | b'N'));
    // Ruby takes commas for separators of thousands.
    let digits = text.bytes().all(|byte| {
        matches!(
            byte,
            b'0'..=b'9' | b'.' | b'+' | b'-' | b'_' | b',' | b':' | b'e' | b'E'
        )
    });
    radix
        || word && unsigned.len() < 9
        || digits && text.matches('.').count() < 2
        || legacy(text) != Reading::Text
        || core(text) != Reading::Text
        || super::plain::read(text) != super::plain::Plain::Text
}

/// Writes a text in double quotes, on one line.
pub(super) fn write_quoted(output: &mut String, text: &str) {
    output.push('"');
    let mut written = 0;
    for (at, c) in text.char_indices() {
        if is_printable(c) && c != '"' && c != '\\' {
            continue;
        }
        output.push_str(&text[written..at]);
        write_escape(output, c);
        written = at + c.len_utf8();
    }
    output.push_str(&text[written..]);
    output.push('"');
}

fn write_escape(output: &mut String, c: char) {
    let written = match c {
        '"' => write!(output, "\\\""),
        '\\' => write!(output, "\\\\"),
        '\n' => write!(output, "\\n"),
        '\t' => write!(output, "\\t"),
        '\r' => write!(output, "\\r"),
        '\0'..='\u{ff}' => write!(output, "\\x{:02x}", u32::from(c)),
        '\u{100}'..='\u{ffff}' => write!(output, "\\u{:04x}", u32::from(c)),
        _ => write!(output, "\\U{:08x}", u32::from(c)),
    };
    written.expect("a String takes everything");
}

/// Whether a character may stand for itself, visibly and for all readers.
///
/// Not the line ends of YAML 1.1, nor what a reviewer cannot see: marks of direction, zero-width
/// characters and byte order marks are escaped.
pub(super) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{9f}' => false,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' => {
            false
        }
        '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{fffe}'
        | '\u{ffff}' => false,
        '\u{e0000}'..='\u{e0fff}' => false,
        _ => u32::from(c) & 0xfffe != 0xfffe,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_block, is_plain, write_key, write_quoted};

    #[test]
    fn texts_that_all_readers_agree_about_are_plain() {
        for text in [
            "a",
            "a b",
            "e",
            "10.0.0.1",
            "10.0.0.0/16",
            "1.2.3",
            "v1",
            "100m",
            "1Gi",
            "--flag=a",
            "é",
            "a:b",
            "$(A)",
            "http://a:80/?b=c",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "",
            "y",
            "oN",
            "1",
            "1_000",
            "0644",
            "1e3",
            "e0",
            "12:30",
            "2020-01-01",
            "1,000",
            "~",
            "=",
            "<<",
            "---",
            "- a",
            "a ",
            "a: b",
            "a #b",
            "a:",
            "[a",
            "a]",
            "*a",
            "a\tb",
            "0x",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }

    #[test]
    fn what_a_reviewer_cannot_see_is_escaped() {
        let mut output = String::new();
        write_quoted(&mut output, "é\u{202e}\u{feff}\u{1}\u{85}\u{e0001}😀\"\\\t");
        assert_eq!(output, r#""é\u202e\ufeff\x01\x85\U000e0001😀\"\\\t""#);
    }

    #[test]
    fn blocks_are_for_lines_that_stay_as_they_are() {
        assert!(is_block("a\n b\n"));
        assert!(is_block(" a\nb"));
        for text in [
            "a", "\n", "\na", "\ta\nb", " \na", "a\n ", "a\r\nb", "a\n\u{1}",
        ] {
            assert!(!is_block(text), "{text:?}");
        }
    }

    #[test]
    fn long_keys_are_marked() {
        let mut output = String::new();
        write_key(&mut output, &"a".repeat(1001), 2);
        assert!(output.starts_with("? aaa") && output.ends_with("a\n  :"));
    }
}
