//! What a release carries: the real files, packed and taken out again as they were.

use std::collections::BTreeMap;
use std::path::Path;

use kops_stack::model::digest::sha256;
use kops_stack::model::input::vendored_path;
use kops_stack::tree::pack::{digest, pack, unpack};
use walkdir::WalkDir;

use crate::support::catalogue::CATALOGUE;
use crate::support::{ROOT, Sandbox};

/// A module with one file, and the folder `vendor/` that holds it.
fn small() -> Sandbox {
    let text = "kind: CustomResourceDefinition\n".repeat(1000);
    let inputs = format!(
        "crds:\n  versions:\n    \"1.0.0\":\n      files:\n        a.yaml: \"{}\"\n",
        sha256(text.as_bytes())
    );
    Sandbox::with(&[
        ("modules/own/inputs.yaml", inputs.as_str()),
        ("vendor/own/1.0.0/a.yaml", text.as_str()),
        ("vendor/.gitignore", "*\n"),
    ])
}

#[test]
fn a_packed_file_is_the_same_when_it_is_taken_out() {
    let sandbox = small();
    let packed = pack(&sandbox.path("vendor"), &sandbox.path("modules")).expect("it is listed");
    assert_eq!(packed.len(), 1);
    let file = &packed[0];
    assert_eq!(file.path, "vendor/own/1.0.0/a.yaml");
    let text = sandbox.read(&file.path);
    assert!(file.bytes.len() < text.len() / 10);
    assert_eq!(unpack(&file.bytes, &file.digest), Some(text.into_bytes()));
}

#[test]
fn a_file_that_is_not_the_listed_one_is_not_packed() {
    let sandbox = small();
    sandbox.write("vendor/own/1.0.0/a.yaml", "kind: Other\n");
    let problem = pack(&sandbox.path("vendor"), &sandbox.path("modules"));
    let problem = problem.expect_err("its bytes are others").to_string();
    assert!(problem.contains("vendor/own/1.0.0/a.yaml"), "{problem}");
    assert!(problem.contains("modules/own/inputs.yaml"), "{problem}");
    let sandbox = small();
    sandbox.write("vendor/stranger/1.0.0/a.yaml", "kind: Other\n");
    assert!(pack(&sandbox.path("vendor"), &sandbox.path("modules")).is_err());
}

/// One wrong bit anywhere, and nothing comes out.
#[test]
fn wrong_bytes_never_come_out() {
    let sandbox = small();
    let packed = pack(&sandbox.path("vendor"), &sandbox.path("modules")).expect("it is listed");
    let file = &packed[0];
    for place in 0..file.bytes.len() {
        let mut bytes = file.bytes.clone();
        bytes[place] ^= 1;
        let out = unpack(&bytes, &file.digest);
        let whole = sandbox.read(&file.path).into_bytes();
        assert!(out.is_none() || out == Some(whole), "byte {place}");
    }
    assert_eq!(unpack(&file.bytes, &sha256(b"other")), None);
    assert_eq!(unpack(b"", &file.digest), None);
}

#[test]
fn nothing_to_pack_is_fine() {
    let sandbox = Sandbox::with(&[("vendor/.gitignore", "*\n")]);
    let packed = pack(&sandbox.path("vendor"), &sandbox.path("modules")).expect("it is empty");
    assert!(packed.is_empty());
}

/// The real files, by their digests, from the folder that holds what upstream publishes.
#[test]
fn the_real_files_fit_into_a_binary() {
    let crds = Path::new(ROOT).join("../shared/data/crds");
    if !crds.exists() {
        eprintln!("skipped: there is no ../shared/data/crds");
        return;
    }
    let mut by_digest = BTreeMap::new();
    for entry in WalkDir::new(&crds) {
        let entry = entry.expect("the folder can be read");
        if entry.file_type().is_file() {
            let bytes = fs_err::read(entry.path()).expect("the file can be read");
            by_digest.insert(sha256(&bytes), bytes);
        }
    }
    let sandbox = Sandbox::empty();
    let mut whole = BTreeMap::new();
    for module in CATALOGUE.modules.values() {
        for version in module.inputs.iter().flat_map(|input| &input.versions) {
            for (file, digest) in &version.files {
                if let Some(bytes) = by_digest.get(digest) {
                    let path = vendored_path(&module.name, &version.version, file);
                    sandbox.write(&path, bytes);
                    whole.insert(path, bytes);
                }
            }
        }
    }
    let modules = Path::new(ROOT).join("modules");
    let packed = pack(&sandbox.path("vendor"), &modules).expect("all are listed");
    assert_eq!(packed.len(), whole.len());
    assert!(packed.len() > 60, "only {} files", packed.len());
    let mut sizes = (0, 0);
    for file in &packed {
        let bytes = unpack(&file.bytes, &file.digest);
        assert_eq!(bytes.as_ref(), Some(whole[&file.path]), "{}", file.path);
        sizes.0 += whole[&file.path].len();
        sizes.1 += file.bytes.len();
    }
    assert!(sizes.1 * 8 < sizes.0, "{sizes:?}");
    eprintln!(
        "vendor: {} files of {} KiB take {} KiB in a binary, digest {}",
        packed.len(),
        sizes.0 / 1024,
        sizes.1 / 1024,
        &digest(&packed)[..12]
    );
}
