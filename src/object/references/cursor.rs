//! A value and where it stands.

use serde_json::Value;

use crate::object::schema::item_keys;
use crate::object::{ListKind, Path, Schema, Segment, Shape};

/// Walks into a value and keeps the path, with items of keyed lists by their keys.
#[derive(Clone)]
pub(super) struct Cursor<'a> {
    pub value: &'a Value,
    pub path: Path,
    shape: Shape<'a>,
}

impl<'a> Cursor<'a> {
    pub fn root(value: &'a Value, schema: &'a Schema) -> Self {
        Self {
            value,
            path: Path::root(),
            shape: schema.root(),
        }
    }

    /// What stands under these keys; nothing where one is missing or null.
    pub fn at(&self, keys: &[&str]) -> Option<Self> {
        keys.iter()
            .try_fold(self.clone(), |cursor, key| cursor.key(key))
    }

    fn key(&self, key: &str) -> Option<Self> {
        let value = self.value.get(key).filter(|value| !value.is_null())?;
        Some(Self {
            value,
            path: self.path.key(key),
            shape: self.shape.field(key),
        })
    }

    pub fn text(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter()
            .try_fold(self.value, |value, key| value.get(key))?
            .as_str()
    }

    pub fn get(&self, key: &str) -> Option<&'a Value> {
        self.value.get(key)
    }

    /// The items of the list under these keys.
    pub fn list(&self, keys: &[&str]) -> Vec<Self> {
        self.at(keys).map(|list| list.items()).unwrap_or_default()
    }

    pub fn items(&self) -> Vec<Self> {
        let items = self.value.as_array().into_iter().flatten().enumerate();
        items
            .map(|(index, value)| self.item(index, value))
            .collect()
    }

    fn item(&self, index: usize, value: &'a Value) -> Self {
        let keys = match self.shape.list() {
            ListKind::Map(keys) => item_keys(value, keys),
            _ => None,
        };
        let segment = keys.map_or(Segment::Index(index), Segment::Item);
        Self {
            value,
            path: self.path.joined(segment),
            shape: self.shape.items(),
        }
    }

    /// The values of a mapping.
    pub fn entries(&self) -> Vec<(&'a str, Self)> {
        let entries = self.value.as_object().into_iter().flatten();
        entries
            .filter_map(|(key, _)| Some((key.as_str(), self.key(key)?)))
            .collect()
    }
}
