//! Rust source without what is no import: comments, text, and items that only tests see.

/// The source with comments, strings and characters blanked, each by as many spaces.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = blank_until(&chars, at);
        match end {
            Some(end) => {
                let blanked = chars[at..end].iter();
                out.extend(blanked.map(|c| if *c == '\n' { '\n' } else { ' ' }));
                at = end;
            }
            None => {
                out.push(chars[at]);
                at += 1;
            }
        }
    }
    out
}

/// Where the comment, string or character that starts at `at` ends; None when none starts there.
fn blank_until(chars: &[char], at: usize) -> Option<usize> {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => Some(find(chars, at, &['\n'])),
        ('/', Some('*')) => Some(find(chars, at + 2, &['*', '/']) + 2),
        ('r', Some('"' | '#')) if !is_word(chars, at) => raw_string(chars, at),
        ('"', _) => Some(closing(chars, at, '"')),
        // A lifetime has no closing quote.
        ('\'', Some('\\')) => Some(closing(chars, at, '\'')),
        ('\'', Some(_)) if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

/// Whether the character before `at` belongs to the same word.
fn is_word(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| chars[before]);
    // `br"…"` begins with a `b`.
    before.is_some_and(|c| c != 'b' && (c.is_alphanumeric() || c == '_'))
}

fn raw_string(chars: &[char], at: usize) -> Option<usize> {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return None;
    }
    let mut end = vec!['"'];
    end.extend(std::iter::repeat_n('#', hashes));
    Some(find(chars, at + hashes + 2, &end) + end.len())
}

fn closing(chars: &[char], at: usize, quote: char) -> usize {
    let mut at = at + 1;
    while at < chars.len() && chars[at] != quote {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

fn find(chars: &[char], from: usize, wanted: &[char]) -> usize {
    (from..chars.len())
        .find(|at| chars[*at..].starts_with(wanted))
        .unwrap_or(chars.len())
}

/// What the program itself is made of: `code` without items under `#[cfg(test)]`, and the names of
/// the modules in files of their own among these.
pub fn without_tests(code: &str) -> (String, Vec<String>) {
    const ATTRIBUTE: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut modules = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(ATTRIBUTE) {
        let item = &rest[start + ATTRIBUTE.len()..];
        let end = item_end(item);
        if let Some(name) = item[..end].trim().strip_suffix(';')
            && let Some(name) = name.trim().split("mod ").nth(1)
        {
            modules.push(name.trim().to_owned());
        }
        kept.push_str(&rest[..start]);
        rest = &item[end..];
    }
    kept.push_str(rest);
    (kept, modules)
}

/// The end of the item that follows: its semicolon, or its closing brace.
fn item_end(text: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '{' | '[' | '(' => depth += 1,
            '}' | ']' | ')' => depth = depth.saturating_sub(1),
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
        if c == '}' && depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// The top-level modules that `code` names, with the line of each: as `crate::a`,
/// `crate::{a::b, c}`, or by a way up with `super` that ends at the root. `depth` is how many
/// modules the file lies below the root.
pub fn known(code: &str, depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let up = "super::".repeat(depth);
    for way in ["crate::", up.as_str()] {
        let mut from = 0;
        while let Some(at) = code[from..].find(way).map(|at| from + at) {
            from = at + way.len();
            let inside = code[..at].ends_with(|c: char| c.is_alphanumeric() || "_:$".contains(c));
            if inside {
                continue;
            }
            let line = code[..at].matches('\n').count() + 1;
            found.extend(names(&code[from..]).into_iter().map(|name| (line, name)));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The first names of a path or of a group of paths.
fn names(rest: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim()
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect()
    };
    let Some(group) = rest.strip_prefix('{') else {
        return vec![word(rest)];
    };
    let mut names = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(word(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(word(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

#[test]
fn text_and_comments_are_no_code() {
    let text = r####"a /* crate::x */ "crate::\"y" r#"crate::"z"# 'c' '\'' &'a str // crate::w
b"####;
    let bare = code(text);
    assert_eq!(
        bare.split_whitespace().collect::<Vec<_>>(),
        ["a", "&'a", "str", "b"]
    );
    assert_eq!(bare.matches('\n').count(), 1);
}

#[test]
fn items_of_tests_are_left_out() {
    let source = "use a;\n#[cfg(test)]\nmod tests { fn f() { b } }\n#[cfg(test)]\n#[path = x]\npub mod far;\nfn g() {}";
    let (kept, modules) = without_tests(source);
    assert_eq!(
        kept.split_whitespace().collect::<Vec<_>>().join(" "),
        "use a; fn g() {}"
    );
    assert_eq!(modules, ["far"]);
}

#[test]
fn every_way_to_another_module_is_seen() {
    let names = |code: &str, depth| -> Vec<String> {
        known(code, depth)
            .into_iter()
            .map(|(_, name)| name)
            .collect()
    };
    assert_eq!(names("use crate::model::x;", 1), ["model"]);
    assert_eq!(
        names("use crate::{load::{a, b}, tree, yaml};", 1),
        ["load", "tree", "yaml"]
    );
    assert_eq!(names("fn f() { crate::plan::g() }", 1), ["plan"]);
    assert_eq!(names("use super::load::x;", 1), ["load"]);
    assert_eq!(names("use super::super::load::x;", 2), ["load"]);
    assert_eq!(names("use super::own::x;", 2), Vec::<String>::new());
}
