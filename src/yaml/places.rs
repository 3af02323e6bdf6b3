//! Where things begin that the parser library does not say.
//!
//! `from` is the end of the event before: what stands between it and the place sought are colons,
//! dashes, tags, anchors and comments.

use std::ops::Range;

/// The whole of a block scalar; the library's span begins after its `|` and ends after the blank
/// lines that follow it.
pub(super) fn block_scalar(text: &str, from: usize, content: Range<usize>) -> Range<usize> {
    let start = find(text, from..content.start, |byte, _| {
        matches!(byte, b'|' | b'>')
    });
    let end = start + text[start..content.end.max(start)].trim_end().len();
    start..end
}

/// The first dash of the block sequence that is the value of a key. Where it is not indented, the
/// library's span begins after the dash, possibly at that of another sequence.
pub(super) fn first_dash(text: &str, from: usize, start: usize) -> usize {
    find(text, from..start, |byte, next| {
        byte == b'-' && next.is_ascii_whitespace()
    })
}

/// The first byte in `range` that follows a space, is not in a comment, and fits; its end otherwise.
fn find(text: &str, range: Range<usize>, fits: impl Fn(u8, u8) -> bool) -> usize {
    let text = text.as_bytes();
    let mut previous = b' ';
    let mut comment = false;
    for at in range.clone() {
        let byte = text[at];
        let after_space = previous.is_ascii_whitespace();
        match byte {
            b'\n' => comment = false,
            b'#' if after_space => comment = true,
            _ if comment || !after_space => {}
            _ if fits(byte, text.get(at + 1).copied().unwrap_or(b' ')) => return at,
            _ => {}
        }
        previous = byte;
    }
    range.end
}

/// Whether readers differ about where a plain scalar inside brackets or braces ends: to YAML 1.1 a
/// `?` ends it, and a colon before a bracket does not.
pub(super) fn is_loose(text: &str, scalar: &Range<usize>) -> bool {
    let colon = matches!(
        text.as_bytes().get(scalar.end..scalar.end + 2),
        Some([b':', b'[' | b']' | b'{' | b'}' | b','])
    );
    colon || text[scalar.clone()].contains('?')
}

/// The tab that stands before a key on its line, in indentation or after a dash.
pub(super) fn tab_before(text: &str, key: usize) -> Option<usize> {
    let line = text[..key].rfind('\n').map_or(0, |newline| newline + 1);
    text[line..key].find('\t').map(|tab| line + tab)
}

#[cfg(test)]
mod tests {
    use super::{block_scalar, first_dash, is_loose};

    #[test]
    fn indicators_are_found_past_comments() {
        let text = "a: !!str # x | y\n  |- # z\n  b\n\nc: 1\n";
        let content = text.find('b').unwrap()..text.find('c').unwrap();
        let span = block_scalar(text, 1, content);
        assert_eq!(&text[span], "|- # z\n  b");
        let text = "a: # - x\n- - b\n";
        assert_eq!(&text[first_dash(text, 1, 11)..], "- - b\n");
        assert_eq!(first_dash(text, 11, 11), 11);
    }

    #[test]
    fn plain_scalars_that_end_by_a_rule_of_one_version_are_loose() {
        assert!(is_loose("{a:}", &(1..2)));
        assert!(is_loose("[a?b]", &(1..4)));
        assert!(!is_loose("{a: }", &(1..2)));
        assert!(!is_loose("a", &(0..1)));
    }
}
