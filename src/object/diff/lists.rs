//! Differences of lists.

use std::collections::HashMap;

use super::align::{Pair, differing};
use super::same::same;
use super::{ChangeKind, Walk};
use crate::object::schema::item_keys;
use crate::object::{KeyField, ListKind, Segment, Shape};
use crate::yaml::Value;

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
        let is_in = |list: &[Value], element| list.iter().any(|other| same(other, element));
        for element in old.iter().filter(|element| !is_in(new, element)) {
            self.item(Segment::Element(element.clone()), Some(element), None);
        }
        for element in new.iter().filter(|element| !is_in(old, element)) {
            self.item(Segment::Element(element.clone()), None, Some(element));
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
        for item in &new.items {
            if old.get(&item.text).is_none() {
                self.item(item.segment(), None, Some(item.value));
            }
        }
        if !shape.is_any_order() && is_reordered(old, new) {
            let (old, new) = (old.names(), new.names());
            self.push(Some(&old), Some(&new), ChangeKind::Reordered);
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
        for pair in differing(old, new) {
            match pair {
                Pair::Versions(from, to) => self.at(Segment::Index(to), |walk| {
                    walk.value(&old[from], &new[to], shape.items());
                }),
                Pair::Removed(from) => self.item(Segment::Index(from), Some(&old[from]), None),
                Pair::Added(to) => self.item(Segment::Index(to), None, Some(&new[to])),
            }
        }
    }

    fn item(&mut self, segment: Segment, old: Option<&Value>, new: Option<&Value>) {
        self.at(segment, |walk| walk.push(old, new, ChangeKind::Value));
    }
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
