//! A log of numbered objects: each number is created once, by whoever comes first.
//!
//! That one operation exists in S3 (`If-None-Match: *`), in GCS (`x-goog-if-generation-match: 0`)
//! and in a folder (a hard link), and is all that a lock needs: who creates the number after the
//! last has the turn, and who fails to has lost it.

use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt, PutMode};

use super::entry::Entry;
use super::error::{StateError, failed};
use super::run::Run;

/// Entries that are read at a time.
const AT_A_TIME: usize = 16;

/// How often a log is read again that changes while it is read.
const READS: usize = 4;

/// The log of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Log {
    store: Arc<dyn ObjectStore>,
    folder: Path,
    /// The folder as people know it.
    address: String,
    /// For one operation, its retries included.
    limit: Duration,
}

/// An object of the log that is there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub number: u64,
    /// Seconds by the clock of the store.
    pub written: i64,
}

/// What came of creating an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    Yes,
    /// There is one of this number, or another one is just being made.
    Taken,
}

impl Log {
    pub fn new(
        store: Arc<dyn ObjectStore>,
        folder: Path,
        address: String,
        limit: Duration,
    ) -> Self {
        Self {
            store,
            folder,
            address,
            limit,
        }
    }

    /// Every entry that is there, by number.
    pub async fn list(&self) -> Result<Vec<Listed>, StateError> {
        let objects = self.store.list(Some(&self.folder)).try_collect::<Vec<_>>();
        let objects = self.limited("list", &self.address, objects).await?;
        let objects = objects.map_err(|error| failed("list", &self.address, &error))?;
        let mut listed: Vec<Listed> = objects
            .iter()
            .filter_map(|object| {
                Some(Listed {
                    number: number(object.location.filename()?)?,
                    written: object.last_modified.timestamp(),
                })
            })
            .collect();
        listed.sort_by_key(|listed| listed.number);
        Ok(listed)
    }

    /// The number of the last entry; 0 where there is none.
    pub async fn head(&self) -> Result<u64, StateError> {
        Ok(self.list().await?.last().map_or(0, |last| last.number))
    }

    pub async fn get(&self, number: u64) -> Result<Option<Entry>, StateError> {
        let (path, place) = self.object(number);
        let read = async {
            match self.store.get(&path).await {
                Ok(object) => object.bytes().await.map(Some),
                // A bucket that is not there is no missing entry.
                Err(object_store::Error::NotFound { source, .. })
                    if !source.to_string().contains("NoSuchBucket") =>
                {
                    Ok(None)
                }
                Err(error) => Err(error),
            }
        };
        let read = self.limited("read", &place, read).await?;
        let Some(bytes) = read.map_err(|error| failed("read", &place, &error))? else {
            return Ok(None);
        };
        match Entry::read(&bytes) {
            Ok(entry) => Ok(Some(entry)),
            Err(reason) => Err(StateError::Invalid { place, reason }),
        }
    }

    pub async fn create(&self, number: u64, entry: &Entry) -> Result<Created, StateError> {
        let (path, place) = self.object(number);
        let bytes = entry.bytes().map_err(|reason| StateError::Invalid {
            place: place.clone(),
            reason,
        })?;
        let put = self
            .store
            .put_opts(&path, bytes.into(), PutMode::Create.into());
        match self.limited("write", &place, put).await? {
            Ok(_) => Ok(Created::Yes),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(Created::Taken),
            Err(error) => Err(failed("write", &place, &error)),
        }
    }

    pub async fn delete(&self, number: u64) -> Result<(), StateError> {
        let (path, place) = self.object(number);
        let delete = self.store.delete(&path);
        match self.limited("delete", &place, delete).await? {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed("delete", &place, &error)),
        }
    }

    /// The last run; None of an empty log.
    pub async fn last_run(&self) -> Result<Option<Run>, StateError> {
        let mut problem = None;
        for _ in 0..READS {
            let head = self.head().await?;
            if head == 0 {
                return Ok(None);
            }
            match self.run_until(head).await? {
                Ok(run) => return Ok(Some(run)),
                Err(missing) => problem = Some(missing),
            }
        }
        Err(problem.unwrap_or_else(|| self.gap(0)))
    }

    /// The run whose last entry has this number. The inner error is a gap: it may be filled, or
    /// gone, when one looks again.
    pub async fn run_until(&self, last: u64) -> Result<Result<Run, StateError>, StateError> {
        let Some(end) = self.get(last).await? else {
            return Ok(Err(self.gap(last)));
        };
        if end.began == 0 || end.began > last {
            return Err(self.no_beginning(last));
        }
        let (began, id) = (end.began, end.run.clone());
        let numbers = futures::stream::iter(began..last);
        let entries = numbers.map(|number| async move { (number, self.get(number).await) });
        let mut entries = entries.buffered(AT_A_TIME);
        let mut read = Vec::new();
        while let Some((number, entry)) = entries.next().await {
            match entry? {
                Some(entry) if entry.run == id => read.push(entry),
                Some(_) => return Err(self.no_beginning(last)),
                None => return Ok(Err(self.gap(number))),
            }
        }
        read.push(end);
        Run::of(began, read)
            .map(Ok)
            .ok_or_else(|| self.no_beginning(last))
    }

    /// What answers is no store, or somebody deletes from it.
    pub fn vanished(&self) -> StateError {
        StateError::Unreachable {
            what: "write",
            place: self.address.clone(),
            reason: "it is not there after it was written".to_owned(),
        }
    }

    fn gap(&self, number: u64) -> StateError {
        StateError::Invalid {
            place: self.object(number).1,
            reason: "the log has a gap here: later entries are there, and this one is not"
                .to_owned(),
        }
    }

    fn no_beginning(&self, number: u64) -> StateError {
        StateError::Invalid {
            place: self.object(number).1,
            reason: "it does not belong to the entries before it".to_owned(),
        }
    }

    fn object(&self, number: u64) -> (Path, String) {
        let name = format!("{number:08}.json");
        let place = format!("{}/{name}", self.address);
        (self.folder.clone().join(name), place)
    }

    async fn limited<T>(
        &self,
        what: &'static str,
        place: &str,
        work: impl Future<Output = T>,
    ) -> Result<T, StateError> {
        let done = tokio::time::timeout(self.limit, work).await;
        done.map_err(|_| StateError::Unreachable {
            what,
            place: place.to_owned(),
            reason: format!("no answer in {:.0} s", self.limit.as_secs_f32()),
        })
    }
}

/// The number of an entry by its name; None of what is no entry.
fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(".json")?;
    let plain = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}
