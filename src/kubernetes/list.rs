//! Objects of a kind, page by page; what nobody asked for is dropped while it is read.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::address::escape;
use super::connect::Connection;
use super::request::{Request, unreadable};
use crate::model::api::{ApiError, Kind};
use crate::object::Object;

/// Objects in one answer, as kubectl asks for them.
const PAGE: usize = 500;

/// How often a list begins anew whose rest is no longer to be had.
const STARTS: usize = 3;

/// Answers larger than this are read beside the other work.
const LARGE: usize = 64 << 10;

/// Namespaces and names of those that are wanted.
pub(super) type Wanted = HashSet<(Option<String>, String)>;

/// What a list gave.
pub(super) struct Listed {
    pub objects: Vec<Object>,
    /// Where a watch goes on.
    pub resource_version: String,
}

/// What is listed.
#[derive(Clone)]
pub(super) struct Listing<'a> {
    pub kind: &'a Kind,
    /// Of the collection.
    pub path: String,
    /// Of labels; all where it is empty.
    pub selector: String,
    /// All where it is none.
    pub wanted: Option<Arc<Wanted>>,
}

impl Connection {
    /// Every page of a consistent list. A refusal is not repeated here but for what passes.
    pub(super) async fn list(&self, listing: &Listing<'_>) -> Result<Listed, ApiError> {
        let mut starts = 1;
        loop {
            match self.pages(listing).await {
                // The rest of the list is too old to be given.
                Err(error) if error.code == 410 && starts < STARTS => starts += 1,
                result => return result,
            }
        }
    }

    async fn pages(&self, listing: &Listing<'_>) -> Result<Listed, ApiError> {
        let mut objects = Vec::new();
        let mut token = String::new();
        loop {
            let mut path = format!("{}?limit={PAGE}", listing.path);
            if !listing.selector.is_empty() {
                path.push_str("&labelSelector=");
                path.push_str(&escape(&listing.selector));
            }
            if !token.is_empty() {
                path.push_str("&continue=");
                path.push_str(&escape(&token));
            }
            let body = self.ask(&Request::get(path)).await?.body;
            let (kind, wanted) = (listing.kind.clone(), listing.wanted.clone());
            let is_large = body.len() > LARGE;
            let read = move || page(&body, &kind, wanted.as_deref());
            let page = match is_large {
                true => tokio::task::spawn_blocking(read)
                    .await
                    .unwrap_or_else(|error| Err(ApiError::transport(error.to_string())))?,
                false => read()?,
            };
            objects.extend(page.objects);
            if page.token.is_empty() {
                return Ok(Listed {
                    objects,
                    resource_version: page.resource_version,
                });
            }
            token = page.token;
        }
    }
}

#[derive(Default)]
struct Page {
    objects: Vec<Object>,
    token: String,
    resource_version: String,
}

fn page(body: &[u8], kind: &Kind, wanted: Option<&Wanted>) -> Result<Page, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let page = reader.deserialize_map(PageVisitor { kind, wanted });
    page.map_err(|error| unreadable(&error))
}

struct PageVisitor<'a> {
    kind: &'a Kind,
    wanted: Option<&'a Wanted>,
}

impl<'de> Visitor<'de> for PageVisitor<'_> {
    type Value = Page;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page, A::Error> {
        let mut page = Page::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "metadata" => {
                    let metadata = map.next_value::<Value>()?;
                    let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
                    page.token = text("continue");
                    page.resource_version = text("resourceVersion");
                }
                "items" => page.objects = map.next_value_seed(Items(&self))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(page)
    }
}

struct Items<'a>(&'a PageVisitor<'a>);

impl<'de> DeserializeSeed<'de> for Items<'_> {
    type Value = Vec<Object>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Vec<Object>, D::Error> {
        // Go writes a list of none as null.
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Items<'_> {
    type Value = Vec<Object>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("objects")
    }

    fn visit_unit<E>(self) -> Result<Vec<Object>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<Object>, A::Error> {
        let mut objects = Vec::new();
        while let Some(object) = items.next_element_seed(Item(self.0))? {
            objects.extend(object);
        }
        Ok(objects)
    }
}

/// One object; none where it is not wanted.
struct Item<'a>(&'a PageVisitor<'a>);

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Option<Object>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Option<Object>, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Option<Object>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    /// Metadata comes before what is large, so that the rest of what is not wanted is skipped.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Object>, A::Error> {
        let mut object = Map::new();
        // The items of a list leave out what holds for all.
        object.insert("apiVersion".to_owned(), self.0.kind.api_version().into());
        object.insert("kind".to_owned(), self.0.kind.kind.as_str().into());
        let mut wanted = true;
        while let Some(key) = map.next_key::<String>()? {
            if !wanted {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let value = map.next_value::<Value>()?;
            if key == "metadata" {
                wanted = self.0.wanted.is_none_or(|wanted| is_wanted(&value, wanted));
            }
            if key != "apiVersion" && key != "kind" {
                object.insert(key, value);
            }
        }
        if !wanted {
            return Ok(None);
        }
        let object = Object::new(Value::Object(object));
        object.map(Some).map_err(A::Error::custom)
    }
}

fn is_wanted(metadata: &Value, wanted: &Wanted) -> bool {
    let namespace = metadata["namespace"].as_str().map(str::to_owned);
    let name = metadata["name"].as_str().unwrap_or_default().to_owned();
    wanted.contains(&(namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"t"},
        "items":[{"metadata":{"name":"a","namespace":"n"},"data":{"k":"v"}},
                 {"metadata":{"name":"b","namespace":"n"},"data":{"k":"v"}}]}"#;

    #[test]
    fn items_get_the_kind_that_they_leave_out() {
        let page = page(BODY, &Kind::new("", "v1", "ConfigMap"), None).unwrap();
        assert_eq!(page.objects.len(), 2);
        assert_eq!(page.objects[0].identity().to_string(), "ConfigMap n/a");
        assert_eq!(
            (page.token.as_str(), page.resource_version.as_str()),
            ("t", "7")
        );
    }

    #[test]
    fn only_those_that_are_wanted_are_kept() {
        let wanted = Wanted::from([
            (Some("n".to_owned()), "b".to_owned()),
            (None, "a".to_owned()),
        ]);
        let page = page(BODY, &Kind::new("", "v1", "ConfigMap"), Some(&wanted)).unwrap();
        let names: Vec<&str> = page.objects.iter().map(Object::name).collect();
        assert_eq!(names, ["b"]);
    }

    #[test]
    fn a_list_of_none_may_be_null() {
        let body = br#"{"metadata":{"resourceVersion":"7"},"items":null}"#;
        let page = page(body, &Kind::new("", "v1", "ConfigMap"), None).unwrap();
        assert!(page.objects.is_empty());
    }
}
