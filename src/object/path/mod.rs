//! Where a value stands inside an object.

mod display;
mod parse;

pub use parse::PathError;

use crate::yaml::Value;

/// One step of a [`Path`].
#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// A key of a mapping.
    Key(String),
    /// A place in an atomic list.
    Index(usize),
    /// An item of a keyed list, by the keys of the list and their values.
    Item(Vec<(String, Value)>),
    /// An element of a set, by itself.
    Element(Value),
}

/// The steps from the root of an object to a value.
///
/// It prints as people write it: `spec.template.spec.containers[controller].image`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Path(Vec<Segment>);

impl Path {
    pub fn root() -> Self {
        Self::default()
    }

    pub fn of_keys(keys: &[&str]) -> Self {
        keys.iter()
            .map(|key| Segment::Key((*key).to_owned()))
            .collect()
    }

    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    pub fn last(&self) -> Option<&Segment> {
        self.0.last()
    }

    pub fn push(&mut self, segment: Segment) {
        self.0.push(segment);
    }

    pub fn pop(&mut self) -> Option<Segment> {
        self.0.pop()
    }

    pub fn parent(&self) -> Option<Self> {
        let (_, parent) = self.0.split_last()?;
        Some(Self(parent.to_vec()))
    }

    /// This path, and one key more.
    pub fn key(&self, key: &str) -> Self {
        self.joined(Segment::Key(key.to_owned()))
    }

    pub fn index(&self, index: usize) -> Self {
        self.joined(Segment::Index(index))
    }

    pub fn joined(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.push(segment);
        path
    }

    pub fn starts_with(&self, other: &Path) -> bool {
        self.0.starts_with(&other.0)
    }

    /// The value at this path.
    pub fn get<'v>(&self, root: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(root, |value, segment| segment.get(value))
    }

    pub fn get_mut<'v>(&self, root: &'v mut Value) -> Option<&'v mut Value> {
        self.0
            .iter()
            .try_fold(root, |value, segment| segment.get_mut(value))
    }
}

impl FromIterator<Segment> for Path {
    fn from_iter<T: IntoIterator<Item = Segment>>(segments: T) -> Self {
        Self(segments.into_iter().collect())
    }
}

impl Segment {
    pub(super) fn get<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        match self {
            Self::Key(key) => value.get(key),
            _ => value.get(self.position(value.as_array()?)?),
        }
    }

    pub(super) fn get_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match self {
            Self::Key(key) => value.get_mut(key),
            _ => {
                let position = self.position(value.as_array()?)?;
                value.get_mut(position)
            }
        }
    }

    /// Where in a list this segment points; nowhere for a key.
    pub(super) fn position(&self, list: &[Value]) -> Option<usize> {
        match self {
            Self::Key(_) => None,
            Self::Index(index) => (*index < list.len()).then_some(*index),
            Self::Element(element) => list.iter().position(|item| item == element),
            Self::Item(keys) => position_of_item(keys, list),
        }
    }
}

/// Finds the item with these keys. An item may leave out a key that has a default; it is the one
/// meant when no item names all of them.
fn position_of_item(keys: &[(String, Value)], list: &[Value]) -> Option<usize> {
    let exact = |item: &Value| keys.iter().all(|(key, value)| item.get(key) == Some(value));
    let compatible = |item: &Value| {
        let found: Vec<_> = keys
            .iter()
            .filter_map(|(key, value)| Some((item.get(key)?, value)))
            .collect();
        !found.is_empty() && found.iter().all(|(found, value)| found == value)
    };
    list.iter()
        .position(exact)
        .or_else(|| list.iter().position(compatible))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Path, Segment};

    fn item(keys: &[(&str, Value)]) -> Segment {
        Segment::Item(
            keys.iter()
                .map(|(key, value)| ((*key).to_owned(), value.clone()))
                .collect(),
        )
    }

    #[test]
    fn a_path_finds_its_value() {
        let value = json!({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "name": "tcp"}], "f": ["a", "b"]});
        let port = |protocol: &str| {
            let keys = item(&[("port", json!(53)), ("protocol", json!(protocol))]);
            Path::of_keys(&["ports"]).joined(keys)
        };
        assert_eq!(port("UDP").get(&value), value.pointer("/ports/0"));
        assert_eq!(port("TCP").key("name").get(&value), Some(&json!("tcp")));
        assert_eq!(
            port("SCTP").key("name").get(&value),
            Some(&json!("tcp")),
            "a default is not known here"
        );
        assert_eq!(
            Path::of_keys(&["f"]).index(1).get(&value),
            Some(&json!("b"))
        );
        assert_eq!(Path::of_keys(&["f"]).index(2).get(&value), None);
        assert_eq!(
            Path::of_keys(&["f"])
                .joined(Segment::Element(json!("b")))
                .get(&value),
            Some(&json!("b"))
        );
        assert_eq!(Path::root().get(&value), Some(&value));
    }
}
