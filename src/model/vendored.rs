//! Files of others as a repository holds them.

use std::collections::BTreeMap;

use crate::model::rendering::{FileText, SharedObject};

/// Vendored documents by module and version, as `("cert-manager", "1.21.1")`.
pub type Vendored = BTreeMap<(String, String), VendoredInputs>;

/// What vendor/ holds for one version of a module.
#[derive(Debug, Default)]
pub struct VendoredInputs {
    pub documents: Vec<VendoredDocument>,
    /// sha256 of each file, by its path in the repository.
    pub files: BTreeMap<String, String>,
}

/// One document of a vendored file, byte for byte.
#[derive(Debug, Clone)]
pub struct VendoredDocument {
    pub object: SharedObject,
    pub text: FileText,
}
