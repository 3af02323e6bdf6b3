//! One page of a list, cut into its items: what nobody asked for is passed over, and what is
//! asked for keeps the text that the server wrote.

use std::borrow::Cow;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Deserializer, Error, Value};

use super::request::unreadable;
use crate::model::api::{ApiError, Kind};
use crate::model::live::Stored;
use crate::object::Object;

/// Namespace and name.
pub(super) type Place = (Option<String>, String);

/// A page of a list.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub items: Vec<(Place, Stored)>,
    /// Of the next page; empty on the last.
    pub token: String,
    pub resource_version: String,
}

/// How the API server writes the beginning of the items. It cannot stand within a text, whose
/// quotes are escaped.
const ITEMS: &[u8] = b"\"items\":[";

/// The items that are wanted.
pub(super) fn page(
    body: &[u8],
    kind: &Arc<Kind>,
    wanted: impl Fn(&Place) -> bool,
) -> Result<Page, ApiError> {
    let page = match body.windows(ITEMS.len()).position(|text| text == ITEMS) {
        Some(place) => cut(body, place + ITEMS.len(), kind, wanted),
        None => loose(body, kind, wanted),
    };
    page.map_err(|error| unreadable(&error))
}

/// What stands around the items.
#[derive(Deserialize)]
struct Around<I> {
    #[serde(default)]
    metadata: ListMetadata,
    items: Option<Vec<I>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ListMetadata {
    r#continue: String,
    resource_version: String,
}

#[derive(Deserialize)]
struct Item<'b> {
    #[serde(borrow)]
    metadata: Metadata<'b>,
}

#[derive(Deserialize)]
struct Metadata<'b> {
    #[serde(borrow)]
    name: Cow<'b, str>,
    #[serde(borrow)]
    namespace: Option<Cow<'b, str>>,
}

impl Item<'_> {
    fn place(&self) -> Place {
        let namespace = self.metadata.namespace.as_deref().map(str::to_owned);
        (namespace, self.metadata.name.as_ref().to_owned())
    }
}

fn cut(
    body: &[u8],
    begin: usize,
    kind: &Arc<Kind>,
    wanted: impl Fn(&Place) -> bool,
) -> Result<Page, Error> {
    let mut items = Vec::new();
    let mut at = begin;
    while body.get(at).is_some_and(|next| *next != b']') {
        let mut reader = Deserializer::from_slice(&body[at..]).into_iter::<Item>();
        let Some(item) = reader.next().transpose()? else {
            break;
        };
        let end = at + reader.byte_offset();
        let place = item.place();
        if wanted(&place) {
            items.push((place, Stored::item(kind, &body[at..end])));
        }
        at = end + usize::from(body.get(end) == Some(&b','));
    }
    let around = [&body[..begin], &body[at.min(body.len())..]].concat();
    let around: Around<Value> = serde_json::from_slice(&around)?;
    Ok(around.metadata.page(items))
}

/// A list in another form, as a proxy or a server of another make may write it.
fn loose(body: &[u8], kind: &Arc<Kind>, wanted: impl Fn(&Place) -> bool) -> Result<Page, Error> {
    let around: Around<Value> = serde_json::from_slice(body)?;
    let mut items = Vec::new();
    // Go writes a list of none as null.
    for item in around.items.unwrap_or_default() {
        let place = Item::deserialize(&item)?.place();
        if wanted(&place) {
            items.push((place, Stored::item(kind, item.to_string().as_bytes())));
        }
    }
    Ok(around.metadata.page(items))
}

impl ListMetadata {
    fn page(self, items: Vec<(Place, Stored)>) -> Page {
        Page {
            items,
            token: self.r#continue,
            resource_version: self.resource_version,
        }
    }
}

impl Page {
    /// Every item taken apart.
    pub(super) fn objects(self) -> Result<(Vec<Object>, String, String), ApiError> {
        let items = self.items.into_iter();
        let objects = items.map(|(_, stored)| Ok(stored.read()?.into_owned()));
        let objects = objects.collect::<Result<_, ApiError>>()?;
        Ok((objects, self.token, self.resource_version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"kind":"ConfigMapList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"t"},"items":[{"metadata":{"name":"a","namespace":"n"},"data":{"k":"\"items\":["}},{"metadata":{"name":"b","namespace":"n"},"data":{"k":"v","items":"]"}}]}
"#;

    fn read(body: &[u8], wanted: impl Fn(&Place) -> bool) -> (Vec<String>, String, String) {
        let kind = Arc::new(Kind::new("", "v1", "ConfigMap"));
        let page = page(body, &kind, wanted).unwrap();
        let (objects, token, version) = page.objects().unwrap();
        let names = objects.iter().map(|object| object.identity().to_string());
        (names.collect(), token, version)
    }

    #[test]
    fn items_get_the_kind_that_they_leave_out() {
        let (names, token, version) = read(BODY, |_| true);
        assert_eq!(names, ["ConfigMap n/a", "ConfigMap n/b"]);
        assert_eq!((token.as_str(), version.as_str()), ("t", "7"));
    }

    #[test]
    fn only_those_that_are_wanted_are_kept() {
        let (names, token, _) = read(BODY, |(_, name)| name == "b");
        assert_eq!(names, ["ConfigMap n/b"]);
        assert_eq!(token, "t");
    }

    #[test]
    fn what_stands_behind_the_items_and_in_another_form_is_read_too() {
        let behind = br#"{"items":[{"metadata":{"name":"a"}}],"metadata":{"resourceVersion":"7"}}"#;
        let indented: Value = serde_json::from_slice(BODY).unwrap();
        let indented = serde_json::to_vec_pretty(&indented).unwrap();
        let (names, _, version) = read(behind, |_| true);
        assert_eq!((names.len(), version.as_str()), (1, "7"));
        let (names, token, version) = read(&indented, |_| true);
        assert_eq!(names, ["ConfigMap n/a", "ConfigMap n/b"]);
        assert_eq!((token.as_str(), version.as_str()), ("t", "7"));
    }

    #[test]
    fn a_list_of_none_may_be_null() {
        let body = br#"{"metadata":{"resourceVersion":"7"},"items":null}"#;
        assert!(read(body, |_| true).0.is_empty());
        let body = br#"{"metadata":{"resourceVersion":"7"},"items":[]}"#;
        assert!(read(body, |_| true).0.is_empty());
    }

    #[test]
    fn what_breaks_off_is_an_error() {
        let kind = Arc::new(Kind::new("", "v1", "ConfigMap"));
        for end in [20, 90, 120, 180, BODY.len() - 3] {
            assert!(page(&BODY[..end], &kind, |_| true).is_err(), "{end}");
        }
    }
}
