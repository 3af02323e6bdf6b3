//! What an API server is asked about, and how it refuses.

use std::fmt;
use std::time::Duration;

use crate::object::{Identity, Object};

/// An object at one version of its kind.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target {
    pub identity: Identity,
    /// The part of apiVersion behind the slash.
    pub version: String,
}

impl Target {
    pub fn of(object: &Object) -> Self {
        Self {
            identity: object.identity(),
            version: object.version().to_owned(),
        }
    }

    pub fn kind(&self) -> Kind {
        Kind {
            group: self.identity.group.clone(),
            version: self.version.clone(),
            kind: self.identity.kind.clone(),
        }
    }
}

/// A kind at one version.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// Empty for the core group.
    pub group: String,
    pub version: String,
    pub kind: String,
}

impl Kind {
    pub fn new(group: &str, version: &str, kind: &str) -> Self {
        Self {
            group: group.to_owned(),
            version: version.to_owned(),
            kind: kind.to_owned(),
        }
    }

    /// As objects write it: `apps/v1`, `v1`.
    pub fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }
}

/// How a kind is served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Served {
    /// The name in URLs: `deployments`.
    pub plural: String,
    pub namespaced: bool,
    /// `get`, `list`, `patch`, ...
    pub verbs: Vec<String>,
}

/// Why a request failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiError {
    /// HTTP status; 0 when no answer came.
    pub code: u16,
    /// `Conflict`, `Invalid`, `NotFound`; empty where the server gives none.
    pub reason: String,
    /// The server's words. They may hold values of the object, secrets among them: for decisions,
    /// never for output as a whole.
    pub message: String,
    pub causes: Vec<Cause>,
    /// When the server wants to be asked again.
    pub retry_after: Option<Duration>,
}

/// One reason of a refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// `FieldValueInvalid`, `FieldManagerConflict`, ...; may be empty.
    pub reason: String,
    /// Text for people, not a path: `spec.attachedRequired` and `<nil>` occur.
    pub field: String,
    pub message: String,
}

impl ApiError {
    /// No answer came: the connection failed, or took too long.
    pub fn transport(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            ..Self::default()
        }
    }

    pub fn is_not_found(&self) -> bool {
        self.code == 404
    }

    pub fn is_forbidden(&self) -> bool {
        self.code == 403 && self.reason == "Forbidden"
    }

    /// Fields that others own: a 409 with causes.
    pub fn conflicts(&self) -> impl Iterator<Item = &Cause> {
        let causes = self.causes.iter();
        causes.filter(|cause| self.code == 409 && cause.reason == "FieldManagerConflict")
    }

    /// The object is no longer what the request's resourceVersion or uid says.
    pub fn is_stale(&self) -> bool {
        self.code == 409 && self.reason == "Conflict" && self.conflicts().next().is_none()
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.reason.as_str()) {
            (0, _) => f.write_str(&self.message),
            (code, "") => write!(f, "{} ({code})", self.message),
            (code, reason) => write!(f, "{} ({code} {reason})", self.message),
        }
    }
}

impl std::error::Error for ApiError {}
