//! Bytes of a file to text that every reader of YAML sees in the same way.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Source, Span, codes};

/// No file that people edit comes near it.
pub const KNOB_FILE_LIMIT: usize = 10 << 20;

/// Streams of vendored manifests are larger; the largest known is some 17 MB.
pub const MANIFEST_STREAM_LIMIT: usize = 64 << 20;

/// Reads the bytes of a knob file as text.
pub fn decode(
    path: impl Into<String>,
    bytes: impl Into<Vec<u8>>,
) -> Result<Arc<Source>, Diagnostic> {
    decode_within(path, bytes, KNOB_FILE_LIMIT)
}

/// Reads bytes as text, refusing more than `limit` of them.
pub fn decode_within(
    path: impl Into<String>,
    bytes: impl Into<Vec<u8>>,
    limit: usize,
) -> Result<Arc<Source>, Diagnostic> {
    let (path, bytes) = (path.into(), bytes.into());
    if bytes.len() > limit {
        let message = format!("the file is larger than {} MiB", limit >> 20);
        return Err(Diagnostic::error(codes::YAML_LIMIT, message).file(path));
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(encoding(path, "the file begins with a byte order mark"));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Source::new(path, text)),
        Err(error) => {
            let bytes = error.as_bytes();
            let at = error.utf8_error().valid_up_to();
            let line = 1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count();
            let message = format!("line {line} is not UTF-8: byte 0x{:02x}", bytes[at]);
            Err(encoding(path, &message))
        }
    }
}

fn encoding(path: String, message: &str) -> Diagnostic {
    Diagnostic::error(codes::FILE_ENCODING, message)
        .file(path)
        .help("save the file as UTF-8 without a byte order mark")
}

/// Finds the first character that readers of YAML refuse or disagree about.
///
/// `kubectl` refuses control characters, even in comments. U+0085, U+2028 and U+2029 end a line in
/// YAML 1.1 but not in 1.2, so the rest of a comment could be a value to one and not to the other.
pub(super) fn check_characters(source: &Arc<Source>) -> Result<(), Diagnostic> {
    let text = &source.text;
    let mut bytes = text.as_bytes().iter().enumerate();
    let suspect = |(_, byte): &(usize, &u8)| SUSPECT[usize::from(**byte)];
    while let Some((at, _)) = bytes.find(suspect) {
        let Some(character) = text[at..].chars().next() else {
            break;
        };
        if !is_accepted(character) {
            return Err(refused(source, at, character));
        }
    }
    Ok(())
}

/// First bytes of characters that [`is_accepted`] may refuse; text without them needs no decoding.
const SUSPECT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = byte != 0x09 && byte != 0x0a && byte != 0x0d;
        byte += 1;
    }
    table[0x7f] = true;
    table[0xc2] = true;
    table[0xe2] = true;
    table[0xef] = true;
    table
};

fn is_accepted(character: char) -> bool {
    !matches!(character,
        '\0'..='\x08' | '\x0b' | '\x0c' | '\x0e'..='\x1f' | '\x7f'..='\u{9f}'
        | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn refused(source: &Arc<Source>, at: usize, character: char) -> Diagnostic {
    let name = format!("U+{:04X}", u32::from(character));
    let escape = match u32::from(character) {
        code @ ..=0xff => format!("\\x{code:02x}"),
        code => format!("\\u{code:04x}"),
    };
    Diagnostic::error(
        codes::YAML_SYNTAX,
        format!("the character {name} may not stand in YAML"),
    )
    .at(Span::new(source, at, at + character.len_utf8()))
    .help(format!(
        "remove it, or write `{escape}` in a double-quoted text"
    ))
}

#[cfg(test)]
mod tests {
    use super::{check_characters, decode, decode_within};
    use crate::diagnostic::Source;

    #[test]
    fn bytes_that_are_not_text_are_refused() {
        let error = decode("a.yaml", *b"a: 1\nb: \xff\n").unwrap_err();
        assert_eq!(error.message, "line 2 is not UTF-8: byte 0xff");
        assert!(decode("a.yaml", *b"\xef\xbb\xbfa: 1\n").is_err());
        assert!(decode_within("a.yaml", vec![b' '; (1 << 20) + 1], 1 << 20).is_err());
        assert_eq!(decode("a.yaml", *b"a: \xc3\xa9\n").unwrap().text, "a: é\n");
    }

    #[test]
    fn characters_that_readers_disagree_about_are_refused() {
        for text in [
            "# \u{2028}",
            "a: \u{85}",
            "a: \u{1}",
            "\u{feff}a",
            "\u{7f}",
            "\u{ffff}",
        ] {
            assert!(
                check_characters(&Source::new("a", text)).is_err(),
                "{text:?}"
            );
        }
        for text in ["\t\r\n", "é \u{a0} \u{2027} \u{fffd} \u{10ffff}", ""] {
            assert!(
                check_characters(&Source::new("a", text)).is_ok(),
                "{text:?}"
            );
        }
    }
}
