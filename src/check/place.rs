//! A value inside an object, and where it stands.

use crate::object::{Path, Segment};
use crate::yaml::Value;

/// Walks into a value and keeps the path; items of lists go by their `name` where they have one, as
/// people speak of them.
#[derive(Debug, Clone)]
pub struct Place<'a> {
    pub value: &'a Value,
    pub path: Path,
}

impl<'a> Place<'a> {
    pub fn root(value: &'a Value) -> Self {
        let path = Path::root();
        Self { value, path }
    }

    /// What stands under these keys; nothing where one is missing or null.
    pub fn at(&self, keys: &[&str]) -> Option<Self> {
        let mut value = self.value;
        for key in keys {
            value = value.get(key).filter(|value| !value.is_null())?;
        }
        let mut path = self.path.clone();
        keys.iter()
            .for_each(|key| path.push(Segment::Key((*key).to_owned())));
        Some(Self { value, path })
    }

    pub fn text(&self, keys: &[&str]) -> Option<&'a str> {
        self.get(keys)?.as_str()
    }

    pub fn get(&self, keys: &[&str]) -> Option<&'a Value> {
        keys.iter()
            .try_fold(self.value, |value, key| value.get(key))
    }

    pub fn is_true(&self, keys: &[&str]) -> bool {
        self.get(keys) == Some(&Value::Bool(true))
    }

    /// The items of the list under these keys.
    pub fn list(&self, keys: &[&str]) -> Vec<Self> {
        self.at(keys).map(|list| list.items()).unwrap_or_default()
    }

    pub fn items(&self) -> Vec<Self> {
        let Some(items) = self.value.as_array() else {
            return Vec::new();
        };
        let named = |index, item: &Value| match item.get("name") {
            Some(name @ Value::String(_)) => Segment::Item(vec![("name".to_owned(), name.clone())]),
            _ => Segment::Index(index),
        };
        let items = items.iter().enumerate();
        items
            .map(|(index, value)| Self {
                value,
                path: self.path.joined(named(index, value)),
            })
            .collect()
    }

    /// The values of a mapping, by key.
    pub fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries
            .map(|(key, value)| {
                let path = self.path.key(key);
                (key.as_str(), Self { value, path })
            })
            .collect()
    }
}
