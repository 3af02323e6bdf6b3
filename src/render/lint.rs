//! `{{ }}` stands only where a whole YAML value or key may stand.
//!
//! There it always yields valid YAML. Inside a plain, quoted or block scalar it would be text
//! joined to text, where the value's quotes end up in the middle.

use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Diagnostics, Source, Span, codes};

/// Tells every `{{ }}` of a template that stands inside a scalar.
pub fn lint(source: &Arc<Source>) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let mut block = None;
    let mut start = 0;
    for line in source.text.split_inclusive('\n') {
        let text = line.trim_end();
        let indent = text.len() - text.trim_start().len();
        if block.is_some_and(|parent| !text.trim().is_empty() && indent <= parent) {
            block = None;
        }
        for (place, end) in expressions(text) {
            if block.is_some() || !stands_alone(text, place, end) {
                let span = Span::new(source, start + place, start + end);
                diagnostics.push(refused(span, block.is_some()));
            }
        }
        if block.is_none() && opens_block(text) {
            block = Some(indent);
        }
        start += line.len();
    }
    diagnostics
}

fn refused(span: Span, in_block: bool) -> Diagnostic {
    let place = match in_block {
        true => "a block scalar",
        false => "a plain or quoted scalar",
    };
    Diagnostic::error(codes::TEMPLATE_LINT, format!("`{{{{ }}}}` stands inside {place}"))
        .at(span)
        .help("join text within the expression, `{{ \"web-\" ~ name }}`; build files with yaml() or json()")
}

/// Byte ranges of `{{ … }}` in a line, strings within them respected.
fn expressions(line: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = line[from..].find("{{") {
        let open = from + open;
        let end = close(line, open + 2);
        found.push((open, end));
        from = end;
    }
    found
}

/// The end of an expression that starts before `from`; the line's end when it goes on below.
fn close(line: &str, from: usize) -> usize {
    let bytes = line.as_bytes();
    let mut quote = None;
    let mut depth = 0_usize;
    let mut at = from;
    while at < bytes.len() {
        let byte = bytes[at];
        match (quote, byte) {
            (Some(_), b'\\') => at += 1,
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'{') => depth += 1,
            (None, b'}') if depth > 0 => depth -= 1,
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return at + 2,
            (None, _) => {}
        }
        at += 1;
    }
    line.len()
}

/// Whether a value or a key may begin at `start` and is over at `end`.
fn stands_alone(line: &str, start: usize, end: usize) -> bool {
    let before = without_tags(&line[..start]);
    let before = before.trim_end();
    let spaced = line[..start].ends_with([' ', '[', '{', ',', '}']) || start == 0;
    let opens = before.is_empty()
        || before.ends_with([':', ',', '[', '{', '?'])
        || before == "-"
        || before.ends_with(" -")
        || before
            .trim_start()
            .trim_start_matches(['-', ' '])
            .is_empty();
    let after = without_tags(&line[end..]);
    let after = after.trim_start();
    let closes = after.is_empty()
        || after.starts_with([',', ']', '}', ':'])
        || (after.starts_with('#') && line[end..].starts_with(' '));
    opens && closes && spaced && !in_quotes(&line[..start])
}

/// The text without `{% … %}`, which leaves nothing in the output.
fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(open) = rest.find("{%") {
        out.push_str(&rest[..open]);
        rest = match rest[open..].find("%}") {
            Some(close) => &rest[open + close + 2..],
            None => "",
        };
    }
    out.push_str(rest);
    out
}

/// Whether a quote that YAML sees is open at the end of `text`.
fn in_quotes(text: &str) -> bool {
    let mut plain = String::new();
    let mut from = 0;
    for (open, end) in expressions(text) {
        plain.push_str(&text[from..open]);
        from = end;
    }
    plain.push_str(&text[from..]);
    let mut quote = None;
    let mut previous = ' ';
    for c in without_tags(&plain).chars() {
        match quote {
            Some(open) if c == open && !(open == '"' && previous == '\\') => quote = None,
            None if matches!(c, '"' | '\'') && matches!(previous, ' ' | '[' | '{' | ',' | ':') => {
                quote = Some(c)
            }
            // The rest of the line is a comment.
            None if c == '#' && previous == ' ' => return false,
            _ => {}
        }
        previous = c;
    }
    quote.is_some()
}

/// Whether a block scalar begins below this line.
fn opens_block(line: &str) -> bool {
    let Some(last) = line.split_whitespace().last() else {
        return false;
    };
    let header = last.starts_with(['|', '>']) && last.len() <= 3;
    header
        && last[1..]
            .chars()
            .all(|c| matches!(c, '-' | '+' | '1'..='9'))
        && !line.trim_start().starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::lint;
    use crate::diagnostic::Source;

    fn refused(text: &str) -> usize {
        lint(&Source::new("t.yaml", text)).errors()
    }

    #[test]
    fn whole_values_and_keys_pass() {
        for good in [
            "a: {{ b }}",
            "{{ key }}: 1",
            "- {{ b }}",
            "- - {{ b }}",
            "args: [\"--x\", {{ \"--y=\" ~ z }}, {{ w }}]",
            "a: {% if b %}{{ c }}{% endif %}",
            "m: { k: {{ v }}, {{ k }}: v }",
            "a: {{ {\"x\": 1} }}",
            "a: {{ b }} # why",
            "a: {{ \"}} \" ~ b }}",
            "a: |\n  text\nb: {{ c }}",
        ] {
            assert_eq!(refused(good), 0, "{good}");
        }
    }

    #[test]
    fn pieces_of_scalars_are_refused() {
        for bad in [
            "a: web-{{ b }}",
            "a: \"web-{{ b }}\"",
            "a: {{ b }}-x",
            "a: '{{ b }}'",
            "a: |\n  x = {{ b }}",
            "a: >-\n  {{ b }}",
            "a:{{ b }}",
            "a: {{ b }}{{ c }}",
        ] {
            assert_ne!(refused(bad), 0, "{bad}");
        }
    }
}
