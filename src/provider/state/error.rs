//! Why the state folder could not be read or written: what, where, and what to do next.

use std::error::Error;

use super::folder::Held;
use crate::provider::aws::CredentialsError;
use crate::provider::mask::{element, mask, root};

/// What went wrong with lock or journal. No text of it holds a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// The address of the state store leads to nothing that can hold a lock.
    #[error("the state store `{address}` {reason}")]
    Address { address: String, reason: String },
    /// There are no credentials, or they cannot be had.
    #[error("there are no credentials for {place}: {reason}")]
    Credentials {
        place: String,
        reason: String,
        help: String,
    },
    /// The credentials are not accepted, are no longer so, or allow too little.
    #[error("{place} refused to {what}: {reason}")]
    Denied {
        what: &'static str,
        place: String,
        /// The store's own code and words: `ExpiredToken: The provided token has expired.`
        reason: String,
        /// They were valid before: new ones of the same kind do.
        expired: bool,
    },
    /// No answer, or one that says nothing, after every try.
    #[error("failed to {what} {place}: {reason}")]
    Unreachable {
        what: &'static str,
        place: String,
        reason: String,
    },
    /// There is no such bucket.
    #[error("there is no bucket for {place}")]
    Missing { place: String },
    /// Somebody else holds the lock.
    #[error("{} holds the lock of {cluster} since {} ({})", .held.holder, .held.since, .held.operation)]
    Held { cluster: String, held: Box<Held> },
    /// The lock was ours and is no longer: nothing more may be done to the cluster.
    #[error("the lock of {cluster} was lost: {reason}")]
    Lost {
        cluster: String,
        reason: String,
        /// Who has it now, where that is known.
        holder: Option<String>,
    },
    /// An object of the log that is no entry of it.
    #[error("{place} cannot be read: {reason}")]
    Invalid { place: String, reason: String },
}

impl StateError {
    /// What to do next, in the imperative.
    pub fn help(&self) -> String {
        match self {
            Self::Address { .. } => {
                "say `state: s3://BUCKET[/PREFIX]`, `gs://BUCKET[/PREFIX]`, `file:///FOLDER` or an absolute folder in cluster.yaml, the address that kops has too".to_owned()
            }
            Self::Credentials { help, .. } => help.clone(),
            Self::Denied { expired: true, .. } => {
                "get new credentials and run the same command again: it goes on after the last finished step".to_owned()
            }
            Self::Denied { .. } => {
                "the credentials need to list, get, put and delete objects below `kops-stack/` of the state store; `aws sts get-caller-identity` says whose they are".to_owned()
            }
            Self::Unreachable { .. } => {
                "look whether the store can be reached from here (network, proxy, region), and run the same command again".to_owned()
            }
            Self::Missing { .. } => {
                "create the bucket of the state store first, with versioning and without public access, or correct `state` in cluster.yaml".to_owned()
            }
            Self::Held { held, .. } => {
                let link = &held.holder.link;
                let look = match link.is_empty() {
                    true => String::new(),
                    false => format!(" (its run is {link})"),
                };
                format!("wait for it{look} with `--lock-timeout SECONDS`, or break the lock when that run is surely dead: what it does to the cluster does not end with its lock")
            }
            Self::Lost { holder: Some(_), .. } => {
                "let the other run end, and look at `kops-stack plan` before anything else is done".to_owned()
            }
            Self::Lost { holder: None, .. } => {
                "run the same command again: it takes the lock anew and goes on after the last finished step".to_owned()
            }
            Self::Invalid { .. } => {
                "look at that object; when nothing works on the cluster any more, delete it, and the log ends before it".to_owned()
            }
        }
    }

    /// Whether a later try may do better without anybody's help.
    pub(super) fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// Codes of S3, GCS and STS for credentials that were good once.
const EXPIRED: [&str; 4] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "TokenRefreshRequired",
    "RequestExpired",
];

/// Codes for credentials, or what they allow.
const DENIED: [&str; 9] = [
    "AccessDenied",
    "AccountProblem",
    "AllAccessDisabled",
    "AuthenticationRequired",
    "InvalidAccessKeyId",
    "InvalidSecurity",
    "InvalidToken",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Whether a code says that credentials were good once.
pub(in crate::provider) fn is_expired(code: &str) -> bool {
    EXPIRED.contains(&code)
}

/// What the library says, in our words. `what` is a verb and stands before the place.
pub(in crate::provider) fn failed(
    what: &'static str,
    place: &str,
    error: &object_store::Error,
) -> StateError {
    let place = place.to_owned();
    if let Some(error) = cause::<CredentialsError>(error) {
        return StateError::Credentials {
            place,
            reason: error.to_string(),
            help: error.help(),
        };
    }
    let text = error.to_string();
    let code = element(&text, "Code").unwrap_or_default();
    let said = match element(&text, "Message") {
        Some(message) => mask(&format!("{code}: {message}")),
        None => mask(&root(error)),
    };
    let expired = is_expired(code);
    let refused = matches!(
        error,
        object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. }
    );
    let io = cause::<std::io::Error>(error).map(std::io::Error::kind);
    if expired
        || refused
        || DENIED.contains(&code)
        || io == Some(std::io::ErrorKind::PermissionDenied)
    {
        return StateError::Denied {
            what,
            place,
            reason: said,
            expired: expired || matches!(error, object_store::Error::Unauthenticated { .. }),
        };
    }
    if code == "NoSuchBucket" {
        return StateError::Missing { place };
    }
    if text.contains("/latest/api/token") || text.contains("metadata.google.internal") {
        return StateError::Credentials {
            place,
            reason: "the environment and the home folder hold none, and this machine has none of its own".to_owned(),
            help: "log in, or set AWS_PROFILE, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or GOOGLE_APPLICATION_CREDENTIALS".to_owned(),
        };
    }
    StateError::Unreachable {
        what,
        place,
        reason: said,
    }
}

/// The first error of this type on the way down.
fn cause<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    let mut at = Some(error);
    while let Some(error) = at {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        at = error.source();
    }
    None
}
