//! The object store that kops' state store lies in: S3, GCS, or a folder.

use std::sync::Arc;
use std::time::Duration;

use object_store::gcp::{GcpCredential, GoogleCloudStorageBuilder};
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ObjectStore, RetryConfig, StaticCredentialProvider};

use super::error::{StateError, failed};
use crate::provider::ambient::Ambient;
use crate::provider::aws;
use crate::provider::web::Web;

/// The folder of the state store that is ours. kops takes what ends in `/config` for a cluster and
/// refuses to delete a cluster whose own folder holds what it does not know, so that ours lies
/// beside the clusters and holds no `config`.
const OURS: &str = "kops-stack";

/// A state store, ready to be asked.
#[derive(Debug, Clone)]
pub(super) struct Store {
    pub objects: Arc<dyn ObjectStore>,
    place: Place,
}

/// Where a state store lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::provider) enum Place {
    S3 { bucket: String, prefix: String },
    Gcs { bucket: String, prefix: String },
    Folder { path: std::path::PathBuf },
}

impl Place {
    /// Reads the address as kops does.
    pub fn parse(address: &str) -> Result<Self, StateError> {
        let refused = |reason: &str| StateError::Address {
            address: address.to_owned(),
            reason: reason.to_owned(),
        };
        let bucket = |rest: &str| {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            let prefix = prefix.trim_matches('/');
            let fits = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            match !bucket.is_empty() && bucket.chars().all(fits) && !prefix.contains(['?', '#']) {
                true => Ok((bucket.to_owned(), prefix.to_owned())),
                false => Err(refused("names no bucket")),
            }
        };
        match address.split_once("://") {
            Some(("s3", rest)) => {
                let (bucket, prefix) = bucket(rest)?;
                Ok(Self::S3 { bucket, prefix })
            }
            Some(("gs", rest)) => {
                let (bucket, prefix) = bucket(rest)?;
                Ok(Self::Gcs { bucket, prefix })
            }
            Some(("file", path)) if path.starts_with('/') => Ok(Self::Folder { path: path.into() }),
            None if address.starts_with('/') => Ok(Self::Folder {
                path: address.into(),
            }),
            Some(("file", _)) | None => Err(refused("is no absolute folder")),
            Some(_) => Err(refused(
                "is of a kind in which no lock can be held: only s3, gs and folders are",
            )),
        }
    }
}

impl Store {
    pub async fn open(
        address: &str,
        ambient: &Ambient,
        limit: Duration,
    ) -> Result<Self, StateError> {
        let place = Place::parse(address)?;
        let objects: Arc<dyn ObjectStore> = match &place {
            Place::S3 { bucket, .. } => {
                let web = Web::new(ambient);
                let builder = aws::s3(bucket, ambient, &web).await;
                let builder = builder.map_err(|error| failed("open", address, &error))?;
                let store = builder.with_retry(retry(limit)).build();
                Arc::new(store.map_err(|error| failed("open", address, &error))?)
            }
            Place::Gcs { bucket, .. } => {
                let mut builder = GoogleCloudStorageBuilder::new()
                    .with_bucket_name(bucket)
                    .with_http_connector(Web::new(ambient))
                    .with_retry(retry(limit));
                if let Some(file) = ambient.get("GOOGLE_APPLICATION_CREDENTIALS") {
                    builder = builder.with_application_credentials(file);
                }
                // As the libraries of Google do: what stands in for GCS wants no credentials.
                if let Some(host) = ambient.get("STORAGE_EMULATOR_HOST") {
                    let base = match host.contains("://") {
                        true => host.to_owned(),
                        false => format!("http://{host}"),
                    };
                    let nobody = GcpCredential {
                        bearer: String::new(),
                    };
                    builder = builder
                        .with_base_url(&base)
                        .with_credentials(Arc::new(StaticCredentialProvider::new(nobody)));
                }
                Arc::new(
                    builder
                        .build()
                        .map_err(|error| failed("open", address, &error))?,
                )
            }
            // A folder that is not there yet is empty; it is made by the first who writes.
            Place::Folder { .. } => Arc::new(LocalFileSystem::new().with_fsync(true)),
        };
        Ok(Self { objects, place })
    }

    /// Where the log of a cluster lies: for the store, and for people.
    pub fn folder_of(&self, cluster: &str) -> Result<(Path, String), StateError> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
        let plain = !cluster.starts_with('.') && !cluster.contains("..");
        if cluster.is_empty() || !plain || !cluster.chars().all(fits) {
            return Err(StateError::Address {
                address: format!("{OURS}/{cluster}"),
                reason: format!("cannot hold the cluster `{cluster}`: its name is no name of DNS"),
            });
        }
        let invalid = |reason: String| StateError::Address {
            address: self.address(),
            reason: format!("is no place for objects: {reason}"),
        };
        let folder = match &self.place {
            Place::S3 { prefix, .. } | Place::Gcs { prefix, .. } => {
                Path::parse(prefix).map_err(|error| invalid(error.to_string()))?
            }
            Place::Folder { path } => {
                Path::from_absolute_path(path).map_err(|error| invalid(error.to_string()))?
            }
        };
        let place = format!("{}/{OURS}/{cluster}", self.address());
        Ok((folder.join(OURS).join(cluster), place))
    }

    fn address(&self) -> String {
        let bucket = |scheme: &str, bucket: &str, prefix: &str| match prefix.is_empty() {
            true => format!("{scheme}://{bucket}"),
            false => format!("{scheme}://{bucket}/{prefix}"),
        };
        match &self.place {
            Place::S3 {
                bucket: name,
                prefix,
            } => bucket("s3", name, prefix),
            Place::Gcs {
                bucket: name,
                prefix,
            } => bucket("gs", name, prefix),
            Place::Folder { path } => {
                let path = path.display().to_string();
                path.trim_end_matches('/').to_owned()
            }
        }
    }
}

/// A request is tried again for half of an operation's time; the credentials are the same in all
/// tries.
fn retry(limit: Duration) -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(4),
            base: 2.,
        },
        max_retries: 6,
        retry_timeout: limit / 2,
    }
}
