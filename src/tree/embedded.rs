//! The files of others that the binary carries: those that `vendor/` held when it was built.

use super::pack::unpack;

/// Path, sha256 and compressed bytes of each file, by path; `build.rs` lists them.
static FILES: &[(&str, &str, &[u8])] = &include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// One digest for all of them.
const DIGEST: &str = include_str!(concat!(env!("OUT_DIR"), "/embedded.sha256"));

/// The file that lies at `path` in a repository, if the binary carries it with this sha256. Bytes that
/// are not those of the digest are as good as none.
pub fn file(path: &str, digest: &str) -> Option<Vec<u8>> {
    let place = FILES
        .binary_search_by_key(&path, |(path, _, _)| path)
        .ok()?;
    let (_, known, bytes) = FILES.get(place)?;
    (*known == digest).then(|| unpack(bytes, digest))?
}

/// What the binary carries, in words.
pub fn summary() -> String {
    match FILES.len() {
        0 => {
            "no files of others built in: `kops-stack vendor` gets them over the network".to_owned()
        }
        count => {
            let modules = FILES
                .iter()
                .filter_map(|(path, _, _)| path.split('/').nth(1));
            let mut modules: Vec<&str> = modules.collect();
            modules.dedup();
            let digest = &DIGEST[..DIGEST.len().min(12)];
            format!(
                "{count} files of others built in, for {} modules (sha256 {digest})",
                modules.len()
            )
        }
    }
}
