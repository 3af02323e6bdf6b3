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
    /// Reads what [`Display`](fmt::Display) writes, of objects with this schema.
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

/// What a bracket holds before the list tells what it means.
enum Part {
    Bare(String),
    Quoted(String),
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
        let segment = match shape.list() {
            ListKind::Map(keys) => {
                self.item(&keys.iter().map(|key| key.name.as_str()).collect::<Vec<_>>())?
            }
            ListKind::Set => Segment::Element(scalar(self.part(false)?)),
            ListKind::Atomic => self.key_or_index()?,
        };
        match self.chars.next() {
            Some((_, ']')) => Ok(segment),
            _ => Err("expected `]`"),
        }
    }

    fn key_or_index(&mut self) -> Result<Segment, &'static str> {
        match self.part(false)? {
            Part::Quoted(key) => Ok(Segment::Key(key)),
            Part::Bare(text) => match text.parse() {
                Ok(index) => Ok(Segment::Index(index)),
                Err(_) => self.named_keys(&text),
            },
        }
    }

    /// Reads the keys of an item, in the order of the list's keys or with their names.
    fn item(&mut self, names: &[&str]) -> Result<Segment, &'static str> {
        let mut values = Vec::new();
        loop {
            match self.part(names.len() > 1)? {
                Part::Bare(text) if values.is_empty() && text.contains('=') => {
                    return self.named_keys(&text);
                }
                part => values.push(scalar(part)),
            }
            if names.len() == 1 || self.peek() != Some('/') {
                break;
            }
            self.chars.next();
        }
        if values.len() > names.len() {
            return Err("too many keys");
        }
        Ok(Segment::Item(
            names
                .iter()
                .map(|name| (*name).to_owned())
                .zip(values)
                .collect(),
        ))
    }

    /// Reads `name=web` or `port=80,protocol=TCP`; a quoted value stands behind its `=`.
    fn named_keys(&mut self, first: &str) -> Result<Segment, &'static str> {
        let mut keys = Vec::new();
        let mut text = first.to_owned();
        loop {
            for pair in text.split_terminator(',').filter(|pair| !pair.is_empty()) {
                let (name, value) = pair
                    .split_once('=')
                    .ok_or("expected `key=value`, a number or a quoted key")?;
                let value = match value {
                    "" => scalar(self.part(false)?),
                    bare => scalar(Part::Bare(bare.to_owned())),
                };
                keys.push((name.to_owned(), value));
            }
            if self.peek() != Some(',') {
                return Ok(Segment::Item(keys));
            }
            text = self.take_while(|c| !matches!(c, ']' | '"')).to_owned();
        }
    }

    fn part(&mut self, composite: bool) -> Result<Part, &'static str> {
        if self.peek() == Some('"') {
            return self.quoted().map(Part::Quoted);
        }
        let text = self.take_while(|c| !matches!(c, ']' | '"') && (c != '/' || !composite));
        if text.is_empty() {
            Err("expected a key or a number")
        } else {
            Ok(Part::Bare(text.to_owned()))
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

fn scalar(part: Part) -> Value {
    match part {
        Part::Quoted(text) => Value::String(text),
        Part::Bare(text) => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    }
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
            ("a[0", "`a[0` is not a path: expected `]` at byte 3"),
            (
                "a[x]",
                "`a[x]` is not a path: expected `key=value`, a number or a quoted key at byte 3",
            ),
            (
                "a[\"x]",
                "`a[\"x]` is not a path: expected a string in quotes at byte 2",
            ),
            (
                "spec.containers[a/b].ports[1/2/3]",
                "`spec.containers[a/b].ports[1/2/3]` is not a path: too many keys at byte 32",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text), Err(message.to_owned()));
        }
    }
}
