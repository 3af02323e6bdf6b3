//! One value of a person's file changed, and every other byte left.

use super::Value;
use super::parse::{Document, Segment};

/// Why a value cannot be changed without touching anything else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    #[error("there is no value to change or to add to at `{0}`")]
    NoSuchPath(String),
    #[error(
        "`{0}` cannot be changed alone: an alias, an anchor or the layout ties it to other values"
    )]
    NotAlone(String),
}

pub fn set(document: &Document, path: &[Segment], value: &Value) -> Result<String, EditError> {
    let _ = (document, path, value);
    Err(EditError::NoSuchPath(String::new()))
}
