//! What the program that makes clusters has their machines pull, beside what components ask for.

/// Images and files of one cluster, as it is stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assets {
    pub images: Vec<AssetImage>,
    pub files: Vec<AssetFile>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetImage {
    /// As its makers name it.
    pub upstream: String,
    /// As it is pulled; another one where a mirror stands in its place.
    pub image: String,
}

/// A program or an archive that machines fetch when they start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssetFile {
    /// Address at its makers.
    pub upstream: String,
    /// Address from which it is fetched.
    pub address: String,
    /// Digest of its content.
    pub sha256: String,
}
