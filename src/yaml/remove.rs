//! One key of a person's file taken out with its line, and every other byte left.

use super::edit::{EditError, same_node};
use super::node::Entry;
use super::parse::{Document, parse_stream};
use crate::diagnostic::Source;

/// The text of the file without the line that holds `key` of the outermost mapping. Comments above it stay.
///
/// The result is read again: where anything else would be gone or changed, it is refused.
pub fn remove(document: &Document, key: &str) -> Result<String, EditError> {
    let entry = document.root.entry(key);
    let entry = entry.ok_or_else(|| EditError::NoSuchPath(key.to_owned()))?;
    let text = &document.source.text;
    let begin = text[..entry.key.span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let end = entry.value.span.end.max(entry.key.span.end);
    let end = text[end..].find('\n').map_or(text.len(), |at| end + at + 1);
    let edited = format!("{}{}", &text[..begin], &text[end..]);
    match is_all_that_goes(document, &edited, key) {
        Some(true) => Ok(edited),
        _ => Err(EditError::NotAlone(key.to_owned())),
    }
}

/// Whether `edited` differs from the document's file in the missing key, and in nothing else.
fn is_all_that_goes(document: &Document, edited: &str, key: &str) -> Option<bool> {
    let before = parse_stream(&document.source).ok()?;
    let after = parse_stream(&Source::new(document.source.path.as_str(), edited)).ok()?;
    let index = before
        .iter()
        .position(|other| other.root.span == document.root.span)?;
    let same = |(other, (old, new)): (usize, (&Document, &Document))| {
        if other != index {
            return Some(same_node(&old.root, &new.root));
        }
        let old = old.root.as_mapping()?.iter();
        let old: Vec<&Entry> = old.filter(|entry| entry.name() != key).collect();
        let new = new.root.as_mapping()?;
        let same = |(old, new): (&&Entry, &Entry)| {
            same_node(&old.key, &new.key) && same_node(&old.value, &new.value)
        };
        Some(old.len() == new.len() && old.iter().zip(new).all(same))
    };
    let mut pairs = before.iter().zip(&after).enumerate();
    Some(before.len() == after.len() && pairs.all(|pair| same(pair) == Some(true)))
}

#[cfg(test)]
mod tests {
    use super::remove;
    use crate::diagnostic::Source;
    use crate::yaml::parse_one;

    fn without_cluster(text: &str) -> Result<String, String> {
        let document = parse_one(&Source::new("environment.yaml", text));
        let document = document.expect("it can be read");
        remove(&document, "cluster").map_err(|error| error.to_string())
    }

    #[test]
    fn the_line_goes_and_every_other_byte_stays() {
        for (before, after) in [
            (
                "# prod\nstack: a/1\ncluster: c-1 # who\n",
                "# prod\nstack: a/1\n",
            ),
            (
                "cluster: \"c-1\"\n\n# why\nstack:  a/1\n",
                "\n# why\nstack:  a/1\n",
            ),
            ("stack: a/1\r\ncluster: c-1\r\n", "stack: a/1\r\n"),
            ("stack: a/1\ncluster: c-1", "stack: a/1\n"),
            (
                "stack: a/1\ncluster: >-\n  c-1\nlayers: []\n",
                "stack: a/1\nlayers: []\n",
            ),
        ] {
            assert_eq!(without_cluster(before).as_deref(), Ok(after), "{before:?}");
        }
    }

    #[test]
    fn what_is_tied_to_others_is_left_to_a_person() {
        for text in [
            "{ stack: a/1, cluster: c-1 }\n",
            "cluster: &c c-1\nname: *c\n",
            "cluster: c-1\n",
        ] {
            assert!(without_cluster(text).is_err(), "{text:?}");
        }
        assert!(without_cluster("stack: a/1\n").is_err());
    }
}
