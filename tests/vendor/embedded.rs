//! What a release carries: the real files, packed and taken out again as they were.

use std::collections::BTreeMap;
use std::path::Path;

use kops_stack::model::digest::sha256;
use kops_stack::model::input::vendored_path;
use kops_stack::tree::embedded::{BUILT_IN, Embedded};
use kops_stack::tree::pack::{Pack, digest, listed as listed_by_build, pack, unpack};
use walkdir::WalkDir;

use crate::support::catalogue::CATALOGUE;
use crate::support::{ROOT, Sandbox};

const FILE: &str = "vendor/own/1.0.0/a.yaml";

fn inputs(version: &str, digest: &str) -> String {
    format!("crds:\n  versions:\n    \"{version}\":\n      files:\n        a.yaml: \"{digest}\"\n")
}

/// A module with one file, and the folder `vendor/` that holds it.
fn small() -> Sandbox {
    let text = "kind: CustomResourceDefinition\n".repeat(1000);
    Sandbox::with(&[
        (
            "modules/own/inputs.yaml",
            &inputs("1.0.0", &sha256(text.as_bytes())),
        ),
        (FILE, text.as_str()),
        ("vendor/.gitignore", "*\n"),
    ])
}

fn packed(sandbox: &Sandbox) -> Pack {
    pack(&sandbox.path("vendor"), &sandbox.path("modules")).expect("the folders can be read")
}

/// What a binary built in this repository would carry; it lives as long as the tests, as statics do.
fn built(sandbox: &Sandbox) -> Embedded<'static> {
    let pack = Box::leak(Box::new(packed(sandbox)));
    let files = pack.files.iter();
    let files = files.map(|file| (&*file.path, &*file.digest, &*file.bytes));
    Embedded {
        files: files.collect::<Vec<_>>().leak(),
        listed: pack.listed.to_string().leak(),
        digest: digest(&pack.files).leak(),
    }
}

#[test]
fn a_packed_file_is_the_same_when_it_is_taken_out() {
    let sandbox = small();
    let pack = packed(&sandbox);
    assert_eq!(pack.problems, [""; 0]);
    assert_eq!(pack.files.len(), 1);
    let file = &pack.files[0];
    assert_eq!(file.path, FILE);
    let text = sandbox.read(FILE);
    assert!(file.bytes.len() < text.len() / 10);
    let wanted = sha256(text.as_bytes());
    let built = built(&sandbox);
    assert_eq!(built.file(FILE, &wanted), Some(text.into_bytes()));
    assert_eq!(built.file(FILE, &sha256(b"other")), None);
    assert_eq!(built.file("vendor/own/1.0.1/a.yaml", &wanted), None);
}

#[test]
fn a_file_that_is_not_the_listed_one_stops_the_build() {
    let sandbox = small();
    sandbox
        .write(FILE, "kind: Other\n")
        .write("vendor/own/1.0.1/a.yaml", "kind: Other\n")
        .write("vendor/stranger/1.0.0/a.yaml", "kind: Other\n");
    let pack = packed(&sandbox);
    assert!(pack.files.is_empty());
    let known: Vec<&str> = pack
        .problems
        .iter()
        .map(|problem| problem.split(": ").next().expect("it has a start"))
        .collect();
    assert_eq!(
        known,
        [
            "vendor/own/1.0.0/a.yaml is not the file that its module lists",
            "vendor/own/1.0.1/a.yaml is a file that no inputs.yaml below modules/ lists",
            "vendor/stranger/1.0.0/a.yaml is a file that no inputs.yaml below modules/ lists",
        ]
    );
}

/// What `--version` says below the version.
#[test]
fn a_build_that_lacks_files_says_so() {
    let sandbox = small();
    let told = built(&sandbox).summary();
    assert!(
        told.starts_with("with all 1 files of others that modules list (sha256 "),
        "{told}"
    );
    sandbox.write(
        "modules/two/inputs.yaml",
        inputs("2.0.0", &sha256(b"another")),
    );
    let told = built(&sandbox).summary();
    assert!(
        told.starts_with("with 1 of the 2 files of others that modules list (sha256 "),
        "{told}"
    );
    assert!(
        told.ends_with("`kops-stack vendor` gets the rest over the network"),
        "{told}"
    );
    sandbox.remove(FILE);
    assert_eq!(
        built(&sandbox).summary(),
        "without the 2 files of others that modules list: `kops-stack vendor` gets them over the network"
    );
}

#[test]
fn the_version_of_this_build_tells_what_it_carries() {
    let ran = Sandbox::empty().run("--version").succeeds();
    let told = ran.stdout.lines().nth(1).expect("a second line");
    assert_eq!(told, BUILT_IN.summary());
}

/// The build script cannot use the loader: it reads the lists line by line.
#[test]
fn the_build_reads_the_lists_of_files_as_the_loader_does() {
    let mut listed = BTreeMap::new();
    for module in CATALOGUE.modules.values() {
        for version in module.inputs.iter().flat_map(|input| &input.versions) {
            for (file, digest) in &version.files {
                let path = vendored_path(&module.name, &version.version, file);
                listed.insert(path, digest.clone());
            }
        }
    }
    let read = listed_by_build(&Path::new(ROOT).join("modules"));
    assert_eq!(read.expect("the modules can be read"), listed);
    assert_eq!(BUILT_IN.listed, listed.len().to_string());
}

/// One wrong bit anywhere, and nothing comes out.
#[test]
fn wrong_bytes_never_come_out() {
    let sandbox = small();
    let file = &packed(&sandbox).files[0];
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
    sandbox.write("modules/own/module.yaml", "");
    assert!(packed(&sandbox).files.is_empty());
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
    let pack = pack(&sandbox.path("vendor"), &modules).expect("the folders can be read");
    assert_eq!(pack.problems, [""; 0]);
    let packed = pack.files;
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
