//! Lists the files of the catalogue, so that the binary carries them, and packs what `vendor` fetched.
//!
//! Cargo looks at the folders before each build: a file that is new or gone is seen, as it would
//! not be by a macro that reads the folder.

#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its environment and writes its output"
)]

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

#[path = "src/tree/pack.rs"]
#[expect(dead_code, reason = "the program unpacks")]
mod pack;

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo:rerun-if-changed=src/tree/pack.rs");
    catalogue(&root, &out)?;
    embedded(&root, &out)
}

fn catalogue(root: &Path, out: &Path) -> io::Result<()> {
    let mut files = Vec::new();
    for folder in ["modules", "stacks", "templates"] {
        println!("cargo:rerun-if-changed={folder}");
        add(&root.join(folder), &mut files)?;
    }
    files.sort();
    let mut list = String::from("[\n");
    for file in &files {
        let path = file.strip_prefix(root).expect("it lies below");
        let path = path.to_string_lossy().replace('\\', "/");
        let absolute = file.display().to_string();
        writeln!(
            list,
            "    ({path:?}, include_bytes!({absolute:?}).as_slice()),"
        )
        .expect("a String takes all");
    }
    list.push_str("]\n");
    fs::write(out.join("catalogue.rs"), list)
}

/// Files below `folder`; the goldens of tests are for this repository alone.
fn add(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || name.ends_with(".golden.yaml") {
            continue;
        }
        match path.is_dir() {
            true => add(&path, files)?,
            false => files.push(path),
        }
    }
    Ok(())
}

/// What `vendor/` holds, compressed. The folder is always there, so that cargo can watch it, and
/// holds no file of others unless somebody has run `kops-stack vendor --catalogue` in this repository.
fn embedded(root: &Path, out: &Path) -> io::Result<()> {
    println!("cargo:rerun-if-changed=vendor");
    let pack = pack::pack(&root.join("vendor"), &root.join("modules"))?;
    for problem in &pack.problems {
        println!("cargo::error={problem}");
    }
    let folder = out.join("embedded");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir(&folder)?;
    let mut list = String::from("[\n");
    for (number, file) in pack.files.iter().enumerate() {
        let absolute = folder.join(number.to_string());
        fs::write(&absolute, &file.bytes)?;
        let (path, digest, absolute) = (&file.path, &file.digest, absolute.display().to_string());
        writeln!(
            list,
            "    ({path:?}, {digest:?}, include_bytes!({absolute:?}).as_slice()),"
        )
        .expect("a String takes all");
    }
    list.push_str("]\n");
    fs::write(out.join("embedded.rs"), list)?;
    fs::write(out.join("embedded.listed"), pack.listed.to_string())?;
    fs::write(out.join("embedded.sha256"), pack::digest(&pack.files))
}
