//! Packing what `vendor` fetched, so that a released binary carries it; the build script includes
//! this file too, hence it knows nothing of the rest of the program.

#![expect(
    clippy::disallowed_methods,
    reason = "the build script packs files of a folder"
)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, io};

use sha2::{Digest, Sha256};

/// How hard the compression tries: the most that pays; a release is built once.
const LEVEL: u8 = 9;

/// No file of others is larger; whoever unpacks one stops there.
pub const LARGEST: usize = 16 << 20;

/// One file, compressed.
#[derive(Debug)]
pub struct Packed {
    /// In a repository, as `vendor/cert-manager/1.21.1/issuers.yaml`.
    pub path: String,
    /// sha256 of the file as it was.
    pub digest: String,
    pub bytes: Vec<u8>,
}

/// What modules list, and those of it that lie in `vendor/`.
#[derive(Debug)]
pub struct Pack {
    /// By path.
    pub files: Vec<Packed>,
    /// How many files all versions of all modules list; a release carries as many.
    pub listed: usize,
    /// Why it cannot be built in, one line for each file.
    pub problems: Vec<String>,
}

/// The files of `vendor/<module>/<version>/`, each held against what `modules/<module>/inputs.yaml`
/// lists: one that differs, or that nobody lists, is a problem, since nobody could tell later.
pub fn pack(vendor: &Path, modules: &Path) -> io::Result<Pack> {
    let listed = listed(modules)?;
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    for (path, place) in vendored(vendor)? {
        let bytes = fs::read(&place)?;
        let digest = hexadecimal(&Sha256::digest(&bytes));
        match listed.get(&path) {
            Some(wanted) if *wanted == digest => files.push(Packed {
                path,
                digest,
                bytes: miniz_oxide::deflate::compress_to_vec_zlib(&bytes, LEVEL),
            }),
            Some(wanted) => problems.push(format!(
                "{path} is not the file that its module lists: sha256 {digest}, wanted {wanted}; remove it and run `kops-stack vendor --catalogue`"
            )),
            None => problems.push(format!(
                "{path} is a file that no inputs.yaml below modules/ lists: remove it"
            )),
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(Pack {
        files,
        listed: listed.len(),
        problems,
    })
}

/// Path in `vendor/` and sha256 of each file that a module lists. Only the layout that inputs.yaml has in
/// the catalogue is known here, line by line; a test holds it against the real reader.
pub fn listed(modules: &Path) -> io::Result<BTreeMap<String, String>> {
    let mut listed = BTreeMap::new();
    for module in folders(modules)? {
        let Ok(text) = fs::read_to_string(module.join("inputs.yaml")) else {
            continue;
        };
        let mut version = "";
        for line in text.lines() {
            let Some((key, value)) = line.trim().split_once(':') else {
                continue;
            };
            let (key, value) = (key.trim_matches('"'), value.trim().trim_matches('"'));
            if value.is_empty() && key.starts_with(|first: char| first.is_ascii_digit()) {
                version = key;
            } else if value.len() == 64 {
                let path = format!("vendor/{}/{version}/{key}", name(&module));
                listed.insert(path, value.to_owned());
            }
        }
    }
    Ok(listed)
}

/// Path in a repository, and place on disk, of each file in `vendor/`.
fn vendored(vendor: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut files = Vec::new();
    for module in folders(vendor)? {
        for version in folders(&module)? {
            for file in entries(&version)? {
                let path = [&module, &version, &file].map(|part| name(part)).join("/");
                files.push((format!("vendor/{path}"), file));
            }
        }
    }
    Ok(files)
}

/// One digest for all files, of their paths and digests.
pub fn digest(packed: &[Packed]) -> String {
    let mut hash = Sha256::new();
    for file in packed {
        hash.update(format!("{}  {}\n", file.digest, file.path));
    }
    hexadecimal(&hash.finalize())
}

/// The file as it was; none where the bytes are not those of the digest.
pub fn unpack(bytes: &[u8], digest: &str) -> Option<Vec<u8>> {
    let bytes = miniz_oxide::inflate::decompress_to_vec_zlib_with_limit(bytes, LARGEST).ok()?;
    (hexadecimal(&Sha256::digest(&bytes)) == digest).then_some(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        write!(text, "{byte:02x}").expect("a String takes all");
    }
    text
}

fn folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = entries(folder)?;
    folders.retain(|path| path.is_dir());
    Ok(folders)
}

/// What stands in a folder, by name; hidden files are somebody's tools.
fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !name(&path).starts_with('.') {
            entries.push(path);
        }
    }
    entries.sort();
    Ok(entries)
}

fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}
