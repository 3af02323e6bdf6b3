//! Manifests of the user's own: the values of `objects/`.

use crate::diagnostic::Span;
use crate::model::rendering::SharedObject;

/// A manifest of the user's own, as a file of `objects/` holds it.
#[derive(Debug, Clone)]
pub struct OwnObject {
    pub object: SharedObject,
    /// The document in its file.
    pub span: Span,
}
