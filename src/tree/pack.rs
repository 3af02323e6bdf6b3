//! Packing what `vendor` fetched, so that a released binary carries it; the build script includes
//! this file too, hence it knows nothing of the rest of the program.

#![expect(
    clippy::disallowed_methods,
    reason = "the build script packs files of a folder"
)]

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

/// The files of `vendor/<module>/<version>/`, each held against what `modules/<module>/inputs.yaml`
/// lists: one that differs, or that nobody lists, is an error, since nobody could tell later.
pub fn pack(vendor: &Path, modules: &Path) -> io::Result<Vec<Packed>> {
    let mut packed = Vec::new();
    for module in folders(vendor)? {
        let name = name(&module);
        let listed = fs::read_to_string(modules.join(&name).join("inputs.yaml"));
        let listed = listed.unwrap_or_default();
        for version in folders(&module)? {
            for file in entries(&version)? {
                let path = format!(
                    "vendor/{name}/{}/{}",
                    self::name(&version),
                    self::name(&file)
                );
                let bytes = fs::read(&file)?;
                let digest = hexadecimal(&Sha256::digest(&bytes));
                let line = format!("{}: \"{digest}\"", self::name(&file));
                if !listed.lines().any(|known| known.trim() == line) {
                    let message = format!(
                        "{path} is not a file that modules/{name}/inputs.yaml lists: its sha256 is {digest}"
                    );
                    return Err(io::Error::new(io::ErrorKind::InvalidData, message));
                }
                packed.push(Packed {
                    path,
                    digest,
                    bytes: miniz_oxide::deflate::compress_to_vec_zlib(&bytes, LEVEL),
                });
            }
        }
    }
    Ok(packed)
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
