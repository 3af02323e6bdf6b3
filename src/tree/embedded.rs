//! The files of others that the binary carries: those that `vendor/` held when it was built.

use super::pack::unpack;

/// What this binary carries; `build.rs` lists it.
pub static BUILT_IN: Embedded<'static> = Embedded {
    files: &include!(concat!(env!("OUT_DIR"), "/embedded.rs")),
    listed: include_str!(concat!(env!("OUT_DIR"), "/embedded.listed")),
    digest: include_str!(concat!(env!("OUT_DIR"), "/embedded.sha256")),
};

/// Files of others, packed.
#[derive(Debug)]
pub struct Embedded<'f> {
    /// Path, sha256 and compressed bytes of each file, by path.
    pub files: &'f [(&'f str, &'f str, &'f [u8])],
    /// How many files the modules of the same catalogue list.
    pub listed: &'f str,
    /// One digest for all of them.
    pub digest: &'f str,
}

impl Embedded<'_> {
    /// The file that lies at `path` in a repository, if it is carried with this sha256. Bytes that are not
    /// those of the digest are as good as none.
    pub fn file(&self, path: &str, digest: &str) -> Option<Vec<u8>> {
        let found = self.files.binary_search_by_key(&path, |(path, _, _)| path);
        let (_, known, bytes) = self.files.get(found.ok()?)?;
        (*known == digest).then(|| unpack(bytes, digest))?
    }

    /// What is carried, in words: a build that lacks some of what modules list says so.
    pub fn summary(&self) -> String {
        let (count, listed) = (self.files.len(), self.listed);
        let digest = &self.digest[..self.digest.len().min(12)];
        match count {
            0 => format!(
                "without the {listed} files of others that modules list: `kops-stack vendor` gets them over the network"
            ),
            _ if count.to_string() == listed => {
                format!("with all {listed} files of others that modules list (sha256 {digest})")
            }
            _ => format!(
                "with {count} of the {listed} files of others that modules list (sha256 {digest}): `kops-stack vendor` gets the rest over the network"
            ),
        }
    }
}
