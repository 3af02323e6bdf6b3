//! Text in markdown that stays text.
//!
//! What comes from a manifest may hold anything. It stands in code, where nothing is read as
//! markdown, HTML, a mention or a link: in spans and fences whose backticks are more than any run
//! inside, or escaped in an HTML element.

use super::line::printable;

/// A code span of one line; `|` is escaped, since tables split cells before they read code.
pub fn span(text: &str) -> String {
    let text = printable(text).replace('|', "\\|");
    let ticks = "`".repeat(longest_run(&text) + 1);
    // One space at both ends is taken off again; it keeps backticks at an end apart.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) || text.is_empty() {
        " "
    } else {
        ""
    };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// Our own words as they are; as soon as they hold something that could mean more, as code.
pub fn prose(text: &str) -> String {
    let tame = |c: char| c.is_alphanumeric() || " ,;.()'/·→…-".contains(c);
    let links = ["www.", "GH-", "gh-"]
        .iter()
        .any(|link| text.contains(link));
    let text = printable(text);
    let plain = text.replace(": ", " ");
    match plain.chars().all(tame) && !links && !text.starts_with(['-', ' ']) {
        true => text,
        false => span(&text),
    }
}

/// Code within HTML, on one line.
pub fn html(text: &str) -> String {
    let mut out = String::from("<code>");
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out.push_str("</code>");
    out
}

/// A block of lines that are printable already.
pub fn block(language: &str, lines: &[String]) -> String {
    let longest = lines
        .iter()
        .map(|line| longest_run(line))
        .max()
        .unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{block, html, prose, span};

    #[test]
    fn spans_hold_backticks_pipes_and_newlines() {
        assert_eq!(span("a"), "`a`");
        assert_eq!(span("`a``b`"), "``` `a``b` ```");
        assert_eq!(span("a|b\n@team"), "`a\\|b\\n@team`");
    }

    #[test]
    fn prose_becomes_code_where_it_could_mean_more() {
        assert_eq!(
            prose("restarts 3 pods at once: strategy Recreate"),
            "restarts 3 pods at once: strategy Recreate"
        );
        assert_eq!(prose("for @team"), "`for @team`");
        assert_eq!(prose("see https://a.b"), "`see https://a.b`");
        assert_eq!(prose("<b>"), "`<b>`");
    }

    #[test]
    fn html_and_fences_hold_anything() {
        assert_eq!(
            html("</code><b a=\"1\">&"),
            "<code>&lt;/code&gt;&lt;b a=&quot;1&quot;&gt;&amp;</code>"
        );
        assert_eq!(
            block("diff", &["````".to_owned()]),
            "`````diff\n````\n`````\n"
        );
    }
}
