//! Objects of a kind, page by page.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::address::escape;
use super::connect::Connection;
use super::page::{Page, Place, page};
use super::request::Request;
use crate::model::api::{ApiError, Kind};
use crate::model::live::Stored;
use crate::object::Object;

/// Objects in one answer, as kubectl asks for them.
const PAGE: usize = 500;

/// How often a list begins anew whose rest is no longer to be had.
const STARTS: usize = 3;

/// Answers larger than this are read beside the other work.
const LARGE: usize = 64 << 10;

/// Namespaces and names of those that are wanted.
pub(super) type Wanted = HashSet<Place>;

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
}

impl Connection {
    /// Every page of a consistent list. A refusal is not repeated here but for what passes.
    pub(super) async fn list(&self, listing: &Listing<'_>) -> Result<Listed, ApiError> {
        let mut objects = Vec::new();
        let mut resource_version = String::new();
        for page in self.whole(listing, None).await? {
            let (more, _, version) = page.objects()?;
            objects.extend(more);
            resource_version = version;
        }
        Ok(Listed {
            objects,
            resource_version,
        })
    }

    /// Those that are wanted, as the server wrote them.
    pub(super) async fn list_wanted(
        &self,
        listing: &Listing<'_>,
        wanted: &Arc<Wanted>,
    ) -> Result<HashMap<Place, Stored>, ApiError> {
        let pages = self.whole(listing, Some(wanted)).await?;
        Ok(pages.into_iter().flat_map(|page| page.items).collect())
    }

    async fn whole(
        &self,
        listing: &Listing<'_>,
        wanted: Option<&Arc<Wanted>>,
    ) -> Result<Vec<Page>, ApiError> {
        let mut starts = 1;
        loop {
            match self.pages(listing, wanted).await {
                // The rest of the list is too old to be given.
                Err(error) if error.code == 410 && starts < STARTS => starts += 1,
                result => return result,
            }
        }
    }

    async fn pages(
        &self,
        listing: &Listing<'_>,
        wanted: Option<&Arc<Wanted>>,
    ) -> Result<Vec<Page>, ApiError> {
        let kind = Arc::new(listing.kind.clone());
        let mut pages: Vec<Page> = Vec::new();
        loop {
            let mut path = format!("{}?limit={PAGE}", listing.path);
            if !listing.selector.is_empty() {
                path.push_str("&labelSelector=");
                path.push_str(&escape(&listing.selector));
            }
            if let Some(last) = pages.last() {
                path.push_str("&continue=");
                path.push_str(&escape(&last.token));
            }
            let body = self.ask(&Request::get(path)).await?.body;
            let (kind, wanted) = (Arc::clone(&kind), wanted.map(Arc::clone));
            let is_large = body.len() > LARGE;
            let read = move || {
                let is_wanted =
                    |place: &Place| wanted.as_ref().is_none_or(|wanted| wanted.contains(place));
                page(&body, &kind, is_wanted)
            };
            let page = match is_large {
                true => tokio::task::spawn_blocking(read)
                    .await
                    .unwrap_or_else(|error| Err(ApiError::transport(error.to_string())))?,
                false => read()?,
            };
            let is_last = page.token.is_empty();
            pages.push(page);
            if is_last {
                return Ok(pages);
            }
        }
    }
}
