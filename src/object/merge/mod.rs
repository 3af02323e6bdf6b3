//! Lays a part of an object over an object, as `kubectl patch --type strategic` does.
//!
//! Mappings merge key by key, and null takes a key away. Keyed lists merge item by item, found by
//! the keys of the list; an item that says `$patch: delete` goes, and one that is new comes last.
//! Sets take what they lack. All other lists are replaced. What would do nothing where it stands,
//! such as to take away what is not there, is refused: it is most likely a slip.

#[cfg(test)]
mod tests;

use super::schema::item_keys;
use super::{KeyField, ListKind, Path, Schema, Segment, Shape};
use crate::yaml::{self, Map, Value};

/// The only instruction that a merge takes beside its values: `$patch: delete` in an item.
const DIRECTIVE: &str = "$patch";

/// Instructions of `kubectl` that no person writes by hand, before a `/` and a field's name.
const OTHER_DIRECTIVES: [&str; 3] = [
    "$retainKeys",
    "$setElementOrder",
    "$deleteFromPrimitiveList",
];

/// Why a part of an object cannot be laid over it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MergeProblem {
    #[error("`{0}` is not there, so that it cannot be taken away")]
    NothingToRemove(Path),
    #[error("`{path}` is {found}, and the merge gives {given}")]
    OtherType {
        path: Path,
        found: &'static str,
        given: &'static str,
    },
    #[error("an item of `{path}` is told by {keys}, which this one does not name")]
    NoKey { path: Path, keys: String },
    #[error("two items for `{0}` stand in one list")]
    SameItem(Path),
    #[error("`{0}` has no meaning here")]
    Directive(String),
}

/// A problem, and where it stands within what is laid over.
pub type MergeError = (MergeProblem, Vec<yaml::Segment>);

/// Lays `part` over `value`, whose lists merge as `schema` says.
pub fn merge(value: &mut Value, part: &Value, schema: &Schema) -> Result<(), MergeError> {
    let mut walk = Walk {
        path: Path::root(),
        place: Vec::new(),
    };
    let merged = walk.value(value, part, schema.root());
    merged.map_err(|problem| (problem, walk.place))
}

/// Where the merge is: in the object, and in the part.
struct Walk {
    path: Path,
    place: Vec<yaml::Segment>,
}

type Merged = Result<(), MergeProblem>;

impl Walk {
    fn value(&mut self, value: &mut Value, part: &Value, shape: Shape<'_>) -> Merged {
        match (value, part) {
            (Value::Object(map), Value::Object(part)) => self.map(map, part, shape),
            (Value::Array(list), Value::Array(part)) => self.list(list, part, shape),
            // What is null is as good as absent.
            (value @ Value::Null, part) => {
                *value = self.new_value(part, shape)?;
                Ok(())
            }
            (value, part) if nested(value).is_some() || nested(part).is_some() => {
                Err(MergeProblem::OtherType {
                    path: self.path.clone(),
                    found: nested(value).unwrap_or("one value"),
                    given: nested(part).unwrap_or("one value"),
                })
            }
            (value, part) => {
                value.clone_from(part);
                Ok(())
            }
        }
    }

    fn map(
        &mut self,
        map: &mut Map<String, Value>,
        part: &Map<String, Value>,
        shape: Shape<'_>,
    ) -> Merged {
        for (key, part) in part {
            self.enter(Segment::Key(key.clone()), yaml::Segment::Key(key.clone()));
            refuse_directive(key)?;
            match (map.get_mut(key), part) {
                (Some(_), Value::Null) => drop(map.remove(key)),
                (None, Value::Null) => {
                    return Err(MergeProblem::NothingToRemove(self.path.clone()));
                }
                (Some(value), part) => self.value(value, part, shape.field(key))?,
                (None, part) => {
                    let value = self.new_value(part, shape.field(key))?;
                    map.insert(key.clone(), value);
                }
            }
            self.leave();
        }
        Ok(())
    }

    fn list(&mut self, list: &mut Vec<Value>, part: &[Value], shape: Shape<'_>) -> Merged {
        match shape.list() {
            ListKind::Atomic => {
                for (index, item) in part.iter().enumerate() {
                    self.enter(Segment::Index(index), yaml::Segment::Index(index));
                    refuse_directives(item)?;
                    self.leave();
                }
                *list = part.to_vec();
                Ok(())
            }
            ListKind::Set => {
                for item in part {
                    if !list.contains(item) {
                        list.push(item.clone());
                    }
                }
                Ok(())
            }
            ListKind::Map(keys) => self.items(list, part, keys, shape.items()),
        }
    }

    /// Items of a keyed list, each laid over the one with its keys.
    fn items(
        &mut self,
        list: &mut Vec<Value>,
        part: &[Value],
        keys: &[KeyField],
        shape: Shape<'_>,
    ) -> Merged {
        let mut seen = Vec::new();
        for (index, item) in part.iter().enumerate() {
            self.place.push(yaml::Segment::Index(index));
            let named = item_keys(item, keys).filter(|named| is_whole(named));
            let named = named.ok_or_else(|| MergeProblem::NoKey {
                path: self.path.clone(),
                keys: words(keys),
            })?;
            self.path.push(Segment::Item(named.clone()));
            if seen.contains(&named) {
                return Err(MergeProblem::SameItem(self.path.clone()));
            }
            let mut items = list.iter();
            let found = items.position(|known| item_keys(known, keys).as_ref() == Some(&named));
            match (is_deleted(item)?, found) {
                (true, Some(found)) => drop(list.remove(found)),
                (true, None) => return Err(MergeProblem::NothingToRemove(self.path.clone())),
                (false, Some(found)) => self.value(&mut list[found], item, shape)?,
                (false, None) => list.push(self.new_value(item, shape)?),
            }
            seen.push(named);
            self.leave();
        }
        Ok(())
    }

    /// What stands where nothing stood: the part itself, in which nothing can be taken away.
    fn new_value(&mut self, part: &Value, shape: Shape<'_>) -> Result<Value, MergeProblem> {
        let mut value = match part {
            Value::Object(_) => Value::Object(Map::new()),
            Value::Array(_) => Value::Array(Vec::new()),
            scalar => return Ok(scalar.clone()),
        };
        self.value(&mut value, part, shape)?;
        Ok(value)
    }

    fn enter(&mut self, segment: Segment, place: yaml::Segment) {
        self.path.push(segment);
        self.place.push(place);
    }

    fn leave(&mut self) {
        self.path.pop();
        self.place.pop();
    }
}

/// Whether every key has a value, be it the server's default.
fn is_whole(keys: &[(String, Value)]) -> bool {
    keys.iter().all(|(_, value)| !value.is_null())
}

fn words(keys: &[KeyField]) -> String {
    let names = keys.iter().filter(|key| key.default.is_none());
    let names: Vec<String> = names.map(|key| format!("`{}`", key.name)).collect();
    names.join(" and ")
}

/// Whether an item asks to be taken away.
fn is_deleted(item: &Value) -> Result<bool, MergeProblem> {
    match item.get(DIRECTIVE) {
        None => Ok(false),
        Some(Value::String(word)) if word == "delete" => Ok(true),
        Some(other) => Err(MergeProblem::Directive(format!("{DIRECTIVE}: {other}"))),
    }
}

fn refuse_directive(key: &str) -> Merged {
    let name = key.split_once('/').map_or(key, |(name, _)| name);
    match key == DIRECTIVE || OTHER_DIRECTIVES.contains(&name) {
        true => Err(MergeProblem::Directive(key.to_owned())),
        false => Ok(()),
    }
}

/// A list that is replaced as a whole has no items that could go one by one.
fn refuse_directives(value: &Value) -> Merged {
    match value {
        Value::Object(map) => map.iter().try_for_each(|(key, value)| {
            refuse_directive(key)?;
            refuse_directives(value)
        }),
        Value::Array(items) => items.iter().try_for_each(refuse_directives),
        _ => Ok(()),
    }
}

fn nested(value: &Value) -> Option<&'static str> {
    match value {
        Value::Object(_) => Some("a mapping"),
        Value::Array(_) => Some("a list"),
        _ => None,
    }
}
