//! Differences of lists.

use std::collections::HashMap;
use std::ops::Range;

use crate::yaml::{Map, Value};

use super::align::gaps;
use super::same::same;
use super::{ChangeKind, Walk};
use crate::object::schema::item_keys;
use crate::object::{KeyField, ListKind, Segment, Shape};

impl Walk {
    pub(super) fn list(&mut self, old: &[Value], new: &[Value], shape: Shape<'_>) {
        match shape.list() {
            ListKind::Set => self.set(old, new),
            ListKind::Map(keys) => match (Items::find(old, keys), Items::find(new, keys)) {
                (Some(old), Some(new)) => self.keyed(&old, &new, shape, keys),
                // The server refuses such a list; its items can still be compared by place.
                _ => self.atomic(old, new, shape),
            },
            ListKind::Atomic => self.atomic(old, new, shape),
        }
    }

    fn set(&mut self, old: &[Value], new: &[Value]) {
        let missing_in = |list: &[Value], element| !list.iter().any(|other| same(other, element));
        for element in old.iter().filter(|element| missing_in(new, element)) {
            self.at(Segment::Element(element.clone()), |walk| {
                walk.both(Some(element), None, Shape::unknown())
            });
        }
        for element in new.iter().filter(|element| missing_in(old, element)) {
            self.at(Segment::Element(element.clone()), |walk| {
                walk.both(None, Some(element), Shape::unknown())
            });
        }
    }

    fn keyed(&mut self, old: &Items<'_>, new: &Items<'_>, shape: Shape<'_>, keys: &[KeyField]) {
        for item in &old.items {
            let counterpart = new.get(&item.text).map(|item| item.value);
            if counterpart == Some(item.value) {
                continue;
            }
            let before = self.changes.len();
            self.at(item.segment(), |walk| {
                walk.both(Some(item.value), counterpart, shape.items())
            });
            self.mark_defaults(before, keys);
        }
        for item in new
            .items
            .iter()
            .filter(|item| old.get(&item.text).is_none())
        {
            self.at(item.segment(), |walk| {
                walk.both(None, Some(item.value), shape.items())
            });
        }
        if !shape.is_any_order() && is_reordered(old, new) {
            self.push(
                Some(&old.names()),
                Some(&new.names()),
                ChangeKind::Reordered,
            );
        }
    }

    /// Writing a key out that has its default, or leaving it out, is another spelling.
    fn mark_defaults(&mut self, from: usize, keys: &[KeyField]) {
        let depth = self.path.segments().len() + 2;
        for change in &mut self.changes[from..] {
            let [.., Segment::Key(name)] = change.path.segments() else {
                continue;
            };
            let key = keys.iter().find(|key| key.name == *name);
            let only_side = change.old.as_ref().xor(change.new.as_ref());
            let is_default =
                key.is_some_and(|key| key.default.is_some() && key.default.as_ref() == only_side);
            if is_default && change.path.segments().len() == depth {
                change.kind = ChangeKind::Spelling;
            }
        }
    }

    fn atomic(&mut self, old: &[Value], new: &[Value], shape: Shape<'_>) {
        for (old_range, new_range) in gaps(old, new) {
            self.gap(old, new, old_range, new_range, shape.items());
        }
    }

    /// Compares what has no equal counterpart: mappings that are versions of one another field by
    /// field, all else as removed and added.
    fn gap(
        &mut self,
        old: &[Value],
        new: &[Value],
        old_range: Range<usize>,
        new_range: Range<usize>,
        shape: Shape<'_>,
    ) {
        let lone = old_range.len() == 1 && new_range.len() == 1;
        let mut next = new_range.start;
        for index in old_range {
            let versions = |candidate: &usize| is_version_of(&old[index], &new[*candidate], lone);
            match (next..new_range.end).find(versions) {
                Some(found) => {
                    self.added(new, next..found);
                    self.at(Segment::Index(found), |walk| {
                        walk.value(&old[index], &new[found], shape)
                    });
                    next = found + 1;
                }
                None => self.at(Segment::Index(index), |walk| {
                    walk.push(Some(&old[index]), None, ChangeKind::Value)
                }),
            }
        }
        self.added(new, next..new_range.end);
    }

    fn added(&mut self, new: &[Value], range: Range<usize>) {
        for index in range {
            self.at(Segment::Index(index), |walk| {
                walk.push(None, Some(&new[index]), ChangeKind::Value)
            });
        }
    }
}

/// Whether a person would call two mappings of an atomic list two versions of one item: they have
/// one name, or if they have none an entry in common. Two that stand alone need nothing in common.
fn is_version_of(old: &Value, new: &Value, lone: bool) -> bool {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return false;
    };
    match (old.get("name"), new.get("name")) {
        _ if lone => true,
        (Some(old), Some(new)) => old == new,
        _ => shares_an_entry(old, new),
    }
}

fn shares_an_entry(old: &Map<String, Value>, new: &Map<String, Value>) -> bool {
    old.iter().any(|(key, value)| new.get(key) == Some(value))
}

/// The items of a keyed list, by the text of their keys.
struct Items<'a> {
    items: Vec<Item<'a>>,
    by_text: HashMap<String, usize>,
}

struct Item<'a> {
    value: &'a Value,
    keys: Vec<(String, Value)>,
    text: String,
}

impl Item<'_> {
    fn segment(&self) -> Segment {
        Segment::Item(self.keys.clone())
    }
}

impl<'a> Items<'a> {
    /// `None` when an item has no key or two have the same.
    fn find(list: &'a [Value], keys: &[KeyField]) -> Option<Self> {
        let item = |value| {
            let keys = item_keys(value, keys)?;
            Some(Item {
                value,
                text: Value::from_iter(keys.clone()).to_string(),
                keys,
            })
        };
        let items: Vec<_> = list.iter().map(item).collect::<Option<_>>()?;
        let by_text: HashMap<_, _> = items
            .iter()
            .enumerate()
            .map(|(position, item)| (item.text.clone(), position))
            .collect();
        (by_text.len() == items.len()).then_some(Self { items, by_text })
    }

    fn get(&self, text: &str) -> Option<&Item<'a>> {
        self.by_text
            .get(text)
            .map(|position| &self.items[*position])
    }

    fn names(&self) -> Value {
        let name = |item: &Item<'_>| Value::from_iter(item.keys.clone());
        self.items.iter().map(name).collect()
    }
}

/// Whether the items that stand on both sides follow one another differently.
fn is_reordered(old: &Items<'_>, new: &Items<'_>) -> bool {
    let places = old
        .items
        .iter()
        .filter_map(|item| new.by_text.get(&item.text));
    !places.is_sorted()
}
