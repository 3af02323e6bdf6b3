//! Paths as people write them.
//!
//! Whether brackets hold the keys of an item or a place depends on the list, so reading takes the
//! schema; `[name=web]` says it without one.

use std::iter::Peekable;
use std::str::CharIndices;

use super::{Path, Segment};
use crate::object::{ListKind, Schema, Shape};
use crate::yaml::Value;

/// Why a text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a path: {reason} at byte {position}")]
pub struct PathError {
    pub text: String,
    pub position: usize,
    pub reason: &'static str,
}

impl Path {
    /// Reads what [`Display`](std::fmt::Display) writes, of objects with this schema.
    pub fn parse(text: &str, schema: &Schema) -> Result<Self, PathError> {
        let mut reader = Reader {
            text,
            chars: text.char_indices().peekable(),
        };
        let path = if text == "." {
            Ok(Self::root())
        } else {
            reader.path(schema.root())
        };
        path.map_err(|reason| PathError {
            text: text.to_owned(),
            position: reader.position(),
            reason,
        })
    }
}

/// One word in brackets, before the list tells what it means.
struct Word {
    /// What stands before a `=`.
    name: Option<String>,
    value: Value,
    quoted: bool,
}

struct Reader<'t> {
    text: &'t str,
    chars: Peekable<CharIndices<'t>>,
}

impl<'t> Reader<'t> {
    fn path(&mut self, mut shape: Shape<'_>) -> Result<Path, &'static str> {
        let mut path = Path::root();
        loop {
            let segment = match self.peek() {
                Some('[') => self.bracket(shape)?,
                Some('.') if !path.segments().is_empty() => {
                    self.chars.next();
                    self.bare_key()?
                }
                Some(_) if path.segments().is_empty() => self.bare_key()?,
                Some(_) => return Err("expected `.` or `[`"),
                None if path.segments().is_empty() => return Err("expected a key"),
                None => return Ok(path),
            };
            shape = match &segment {
                Segment::Key(key) => shape.field(key),
                _ => shape.items(),
            };
            path.push(segment);
        }
    }

    fn bare_key(&mut self) -> Result<Segment, &'static str> {
        let key = self.take_while(|c| !matches!(c, '.' | '[' | ']' | '"'));
        if key.is_empty() {
            Err("expected a key")
        } else {
            Ok(Segment::Key(key.to_owned()))
        }
    }

    fn bracket(&mut self, shape: Shape<'_>) -> Result<Segment, &'static str> {
        self.chars.next();
        let names: Vec<&str> = match shape.list() {
            ListKind::Map(keys) => keys.iter().map(|key| key.name.as_str()).collect(),
            _ => Vec::new(),
        };
        let words = self.words(names.len() > 1)?;
        match (words.as_slice(), shape.list()) {
            ([word], ListKind::Set) => Ok(Segment::Element(word.value.clone())),
            ([word, ..], _) if word.name.is_some() => named_item(words),
            ([word], list) => match word.index() {
                Some(index) => Ok(Segment::Index(index)),
                None if *list == ListKind::Atomic => word.key(),
                None => item(&names, &words),
            },
            _ => item(&names, &words),
        }
    }

    /// Reads to the closing bracket. A `/` parts the keys of an item that has several; in a single
    /// key it is a letter like others.
    fn words(&mut self, composite: bool) -> Result<Vec<Word>, &'static str> {
        let mut words = Vec::new();
        loop {
            words.push(self.word(composite)?);
            match self.chars.next() {
                Some((_, ']')) => return Ok(words),
                Some((_, ',' | '/')) => {}
                _ => return Err("expected `]`"),
            }
        }
    }

    fn word(&mut self, composite: bool) -> Result<Word, &'static str> {
        if self.peek() == Some('"') {
            let value = Value::String(self.quoted()?);
            return Ok(Word {
                name: None,
                value,
                quoted: true,
            });
        }
        let is_end = |c| matches!(c, ']' | '"' | ',' | '=') || (c == '/' && composite);
        let text = self.take_while(|c| !is_end(c));
        match self.peek() {
            _ if text.is_empty() => Err("expected a key or a number"),
            Some('=') => self.value_of(text),
            _ => Ok(Word {
                name: None,
                value: scalar(text),
                quoted: false,
            }),
        }
    }

    fn value_of(&mut self, name: &str) -> Result<Word, &'static str> {
        self.chars.next();
        let word = self.word(false)?;
        match word.name {
            None => Ok(Word {
                name: Some(name.to_owned()),
                ..word
            }),
            Some(_) => Err("quote a value that holds `=`"),
        }
    }

    fn quoted(&mut self) -> Result<String, &'static str> {
        let rest = &self.text[self.position()..];
        let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
        let Some(Ok(text)) = values.next() else {
            return Err("expected a string in quotes");
        };
        let end = self.position() + values.byte_offset();
        while self
            .chars
            .next_if(|(position, _)| *position < end)
            .is_some()
        {}
        Ok(text)
    }

    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'t str {
        let start = self.position();
        while self.chars.next_if(|(_, c)| accept(*c)).is_some() {}
        &self.text[start..self.position()]
    }

    fn peek(&mut self) -> Option<char> {
        self.chars.peek().map(|(_, c)| *c)
    }

    fn position(&mut self) -> usize {
        self.chars
            .peek()
            .map_or(self.text.len(), |(position, _)| *position)
    }
}

impl Word {
    /// The place that a bare number alone stands for.
    fn index(&self) -> Option<usize> {
        usize::try_from(self.value.as_u64()?).ok()
    }

    /// The key of a mapping, which stands in quotes.
    fn key(&self) -> Result<Segment, &'static str> {
        match &self.value {
            Value::String(key) if self.quoted => Ok(Segment::Key(key.clone())),
            _ => Err("expected a number, a quoted key or `key=value`"),
        }
    }
}

/// Reads `name=web` or `port=80,protocol=TCP`.
fn named_item(words: Vec<Word>) -> Result<Segment, &'static str> {
    let pair = |word: Word| Some((word.name?, word.value));
    let pairs: Option<_> = words.into_iter().map(pair).collect();
    pairs.map(Segment::Item).ok_or("every key needs its name")
}

/// Gives the words the names of the list's keys, in their order.
fn item(names: &[&str], words: &[Word]) -> Result<Segment, &'static str> {
    if words.len() != names.len() || words.iter().any(|word| word.name.is_some()) {
        return Err("an item needs all keys of its list");
    }
    let pair = |(name, word): (&&str, &Word)| ((*name).to_owned(), word.value.clone());
    Ok(Segment::Item(names.iter().zip(words).map(pair).collect()))
}

/// Numbers and booleans are what they look like; all else is text.
fn scalar(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Path, Schema, Segment};

    fn parse(text: &str) -> Result<Path, String> {
        let schema = Schema::builtin("", "v1", "Pod").expect("built in");
        Path::parse(text, &schema).map_err(|error| error.to_string())
    }

    #[test]
    fn text_is_what_was_read() {
        for text in [
            ".",
            "spec",
            "spec.containers[web].image",
            "spec.containers[\"80\"]",
            "spec.containers[web].ports[80/TCP]",
            "spec.containers[web].args[0]",
            "spec.containers[web].volumeMounts[/etc/config]",
            "spec.topologySpreadConstraints[\"kubernetes.io/hostname\"/DoNotSchedule].maxSkew",
            "metadata.annotations[\"a.b/c\"]",
            "metadata.finalizers[kubernetes.io/pvc-protection]",
            "[\"a \\\" b\"].x",
            "spec.containers[0]",
        ] {
            assert_eq!(
                parse(text).map(|path| path.to_string()),
                Ok(text.to_owned())
            );
        }
    }

    #[test]
    fn named_keys_need_no_schema() {
        let path =
            Path::parse("a[port=80,protocol=TCP][name=\"x y\"]", &Schema::none()).expect("a path");
        let port = vec![
            ("port".to_owned(), json!(80)),
            ("protocol".to_owned(), json!("TCP")),
        ];
        assert_eq!(path.segments()[1], Segment::Item(port));
        assert_eq!(path.to_string(), "a[80/TCP][\"x y\"]");
        let number = Path::parse("a[port=80]", &Schema::none()).expect("a path");
        assert_eq!(
            number.to_string(),
            "a[port=80]",
            "a number alone is a place"
        );
        assert_eq!(
            path.segments()[2],
            Segment::Item(vec![("name".to_owned(), json!("x y"))])
        );
        assert_eq!(
            parse("spec.containers[name=web]"),
            parse("spec.containers[web]")
        );
    }

    #[test]
    fn mistakes_name_their_place() {
        let cases = [
            ("", "`` is not a path: expected a key at byte 0"),
            ("a..b", "`a..b` is not a path: expected a key at byte 2"),
            (
                "a[b=c=d]",
                "`a[b=c=d]` is not a path: quote a value that holds `=` at byte 7",
            ),
            (
                "a[1/2]",
                "`a[1/2]` is not a path: expected a number, a quoted key or `key=value` at byte 6",
            ),
            (
                "a[1,2]",
                "`a[1,2]` is not a path: an item needs all keys of its list at byte 6",
            ),
            ("a[0", "`a[0` is not a path: expected `]` at byte 3"),
            (
                "a[x]",
                "`a[x]` is not a path: expected a number, a quoted key or `key=value` at byte 4",
            ),
            (
                "a[\"x]",
                "`a[\"x]` is not a path: expected a string in quotes at byte 2",
            ),
            (
                "spec.containers[a/b].ports[1/2/3]",
                "`spec.containers[a/b].ports[1/2/3]` is not a path: an item needs all keys of its list at byte 33",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text), Err(message.to_owned()));
        }
    }
}
